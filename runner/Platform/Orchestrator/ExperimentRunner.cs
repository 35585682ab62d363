using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks;
using Mysticeti.Platform.Database;
using Mysticeti.Platform.Hosting;
using Mysticeti.Topology;

namespace Mysticeti.Platform.Orchestrator;

/// <summary>What became of a request to run an experiment.</summary>
/// <param name="Plan">Null where it was not started.</param>
/// <param name="Invalid">What is wrong with the setup.</param>
/// <param name="Busy">The experiment that is running already.</param>
internal sealed record StartOutcome(ExperimentPlan? Plan, IReadOnlyList<string> Invalid, string? Busy);

/// <summary>Plans experiments and runs them, one at a time.</summary>
internal sealed class ExperimentRunner(
    PlatformNetwork network, ExperimentNetworks networks, DeploymentStore deployments, ExperimentStore store, TimeProvider time, TextWriter problems) : IAsyncDisposable
{
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _starting = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ExperimentRun? _run;

    /// <summary>The experiment that is under way; null: none.</summary>
    public ExperimentRun? Current => _run is { Completion.IsCompleted: false } run ? run : null;

    /// <summary>Marks what an earlier process left unfinished, and starts validators again that it may have stopped.</summary>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        while (!_recovered.Task.IsCompleted)
        {
            try
            {
                var names = await store.InterruptUnfinishedAsync(cancellationToken);
                foreach (var name in names) await problems.WriteLineAsync($"orchestrator: experiment '{name}' was found unfinished: interrupted");
                if (names.Count > 0) await StartAllAsync(cancellationToken);
                _recovered.SetResult();
            }
            catch (Exception error) when (error is DbException or TimeoutException)
            {
                await Task.Delay(StoreRetry, time, cancellationToken);
            }
        }
    }

    /// <summary>The plan of a setup, or what is wrong with it.</summary>
    public async Task<(ExperimentPlan? Plan, IReadOnlyList<string> Errors)> PlanAsync(JsonElement json, CancellationToken cancellationToken)
    {
        var (plan, _, errors) = await PlanWithNetworkAsync(json, cancellationToken);
        return (plan, errors);
    }

    /// <summary>Starts an experiment, unless one is running.</summary>
    /// <param name="planHash">The plan must have this hash; null: any.</param>
    public async Task<StartOutcome> StartAsync(JsonElement json, string? planHash, CancellationToken cancellationToken)
    {
        await _recovered.Task.WaitAsync(cancellationToken);
        await _starting.WaitAsync(cancellationToken);
        try
        {
            if (Current is { } running) return new StartOutcome(null, [], running.Name);
            var (plan, target, errors) = await PlanWithNetworkAsync(json, cancellationToken);
            if (plan is null || target is null) return new StartOutcome(null, errors, null);
            if (planHash is not null && planHash != plan.PlanHash)
                return new StartOutcome(null, [$"plan_hash is {plan.PlanHash} by now: the setup or the network is not what was tested"], null);
            if (!await store.CreateAsync(plan, cancellationToken))
                return new StartOutcome(null, [$"experiment_name {plan.Setup.ExperimentName} is taken: names are unique"], null);
            _run?.Dispose();
            _run = new ExperimentRun(plan, target, network, deployments, store, time, problems);
            _run.Start(_stopping.Token);
            return new StartOutcome(plan, [], null);
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>Cancels the experiment that is under way and waits until its load has stopped. False: there is none, or it is not the one that is meant.</summary>
    /// <param name="name">The one that is meant; null: whichever it is.</param>
    public async Task<bool> CancelAsync(string? name, CancellationToken cancellationToken)
    {
        if (Current is not { } run || (name is not null && name != run.Name)) return false;
        await run.CancelAsync();
        await run.Completion.WaitAsync(cancellationToken);
        return true;
    }

    /// <summary>Interrupts what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_run is { } run)
        {
            await run.Completion;
            run.Dispose();
        }

        _stopping.Dispose();
        _starting.Dispose();
    }

    private async Task<(ExperimentPlan? Plan, ExperimentTarget? Target, IReadOnlyList<string> Errors)> PlanWithNetworkAsync(
        JsonElement json, CancellationToken cancellationToken)
    {
        var (setup, reader) = SetupReader.Read(json);
        if (setup.ExperimentName.Length > 0 && await store.ExistsAsync(setup.ExperimentName, cancellationToken))
            reader.Errors.Add($"experiment_name {setup.ExperimentName} is taken: names are unique");
        if (reader.Errors.Count > 0) return (null, null, reader.Errors);
        try
        {
            var target = await networks.FindAsync(setup.Network, cancellationToken);
            Check(setup, target, reader);
            return reader.Errors.Count > 0 ? (null, null, reader.Errors) : (ExperimentPlan.Create(setup, target.Validators, reader.Warnings), target, []);
        }
        catch (TopologyException error)
        {
            return (null, null, [Values.OneLine(error.Message)]);
        }
    }

    private static void Check(ExperimentSetup setup, ExperimentTarget target, SetupReader reader)
    {
        if (target.Flavor != NetworkOutputs.Mysticeti) reader.Errors.Add($"experiments cannot be run on networks of flavor {target.Flavor}");
        if (setup.StopsPerRound == 0) return;
        var (stopped, tolerated) = (ExperimentPlan.LargestStop(setup, target.Validators.Length), (target.Validators.Length - 1) / 3);
        if (stopped > tolerated && !setup.AllowQuorumLoss)
            reader.Errors.Add($"max_stop_ratio stops {stopped} of {target.Validators.Length} validators; more than {tolerated} need allow_quorum_loss");
        if (stopped == 0) reader.Warnings.Add(string.Create(CultureInfo.InvariantCulture, $"nothing is stopped: max_stop_ratio {setup.MaxStopRatio} of {target.Validators.Length} validators is not one"));
        if (!target.CanStop) reader.Errors.Add("stops_per_round needs a network whose validators this service can stop and start: an embedded one");
    }

    private async Task StartAllAsync(CancellationToken cancellationToken)
    {
        if (network.Lend(time) is not { Control: { } control } borrowed) return;
        await using (borrowed)
        {
            foreach (var node in borrowed.Outputs.Nodes)
            {
                try
                {
                    await control.StartAsync(node.Index, cancellationToken);
                }
                catch (NetworkException error)
                {
                    await problems.WriteLineAsync($"orchestrator: {node.Name} may be stopped still: {error.Message}");
                }
            }
        }
    }
}
