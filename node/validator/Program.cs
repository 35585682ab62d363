using Mysticeti.Validator.Cli;

// A block is read, checked and handed to the core by the thread that learns of its bytes: waking another one for it costs more
// than most blocks do. Read once, when the first socket is made; there is no other switch for it.
const string inlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
if (Environment.GetEnvironmentVariable(inlineCompletions) is null) Environment.SetEnvironmentVariable(inlineCompletions, "1");

return await ValidatorCommand.Create().Parse(args).InvokeAsync();
