using System.Text;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>
/// 2,000 transactions a second of 512 bytes, whatever becomes of them: batches are due at fixed times, dealt out to the
/// validators in turn, and those of a validator that is down go to the next one, as a client would send them.
/// </summary>
internal sealed class OfferedLoad : IAsyncDisposable
{
    public const int Rate = 2_000;
    private const int BatchSize = 20;
    private const int TransactionBytes = 512;
    private static readonly TimeSpan BatchInterval = TimeSpan.FromSeconds((double)BatchSize / Rate);

    private readonly ValidatorProcesses _network;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sending;
    private long _accepted;

    private OfferedLoad(ValidatorProcesses network)
    {
        _network = network;
        _sending = SendAllAsync();
    }

    /// <summary>Transactions in requests that were answered.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    public static OfferedLoad Start(ValidatorProcesses network) => new(network);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sending;
        _stop.Dispose();
    }

    /// <summary>
    /// How long after <paramref name="since"/> the first second ended in which <paramref name="witness"/> committed at least 95 % of
    /// what was offered: 1 s where the rate never fell.
    /// </summary>
    public async Task<TimeSpan> IsCommittedAgainAsync(int witness, long since)
    {
        var samples = new Queue<(long At, double Committed)>();
        var ended = since;
        await Eventually.HoldsAsync(
            async () =>
            {
                var committed = await _network.MetricAsync(witness, "mysticeti_transactions_committed_total");
                ended = TimeProvider.System.GetTimestamp();
                samples.Enqueue((ended, committed));
                var first = samples.Peek();
                var second = TimeProvider.System.GetElapsedTime(first.At, ended).TotalSeconds;
                if (second < 1) return false;
                samples.Dequeue();
                return committed - first.Committed >= 0.95 * Rate * second;
            },
            $"validator {witness} committed what was offered again");
        return TimeProvider.System.GetElapsedTime(since, ended);
    }

    private async Task SendAllAsync()
    {
        var begin = TimeProvider.System.GetTimestamp();
        var underway = new List<Task>();
        for (var batch = 0; !_stop.IsCancellationRequested; batch++)
        {
            var early = (batch * BatchInterval) - TimeProvider.System.GetElapsedTime(begin);
            if (early > TimeSpan.Zero) await Task.Delay(early, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            underway.RemoveAll(task => task.IsCompleted);
            underway.Add(SendAsync(batch));
        }

        await Task.WhenAll(underway);
    }

    private async Task SendAsync(int batch)
    {
        var calls = Enumerable.Range(0, BatchSize).Select(i =>
        {
            var transaction = Encoding.UTF8.GetBytes($"load {batch} {i} ".PadRight(TransactionBytes, 'x'));
            return $$$"""{"jsonrpc":"2.0","id":{{{i}}},"method":"broadcast_tx_sync","params":{"tx":"{{{Convert.ToBase64String(transaction)}}}"}}""";
        });
        var body = $"[{string.Join(',', calls)}]";
        for (var attempt = 0; attempt < _network.Plan.Nodes.Length && !_stop.IsCancellationRequested; attempt++)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            try
            {
                using var response = await _network.Client.PostAsync(_network.Url((batch + attempt) % _network.Plan.Nodes.Length), content, _stop.Token);
                if (!response.IsSuccessStatusCode) continue;
                Interlocked.Add(ref _accepted, BatchSize);
                return;
            }
            catch (HttpRequestException)
            {
                // That one is down just now.
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
