using Mysticeti.Engine.Networks;

namespace Mysticeti.Runner.Tests.Networks;

public sealed class ProgramPathTests : IDisposable
{
    private readonly TemporaryDirectory _first = new();
    private readonly TemporaryDirectory _second = new();

    public ProgramPathTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "files have a mode as on Unix");

    [Fact]
    public void The_first_directory_of_PATH_that_has_the_program_gives_it()
    {
        var wanted = Executable(_first, "tool");
        Executable(_second, "tool");
        var other = Executable(_second, "other");
        Assert.Equal(wanted, ProgramPath.Find("tool", PathOf(_first.Path, _second.Path)));
        Assert.Equal(other, ProgramPath.Find("other", PathOf(_first.Path, _second.Path)));
        Assert.Null(ProgramPath.Find("third", PathOf(_first.Path, _second.Path)));
    }

    [Fact]
    public void Directories_and_files_that_are_not_executable_are_passed_over()
    {
        File.WriteAllText(_first.File("text"), "");
        Directory.CreateDirectory(_first.File("directory"));
        File.CreateSymbolicLink(_first.File("broken"), _first.File("missing"));
        foreach (var name in (string[])["text", "directory", "broken"])
        {
            Assert.Null(ProgramPath.Find(name, _first.Path));
            Assert.Equal(Executable(_second, name), ProgramPath.Find(name, PathOf(_first.Path, _second.Path)));
        }
    }

    [Fact]
    public void A_link_to_a_program_is_one()
    {
        File.CreateSymbolicLink(_first.File("link"), Executable(_second, "tool"));
        Assert.Equal(_first.File("link"), ProgramPath.Find("link", _first.Path));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(":")]
    [InlineData(".")]
    [InlineData("..::bin:./bin")]
    public void Entries_that_depend_on_the_working_directory_do_not_count(string? path)
    {
        var tool = Executable(_first, "tool");
        Assert.Null(ProgramPath.Find("tool", $"{path}:{Path.GetRelativePath(Environment.CurrentDirectory, _first.Path)}"));
        Assert.Null(ProgramPath.WithoutRelativeEntries(path));
        Assert.Equal(tool, ProgramPath.Find("tool", $"{path}:{_first.Path}"));
        Assert.Equal(PathOf(_first.Path, _second.Path), ProgramPath.WithoutRelativeEntries($"{_first.Path}:{path}:{_second.Path}"));
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    private static string PathOf(params string[] directories) => string.Join(Path.PathSeparator, directories);

    private static string Executable(TemporaryDirectory directory, string name)
    {
        File.WriteAllText(directory.File(name), "");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(directory.File(name), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return directory.File(name);
    }
}
