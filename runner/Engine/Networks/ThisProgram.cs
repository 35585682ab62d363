using System.Diagnostics;

namespace Mysticeti.Engine.Networks;

/// <summary>This program once more, in another process.</summary>
internal static class ThisProgram
{
    /// <summary>How it is started with some arguments, its standard input and output in our hands.</summary>
    public static ProcessStartInfo Start(params string[] arguments)
    {
        var library = Path.Combine(AppContext.BaseDirectory, "mysticeti.dll");
        var program = Path.ChangeExtension(library, OperatingSystem.IsWindows() ? ".exe" : null);
        return File.Exists(program)
            ? new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true }
            : new ProcessStartInfo("dotnet", [library, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true };
    }
}
