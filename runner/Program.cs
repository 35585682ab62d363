using Mysticeti.Engine.Console;
using Mysticeti.Runner.Cli;

var shell = Shell.OfProcess();
using var interrupts = new Interrupts(shell.Error);
return await CommandLine.RunAsync(args, shell, interrupts.Token);
