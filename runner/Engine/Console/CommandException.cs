namespace Mysticeti.Engine.Console;

/// <summary>What ends a command: the message is one line that says what is wrong and how to mend it.</summary>
/// <param name="exitCode">One of <see cref="ExitCodes"/>.</param>
public abstract class CommandException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The code that the process ends with, unless the command can go on.</summary>
    public int ExitCode => exitCode;
}

/// <summary>Wrong usage or configuration.</summary>
public sealed class UsageException(string message, Exception? inner = null) : CommandException(ExitCodes.Usage, message, inner);
