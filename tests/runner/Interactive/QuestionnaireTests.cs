using System.CommandLine;
using Mysticeti.Engine.Console;
using Mysticeti.Runner.Cli.Interactive;
using Mysticeti.Runner.Cli.Options;

namespace Mysticeti.Runner.Tests.Interactive;

public sealed class QuestionnaireTests : IDisposable
{
    private readonly Option<string?> _count = TextOption.Create("--num-transactions", "N", "1000", "number");
    private readonly Option<string?> _rate = TextOption.Create("--transaction-rate", "N", "100", "rate");
    private readonly Option<bool> _cleanup = TextOption.Flag("--cleanup", "cleanup");
    private readonly StringWriter _output = new();

    public void Dispose() => _output.Dispose();

    [Fact]
    public async Task The_dialogue_is_the_seeds()
    {
        var answered = await AskAsync("2000\n\ny\ny\n");
        Assert.Equal(
            """
            === Mysticeti Local Network Example ===

            Configure local network parameters:
            ==================================
            Number of transactions to simulate [1000]: Transaction rate (tx/s) [100]: Clean up containers after completion [Y/n]: 
            Configuration Summary:
            =====================
            Number of transactions: 2000
            Transaction rate: 100 tx/s
            Cleanup: true

            Proceed with these settings? [Y/n]: 
            """.ReplaceLineEndings("\n").TrimEnd(), _output.ToString().TrimEnd());
        Assert.Equal(("2000", "100", true), Values(answered));
    }

    [Fact]
    public async Task Empty_answers_take_the_defaults()
    {
        Assert.Equal(("1000", "100", true), Values(await AskAsync("\n\n\n\n")));
    }

    [Fact]
    public async Task What_is_on_the_command_line_is_the_default_and_can_be_changed()
    {
        Assert.Equal(("7", "5", false), Values(await AskAsync("\n5\n\n\n", "--num-transactions", "7", "--transaction-rate=6", "--cleanup", "false")));
        Assert.Contains("simulate [7]: ", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("(tx/s) [6]: ", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("completion [y/N]: ", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Impossible_answers_are_asked_again()
    {
        Assert.Equal(("5", "100", false), Values(await AskAsync("many\n-3\n5\n\nperhaps\nNo\nsure\nyes\n")));
        var output = _output.ToString();
        Assert.Equal(3, output.Split("simulate [1000]: ").Length - 1);
        Assert.Contains("Please try again: --num-transactions many is not possible", output, StringComparison.Ordinal);
        Assert.Contains("Please try again: --num-transactions -3 is not possible", output, StringComparison.Ordinal);
        Assert.Equal(2, output.Split("Please answer y or n.").Length - 1);
    }

    [Fact]
    public async Task Nothing_goes_on_without_consent()
    {
        Assert.Null(await AskAsync("\n\n\nn\n"));
        Assert.Contains("Cancelled; nothing was started.", _output.ToString(), StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<UsageException>(() => AskAsync("\n\n"));
        Assert.Contains("the input ended before the last answer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_can_depend_on_the_answers_before_it()
    {
        var answered = await AskAsync("1\n\n\n", asksRate: a => a.Text(_count) != "1");
        Assert.False(answered!.IsGiven(_rate));
        Assert.DoesNotContain("Transaction rate", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupt_ends_the_dialogue_while_it_waits()
    {
        using var interrupt = new CancellationTokenSource();
        using var never = new WaitingReader();
        var asking = AskAsync(never, null, interrupt.Token);
        await never.Reading;
        await interrupt.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    private Task<ParseResult?> AskAsync(string input, params string[] args) => AskAsync(new StringReader(input), null, default, args);

    private Task<ParseResult?> AskAsync(string input, Func<ParseResult, bool> asksRate) => AskAsync(new StringReader(input), asksRate, default);

    private Task<ParseResult?> AskAsync(TextReader input, Func<ParseResult, bool>? asksRate, CancellationToken cancellationToken, params string[] args)
    {
        _output.NewLine = "\n";
        var command = new Command("local-network") { _count, _rate, _cleanup };
        var questionnaire = new Questionnaire("Mysticeti Local Network Example", "Configure local network parameters",
        [
            new(_count, "Number of transactions to simulate", "Number of transactions", a => Check(a, _count)),
            new(_rate, "Transaction rate (tx/s)", "Transaction rate", a => Check(a, _rate)) { Unit = " tx/s", IsAsked = asksRate ?? (_ => true) },
            new(_cleanup, "Clean up containers after completion", "Cleanup", _ => { }) { Default = "true" },
        ]);
        return questionnaire.AskAsync(command.Parse(args), new Shell(_output, TextWriter.Null, TimeProvider.System, "") { In = input }, cancellationToken);
    }

    private static void Check(ParseResult arguments, Option<string?> option) => Mysticeti.Engine.Console.Values.Whole(option.Name, arguments.Text(option), 1, 10_000);

    private (string, string, bool) Values(ParseResult? arguments) => (arguments!.Text(_count), arguments!.Text(_rate), arguments!.GetValue(_cleanup));

    private sealed class WaitingReader : TextReader
    {
        private readonly TaskCompletionSource _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _end = new();

        public Task Reading => _reading.Task;

        public override string? ReadLine()
        {
            _reading.TrySetResult();
            _end.Wait(TimeSpan.FromSeconds(30));
            return null;
        }

        protected override void Dispose(bool disposing)
        {
            _end.Set();
            base.Dispose(disposing);
        }
    }
}
