using System.Globalization;
using System.Text.Json;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Nodes;
using Mysticeti.Protocol;

namespace Mysticeti.Engine.Observation;

/// <summary>
/// Follows a node with CometBFT's RPC by asking for one block after the other: <c>GET /block?height=N</c>, again and again until it is
/// there. The block's hash stands for all that was committed up to it.
/// </summary>
internal sealed class BlockObserver : ICommitObserver
{
    /// <summary>Pause before a block that is not there yet is asked for again.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    private readonly NodeEndpoint _node;
    private readonly NodeClient _client;
    private readonly LoadClock _clock;
    private readonly CommitLedger _ledger;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;
    private string? _error;

    public BlockObserver(NodeEndpoint node, NodeClient client, LoadClock clock, CommitLedger ledger)
    {
        (_node, _client, _clock, _ledger) = (node, client, clock, ledger);
        _running = RunAsync();
    }

    /// <inheritdoc/>
    public Task Opened => _opened.Task;

    /// <inheritdoc/>
    public CommitTally Tally() => _ledger.Tally(_opened.Task.IsCompleted, reconnects: 0, _error);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _running;
        _closing.Dispose();
    }

    private async Task RunAsync()
    {
        long? next = null;
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                next ??= await LatestAsync() + 1;
                _opened.TrySetResult();
                if (await TakeAsync(next.Value))
                {
                    next++;
                    continue;
                }
            }
            catch (Exception error) when (error is NodeException or OperationCanceledException or JsonException or KeyNotFoundException
                or InvalidOperationException or FormatException)
            {
                _error = _closing.IsCancellationRequested ? _error : $"{_node.Name}: {error.Message}";
            }

            await Task.Delay(Interval, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<long> LatestAsync()
    {
        using var status = await AskAsync(NodePaths.Status);
        var height = RpcNumber.Read(status.RootElement.GetProperty("result").GetProperty("sync_info").GetProperty("latest_block_height"));
        _ledger.ExpectAfter(height);
        return height;
    }

    /// <summary>Takes a block. False while it is not there.</summary>
    private async Task<bool> TakeAsync(long height)
    {
        using var answer = await AskAsync(string.Create(CultureInfo.InvariantCulture, $"block?height={height}"));
        if (!answer.RootElement.TryGetProperty("result", out var result)) return false;

        _ledger.ObservedNs = _clock.NowNs;
        _ledger.OnCommit(height, Convert.FromHexString(result.GetProperty("block_id").GetProperty("hash").GetString()!));
        var transactions = result.GetProperty("block").GetProperty("data").GetProperty("txs");
        if (transactions.ValueKind == JsonValueKind.Array)
        {
            foreach (var transaction in transactions.EnumerateArray())
            {
                var bytes = transaction.GetBytesFromBase64();
                _ledger.OnTransaction(height, bytes.Length, duplicate: false, bytes);
            }
        }

        return true;
    }

    /// <summary>Errors come with a status of 500 and a body that says why, which is no failure here.</summary>
    private async Task<JsonDocument> AskAsync(string path)
    {
        return JsonDocument.Parse((await _client.SendAsync(HttpMethod.Get, _node.RpcUrl, path, null, _closing.Token)).Body);
    }
}
