using Mysticeti.Engine.Networks;

namespace Mysticeti.Runner.Tests.Networks;

public sealed class ValidatorExecutableTests : IDisposable
{
    private readonly TemporaryDirectory _tree = new();

    private string RunnerOutput => Directory.CreateDirectory(Path.Combine(_tree.Path, "runner", "bin", "Release", "net10.0")).FullName;

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void It_is_found_in_the_source_tree_of_the_runner()
    {
        var output = Directory.CreateDirectory(Path.Combine(_tree.Path, "node", "validator", "bin", "Release", "net10.0")).FullName;
        var executable = Path.Combine(output, OperatingSystem.IsWindows() ? "mysticeti-validator.exe" : "mysticeti-validator");
        File.WriteAllText(executable, "");
        Assert.Equal(executable, ValidatorExecutable.Find(configured: null, RunnerOutput));
    }

    [Fact]
    public void The_variable_comes_first_and_must_name_a_file()
    {
        File.WriteAllText(_tree.File("other"), "");
        Assert.Equal(_tree.File("other"), ValidatorExecutable.Find(_tree.File("other"), RunnerOutput));
        var error = Assert.Throws<NetworkException>(() => ValidatorExecutable.Find(_tree.File("nothing"), RunnerOutput));
        Assert.Contains("MYSTICETI_VALIDATOR", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_one_the_message_says_how_to_get_it()
    {
        var error = Assert.Throws<NetworkException>(() => ValidatorExecutable.Find(configured: "", RunnerOutput));
        Assert.Contains("./mysticeti", error.Message, StringComparison.Ordinal);
    }
}
