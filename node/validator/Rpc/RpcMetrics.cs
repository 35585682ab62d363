using Mysticeti.Metrics;
using Mysticeti.Protocol;
using Mysticeti.Validator.Commits;

namespace Mysticeti.Validator.Rpc;

/// <summary>What the RPC server counts.</summary>
internal sealed class RpcMetrics
{
    private readonly MetricFamily<Counter> _calls;
    private readonly MetricFamily<Counter> _errors;
    private readonly Counter[] _submitted;

    public RpcMetrics(MetricRegistry registry, CommitLog log, Func<int> openStreams)
    {
        _calls = registry.Counters("mysticeti_rpc_calls_total", "RPC calls by method, URI calls and entries of batches included.", "method");
        _errors = registry.Counters("mysticeti_rpc_errors_total", "JSON-RPC error answers by code.", "code");
        var outcomes = registry.Counters("mysticeti_rpc_transactions_total", "Transactions offered to the mempool by outcome.", "outcome");
        _submitted = [.. Enum.GetNames<SubmitOutcome>().Select(name => outcomes.With(SnakeCase(name)))];
        RequestDuration = registry.Histogram(
            "mysticeti_rpc_request_duration_seconds", "Time from a request's complete body to its written response, batches as one.");
        registry.Gauge("mysticeti_rpc_commit_streams", "Open commit streams.", () => openStreams());
        registry.Gauge("mysticeti_commit_log_commits", "Commits that are retained in memory.", () => log.LastIndex - log.FirstIndex + 1);
        registry.Gauge("mysticeti_commit_log_bytes", "Bytes of transactions that are retained in memory.", () => log.RetainedBytes);
    }

    public Histogram RequestDuration { get; }

    /// <summary>The counter of one method: look it up once.</summary>
    public Counter Calls(string method) => _calls.With(method);

    public void Submitted(SubmitOutcome outcome) => _submitted[(int)outcome].Increment();

    // A handful of codes, each formatted only when something went wrong.
    public void Failed(RpcError error) => _errors.With(error.Code.ToString(System.Globalization.CultureInfo.InvariantCulture)).Increment();

    private static string SnakeCase(string name) =>
        string.Concat(name.Select((letter, i) => char.IsUpper(letter) ? (i == 0 ? "" : "_") + char.ToLowerInvariant(letter) : letter.ToString()));
}
