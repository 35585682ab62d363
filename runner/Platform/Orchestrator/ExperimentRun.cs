using System.Data.Common;
using Mysticeti.Engine.Benchmark;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Networks;
using Mysticeti.Platform.Database;
using Mysticeti.Platform.Hosting;

namespace Mysticeti.Platform.Orchestrator;

/// <summary>
/// Carries one plan out with the engine of <c>mysticeti benchmark</c>, and notes every step. A database that is away for a while does not disturb the load: what
/// there is to note is noted late.
/// </summary>
/// <param name="own">The service's network, which takes others along while they are used.</param>
internal sealed class ExperimentRun(
    ExperimentPlan plan, ExperimentTarget target, PlatformNetwork own, DeploymentStore deployments, ExperimentStore store, TimeProvider time, TextWriter problems)
    : IDisposable
{
    private static readonly TimeSpan StartupWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(1);
    private const int StoreAttempts = 60;

    private readonly CancellationTokenSource _cancel = new();
    private readonly List<string> _errors = [];
    private bool _cancelled;

    public string Name => plan.Setup.ExperimentName;

    /// <summary>Ends when the load has stopped and the outcome is noted.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Begins; the token's end interrupts the experiment.</summary>
    public void Start(CancellationToken stopping) => Completion = Task.Run(() => RunAsync(stopping), CancellationToken.None);

    /// <summary>Stops the load and has stopped validators started again.</summary>
    public async Task CancelAsync()
    {
        _cancelled = true;
        // The load first: noting it may take as long as the database likes.
        var stopped = _cancel.CancelAsync();
        await NoteAsync(() => store.UpdateAsync(Name, ExperimentStatus.Cancelling, null, CancellationToken.None));
        await stopped;
    }

    /// <summary>Once it has ended.</summary>
    public void Dispose() => _cancel.Dispose();

    private async Task RunAsync(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_cancel.Token, stopping);
        var (status, comment) = (ExperimentStatus.Failed, (string?)null);
        try
        {
            await using var network = target.Open();
            await network.StartAsync(StartupWait, new Progress<string>(), ending.Token);
            using var joined = target.IsOwn ? null : own.Join(network.Outputs);
            (status, comment) = await RoundsAsync(network, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            (status, comment) = Ended();
        }
        catch (Exception error) when (error is NetworkException or UsageException)
        {
            _errors.Add(Values.OneLine(error.Message));
        }
        catch (Exception error)
        {
            await problems.WriteLineAsync($"orchestrator: {Name}: {error}");
            _errors.Add($"unexpected: {error.GetType().Name}: {Values.OneLine(error.Message)}");
        }

        foreach (var error in _errors) await LogAsync("error", error);
        await LogAsync("info", $"{status.ToString().ToLowerInvariant()}{(comment is null ? "" : $": {comment}")}");
        await NoteAsync(() => store.EndAsync(Name, status, comment, _errors, CancellationToken.None));
    }

    private async Task<(ExperimentStatus Status, string? Comment)> RoundsAsync(INetwork network, CancellationToken cancellationToken)
    {
        var deployment = plan.Setup.DeploymentId ?? await FindDeploymentAsync(network, cancellationToken);
        var run = new PlanRun(network, plan.LoadSeed, Screen.On(TextWriter.Null, enabled: false), time);
        var steps = new Queue<PlannedStep>(plan.Steps);
        foreach (var round in plan.Rounds)
        {
            var step = steps.Dequeue();
            await NoteAsync(() => store.UpdateAsync(Name, ExperimentStatus.Running, step, CancellationToken.None));
            await LogAsync("info", $"{step.Name} for {round.DurationSec} s to {string.Join(", ", round.Targets)}");
            foreach (var stop in round.Stops) await LogAsync("info", $"stops {string.Join(", ", stop.Nodes)} at {stop.AtSec} s for {stop.DownSec} s");
            var result = await MeasureAsync(run, round, cancellationToken);
            await NoteAsync(() => store.AddRoundAsync(plan, round, deployment, result, CancellationToken.None));
            await LogAsync("info", $"round {round.No}: {result.Ledger}; verdict {result.Verdict.Summary}");
            _errors.AddRange(result.NodeFailures.Select(failure => $"round {round.No}: {failure.Name} {failure.Reason}"));
            if (!result.Safety.Safe) _errors.AddRange(result.Safety.Violations.Select(violation => $"round {round.No}: safety: {violation}"));
            if (cancellationToken.IsCancellationRequested) return Ended();
            if (run.HasFailed) return (ExperimentStatus.Failed, "a node failed");
            if (round.PauseSec > 0)
            {
                var pause = steps.Dequeue();
                await NoteAsync(() => store.UpdateAsync(Name, ExperimentStatus.Running, pause, CancellationToken.None));
                await Task.Delay(TimeSpan.FromSeconds(round.PauseSec), time, cancellationToken);
            }
        }

        return _errors.Count > 0 ? (ExperimentStatus.Failed, "the safety audit failed") : (ExperimentStatus.Succeeded, null);
    }

    /// <summary>The deployment that the network belongs to, which may have just been launched; null: it does not tell.</summary>
    private async Task<long?> FindDeploymentAsync(INetwork network, CancellationToken cancellationToken)
    {
        long? deployment = null;
        if (await LaunchKey.AskAsync(network.Outputs, cancellationToken) is { } key)
        {
            await NoteAsync(async () =>
            {
                deployment = await deployments.SeenAsync(key, CancellationToken.None);
                await store.BindAsync(Name, deployment.Value, CancellationToken.None);
            });
        }

        return deployment;
    }

    private async Task<LoadResult> MeasureAsync(PlanRun run, PlannedRound round, CancellationToken cancellationToken)
    {
        var load = RoundLoad.Of(plan, round);
        var measuring = run.MeasureAsync(load, cancellationToken);
        if (round.No == plan.Rounds.Length)
        {
            await Task.WhenAny(measuring, Task.Delay(load.WarmUp + load.Duration, time, cancellationToken));
            if (!measuring.IsCompleted && !cancellationToken.IsCancellationRequested)
                await NoteAsync(() => store.UpdateAsync(Name, ExperimentStatus.Draining, null, CancellationToken.None));
        }

        return await measuring;
    }

    private (ExperimentStatus, string?) Ended() =>
        _cancelled ? (ExperimentStatus.Cancelled, "cancelled on request") : (ExperimentStatus.Interrupted, "the service was stopped");

    private Task LogAsync(string level, string text) => NoteAsync(() => store.LogAsync(Name, level, Values.OneLine(text), CancellationToken.None));

    private async Task NoteAsync(Func<Task> note)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await note();
                return;
            }
            catch (Exception error) when (error is DbException or TimeoutException)
            {
                if (attempt == StoreAttempts)
                {
                    await problems.WriteLineAsync($"orchestrator: {Name}: a note is lost, the database did not take it: {Values.OneLine(error.Message)}");
                    return;
                }

                await Task.Delay(StoreRetry, time);
            }
        }
    }
}
