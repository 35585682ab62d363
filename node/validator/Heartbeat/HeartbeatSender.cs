using System.Net.Http.Headers;
using Mysticeti.Consensus;
using Mysticeti.Metrics;

namespace Mysticeti.Validator.Heartbeat;

/// <summary>
/// Tells an uptime backend every 5 s that this validator lives. A backend that fails or hangs holds up nothing but the next
/// heartbeat, and is worth one warning.
/// </summary>
internal sealed class HeartbeatSender : IAsyncDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);
    private const int MaxAnswerBytes = 16 * 1024;

    private readonly Uri _url;
    private readonly Func<long, HeartbeatMessage> _compose;
    private readonly Ed25519.PrivateKey _key;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Counter _sent;
    private readonly Counter _failed;
    private readonly HttpClient _http = new() { Timeout = Patience, MaxResponseContentBufferSize = MaxAnswerBytes };
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private long _counter;
    private bool _failing;

    /// <summary>Starts at once.</summary>
    /// <param name="token">Goes with every message; null: none.</param>
    /// <param name="compose">Makes the message with this counter.</param>
    public HeartbeatSender(
        Uri url, AuthenticationHeaderValue? token, Func<long, HeartbeatMessage> compose, Ed25519.PrivateKey key, MetricRegistry metrics, TimeProvider time, ILogger log)
    {
        (_url, _compose, _key, _time, _log) = (url, compose, key, time, log);
        _http.DefaultRequestHeaders.Authorization = token;
        _sent = metrics.Counter("mysticeti_heartbeats_sent_total", "Heartbeats that the uptime backend took.");
        _failed = metrics.Counter("mysticeti_heartbeats_failed_total", "Heartbeats that did not reach the uptime backend, or that it refused.");
        _running = Task.Run(() => RunAsync(_stopping.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        _http.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var begin = _time.GetTimestamp();
            Note(await SendAsync(cancellationToken));
            var wait = Interval - _time.GetElapsedTime(begin);
            if (wait > TimeSpan.Zero) await Task.Delay(wait, _time, cancellationToken);
        }
    }

    /// <returns>Null where it was taken, else why not.</returns>
    private async Task<string?> SendAsync(CancellationToken cancellationToken)
    {
        // Milliseconds since 1970 where they have grown: so it grows over restarts too, with nothing to store.
        _counter = Math.Max(_counter + 1, _time.GetUtcNow().ToUnixTimeMilliseconds());
        using var content = new ByteArrayContent(_compose(_counter).Sign(_key)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        try
        {
            using var response = await _http.PostAsync(_url, content, cancellationToken);
            return response.IsSuccessStatusCode ? null : $"it answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}";
        }
        catch (HttpRequestException error)
        {
            return error.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"no answer within {Patience.TotalSeconds} s";
        }
    }

    private void Note(string? failure)
    {
        (failure is null ? _sent : _failed).Increment();
        if (failure is not null && !_failing) _log.LogWarning("heartbeats do not reach {Url}: {Reason}; going on to try, and silent until one does", _url, OneLine(failure));
        if (failure is null && _failing) _log.LogInformation("heartbeats reach {Url} again", _url);
        _failing = failure is not null;
    }

    private static string OneLine(string text)
    {
        const int Longest = 200;
        var line = text.ReplaceLineEndings(" ").Trim();
        return line.Length <= Longest ? line : $"{line[..Longest]} ..";
    }
}
