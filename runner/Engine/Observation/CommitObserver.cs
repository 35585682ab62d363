using System.Net;
using System.Text.Json;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Nodes;
using Mysticeti.Protocol;

namespace Mysticeti.Engine.Observation;

/// <summary>
/// Follows one node's commit stream for the time of a load. After a failure it opens the stream again where it ended;
/// a node that has not kept that much is followed from its present, and the gap is counted.
/// </summary>
public sealed class CommitObserver : ICommitObserver
{
    /// <summary>The stream sends a heartbeat each second; longer silence means that the connection is dead.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    private readonly NodeEndpoint _node;
    private readonly NodeClient _client;
    private readonly LoadClock _clock;
    private readonly CommitLedger _ledger;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;
    private byte[] _buffer = new byte[64 * 1024];
    private int _opens;
    private string? _error;

    public CommitObserver(NodeEndpoint node, NodeClient client, LoadClock clock, CommitLedger ledger)
    {
        (_node, _client, _clock, _ledger) = (node, client, clock, ledger);
        _running = RunAsync();
    }

    /// <inheritdoc/>
    public Task Opened => _opened.Task;

    /// <inheritdoc/>
    public CommitTally Tally() => _ledger.Tally(_opens > 0, Math.Max(0, _opens - 1), _error);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _running;
        _closing.Dispose();
    }

    private async Task RunAsync()
    {
        if (await CommitIndexAsync() is long index) _ledger.ExpectAfter(index);

        while (!_closing.IsCancellationRequested)
        {
            try
            {
                await FollowAsync();
            }
            catch (Exception error) when (error is NodeException or IOException or InvalidDataException or OperationCanceledException)
            {
                _error = _closing.IsCancellationRequested ? _error : error.Message;
            }

            await Task.Delay(RetryDelay, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Where the node is now, so that no commit between this and the opening of the stream is missed.</summary>
    private async Task<long?> CommitIndexAsync()
    {
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
            timeout.CancelAfter(TimeSpan.FromSeconds(2));
            var body = await _client.GetAsync(_node.RpcUrl, NodePaths.Status, timeout.Token);
            using var status = JsonDocument.Parse(body);
            return RpcNumber.Read(status.RootElement.GetProperty("result").GetProperty("mysticeti").GetProperty("commit_index"));
        }
        catch (Exception error) when (error is NodeException or IOException or OperationCanceledException or JsonException
            or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // Without it the stream starts at its present.
            return null;
        }
    }

    private async Task FollowAsync()
    {
        var response = await OpenAsync(_ledger.LastIndex);
        if (response.StatusCode == HttpStatusCode.Gone)
        {
            response.Dispose();
            response = await OpenAsync(null);
        }

        using (response)
        {
            if (!response.IsSuccessStatusCode || response.Content.Headers.ContentType?.MediaType != CommitFormat.ContentType)
                throw new InvalidDataException($"{_node.Name} has no commit stream at {_node.RpcUrl}: it answers {(int)response.StatusCode}");

            _opens++;
            _opened.TrySetResult();
            await using var stream = await response.Content.ReadAsStreamAsync(_closing.Token);
            await ReadAsync(stream);
        }
    }

    private Task<HttpResponseMessage> OpenAsync(long? after)
    {
        var query = $"prefix={TransactionHeader.PrefixSize}&app_hash=true" + (after is long index ? $"&after={index}" : "");
        return _client.OpenAsync(_node.RpcUrl, $"{NodePaths.Commits}?{query}", _closing.Token);
    }

    private async Task ReadAsync(Stream stream)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        var filled = 0;
        while (true)
        {
            silence.CancelAfter(LongestSilence);
            var read = await stream.ReadAsync(_buffer.AsMemory(filled), silence.Token);
            if (read == 0)
            {
                _error = $"{_node.Name} ended its commit stream";
                return;
            }

            _ledger.ObservedNs = _clock.NowNs;
            filled += read;
            var used = CommitFrameReader.Read(_buffer.AsSpan(0, filled), _ledger, out var needed, out var end);
            if (end is not null)
            {
                _error = end;
                return;
            }

            _buffer.AsSpan(used, filled - used).CopyTo(_buffer);
            filled -= used;
            if (Math.Max(needed, filled + 1) > _buffer.Length) Array.Resize(ref _buffer, Math.Max(needed, _buffer.Length * 2));
        }
    }
}
