using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Mysticeti.Platform.Database;
using Mysticeti.Platform.ExperimentsApi;
using Mysticeti.Platform.Hosting;

namespace Mysticeti.Platform.Dashboard;

/// <summary>Server-sent events: what changes, once a second, until the page goes.</summary>
internal sealed class LiveStream(DashboardQueries queries, DashboardSeries series, ExperimentQueries experiments, TimeProvider time)
{
    private const int MostStreams = 32;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly DashboardQueries _queries = queries;
    private readonly DashboardSeries _series = series;
    private readonly ExperimentQueries _experiments = experiments;
    private readonly TimeProvider _time = time;
    private int _open;

    public async Task ServeAsync(HttpContext context, long? deployment, CancellationToken stopping)
    {
        if (Interlocked.Increment(ref _open) > MostStreams)
        {
            Interlocked.Decrement(ref _open);
            throw new RequestException(503, "Too many streams", $"{MostStreams} pages are being kept up to date already");
        }

        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-cache";
            await context.Response.WriteAsync("retry: 2000\n\n", ending.Token);
            await new Reader(this, context.Response, deployment).RunAsync(ending.Token);
        }
        catch (OperationCanceledException)
        {
            // The page is gone, or we are.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>One page: what it has been told already.</summary>
    private sealed class Reader(LiveStream live, HttpResponse response, long? deployment)
    {
        private const double LongestGap = 60;

        // The page asks for what was before.
        private double _told = double.MaxValue;
        private string? _experiment;
        private double _updatedAt;
        private long _lastLog;

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                try
                {
                    await TellAsync(cancellationToken);
                }
                catch (Exception error) when (error is DbException or TimeoutException)
                {
                    await SendAsync("trouble", new { detail = "the database does not answer" }, cancellationToken);
                }

                await response.Body.FlushAsync(cancellationToken);
                await Task.Delay(Interval, live._time, cancellationToken);
            }
        }

        private async Task TellAsync(CancellationToken cancellationToken)
        {
            var overview = await live._queries.OverviewAsync(deployment, cancellationToken);
            var state = (await live._experiments.NewestAsync(1, 0, cancellationToken)).FirstOrDefault();
            overview["experiment"] = state;
            await SendAsync("overview", overview, cancellationToken);
            if (overview["deployment"] is Dictionary<string, object?> chosen)
            {
                // Up to the second before the last: the fetcher needs a while.
                var to = Math.Floor(live._queries.Now) - 1;
                var points = await live._series.PointsAsync((long)chosen["deployment_id"]!, Math.Clamp(_told, to - LongestGap, to), to, 1, cancellationToken);
                foreach (var point in points) await SendAsync("point", point, cancellationToken);
                _told = to;
            }

            if (state is null) return;
            // How one ended may come in the same second as the next one's beginning.
            if (_experiment is { } before && before != (string)state["name"]! && await live._experiments.StateAsync(before, cancellationToken) is { } ended)
                await TellExperimentAsync(ended, cancellationToken);
            await TellExperimentAsync(state, cancellationToken);
        }

        private async Task TellExperimentAsync(Dictionary<string, object?> state, CancellationToken cancellationToken)
        {
            var (name, updatedAt) = ((string)state["name"]!, (double)state["updated_at"]!);
            if (name != _experiment || updatedAt > _updatedAt)
            {
                if (name != _experiment) _lastLog = 0;
                (_experiment, _updatedAt) = (name, updatedAt);
                await SendAsync("experiment", new { state }, cancellationToken);
            }

            foreach (var line in await live._experiments.LogsAsync(name, _lastLog, 100, cancellationToken))
            {
                _lastLog = (long)line["id"]!;
                line["name"] = name;
                await SendAsync("log", line, cancellationToken);
            }
        }

        private Task SendAsync<T>(string name, T data, CancellationToken cancellationToken) => response.WriteAsync(
            string.Create(CultureInfo.InvariantCulture, $"event: {name}\ndata: {JsonSerializer.Serialize(data, PlatformJson.Options)}\n\n"), Encoding.UTF8, cancellationToken);
    }
}
