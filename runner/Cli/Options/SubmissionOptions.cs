using System.CommandLine;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;

namespace Mysticeti.Runner.Cli.Options;

/// <summary>The options that say how transactions are handed to the nodes.</summary>
internal sealed class SubmissionOptions
{
    public readonly Option<string?> Submission = TextOption.Create(
        "--submission", "single|batch|websocket|stream", "batch",
        "How transactions are handed over: one JSON-RPC request each, what is due as one JSON-RPC batch, batches on WebSocket connections, or frames on the validator's own stream");

    private readonly Option<string?> _connections = TextOption.Create(
        "--connections", "N", null, "Connections to each node, 1 to 1000; by default 16 with single, 4 with batch and websocket, 1 with stream");

    private readonly Option<string?> _inFlight = TextOption.Create(
        "--in-flight", "N", "8192", "Most requests without an answer on a connection, 1 to 8192; 1 never sends one behind another, and transactions wait where a node is slow");

    public readonly Option<string?> Workers = TextOption.Create(
        "--workers", "N", "1", "Processes of this machine that send the load together, 1 to 64: for loads that one processor cannot offer");

    public IEnumerable<Option> All => [Submission, _connections, _inFlight, Workers];

    /// <summary>Whether the user chose the mode.</summary>
    public bool IsGiven(ParseResult arguments) => arguments.IsGiven(Submission);

    /// <exception cref="UsageException">A value is wrong.</exception>
    public SubmissionSettings Read(ParseResult arguments) => new()
    {
        Mode = Mode(Submission.Name, arguments.Text(Submission)),
        Connections = arguments.IsGiven(_connections) ? Values.Whole(_connections.Name, arguments.Text(_connections), 1, 1_000, "connections") : 0,
        InFlight = Values.Whole(_inFlight.Name, arguments.Text(_inFlight), 1, SubmissionConnection.MostRequestsInFlight, "requests"),
        Workers = ReadWorkers(arguments, Workers),
    };

    /// <exception cref="UsageException">It is no possible number of them.</exception>
    public static int ReadWorkers(ParseResult arguments, Option<string?> option) => Values.Whole(option.Name, arguments.Text(option), 1, 64, "processes");

    /// <exception cref="UsageException">There is no such mode.</exception>
    public static SubmissionMode Mode(string option, string text) => Values.Choice(
        option, text, ("single", SubmissionMode.Single), ("batch", SubmissionMode.Batch), ("websocket", SubmissionMode.WebSocket), ("stream", SubmissionMode.Stream));
}
