namespace Mysticeti.Platform.Hosting;

/// <summary>Files with secrets, for nobody but the user.</summary>
internal static class PrivateFile
{
    /// <summary>Writes a file, in place of an older one; its directory is made where there is none.</summary>
    public static void Write(string path, IEnumerable<string> lines)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        // An older one might be open to others.
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        foreach (var line in lines) writer.WriteLine(line);
    }
}
