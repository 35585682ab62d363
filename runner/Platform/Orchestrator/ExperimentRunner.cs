using System.Data.Common;
using Mysticeti.Runner.Networks;
using Mysticeti.Runner.Platform.Database;
using Mysticeti.Runner.Platform.Hosting;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Platform.Orchestrator;

/// <summary>What became of a request to run an experiment.</summary>
/// <param name="Plan">Null where it was not started.</param>
/// <param name="Invalid">What is wrong with the setup.</param>
/// <param name="Busy">The experiment that is running already.</param>
internal sealed record StartOutcome(ExperimentPlan? Plan, IReadOnlyList<string> Invalid, string? Busy);

/// <summary>Plans experiments and runs them, one at a time.</summary>
internal sealed class ExperimentRunner(
    PlatformNetwork network, DeploymentStore deployments, ExperimentStore store, TimeProvider time, TextWriter problems) : IAsyncDisposable
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
    public async Task<(ExperimentPlan? Plan, IReadOnlyList<string> Errors)> PlanAsync(System.Text.Json.JsonElement json, CancellationToken cancellationToken)
    {
        var (setup, reader) = SetupReader.Read(json);
        var outputs = OutputsOf(setup, reader);
        if (outputs is not null) Check(setup, outputs, reader);
        if (setup.ExperimentName.Length > 0 && await store.ExistsAsync(setup.ExperimentName, cancellationToken))
            reader.Errors.Add($"experiment_name {setup.ExperimentName} is taken: names are unique");
        return reader.Errors.Count > 0 || outputs is null ? (null, reader.Errors) : (ExperimentPlan.Create(setup, outputs, reader.Warnings), []);
    }

    /// <summary>Starts an experiment, unless one is running.</summary>
    /// <param name="planHash">The plan must have this hash; null: any.</param>
    public async Task<StartOutcome> StartAsync(System.Text.Json.JsonElement json, string? planHash, CancellationToken cancellationToken)
    {
        await _recovered.Task.WaitAsync(cancellationToken);
        await _starting.WaitAsync(cancellationToken);
        try
        {
            if (Current is { } running) return new StartOutcome(null, [], running.Name);
            var (plan, errors) = await PlanAsync(json, cancellationToken);
            if (plan is null) return new StartOutcome(null, errors, null);
            if (planHash is not null && planHash != plan.PlanHash)
                return new StartOutcome(null, [$"plan_hash is {plan.PlanHash} by now: the setup or the network is not what was tested"], null);
            var deployment = plan.Setup.DeploymentId ?? await deployments.NewestAsync(cancellationToken);
            if (!await store.CreateAsync(plan, deployment, cancellationToken))
                return new StartOutcome(null, [$"experiment_name {plan.Setup.ExperimentName} is taken: names are unique"], null);
            _run?.Dispose();
            _run = new ExperimentRun(plan, deployment, Borrow(plan.Setup), store, time, problems);
            _run.Start(_stopping.Token);
            return new StartOutcome(plan, [], null);
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>Cancels the experiment that is under way and waits until its load has stopped. False: there is none.</summary>
    public async Task<bool> CancelAsync(CancellationToken cancellationToken)
    {
        if (Current is not { } run) return false;
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

    private NetworkOutputs? OutputsOf(ExperimentSetup setup, SetupReader reader)
    {
        try
        {
            var outputs = setup.Network is { } file ? NetworkOutputs.Load(file) : network.Outputs;
            if (outputs is null) reader.Errors.Add("there is no network: start the service with --embedded or --outputs, or name one in network");
            return outputs;
        }
        catch (TopologyException)
        {
            // The file may be anything on this machine: the answer must not tell what is in it.
            reader.Errors.Add("network.outputs names no readable outputs file");
            return null;
        }
    }

    private void Check(ExperimentSetup setup, NetworkOutputs outputs, SetupReader reader)
    {
        if (outputs.Flavor != NetworkOutputs.Mysticeti) reader.Errors.Add($"experiments cannot be run on networks of flavor {outputs.Flavor}");
        if (setup.StopsPerRound == 0) return;
        var (stopped, tolerated) = (ExperimentPlan.LargestStop(setup, outputs.Nodes.Length), (outputs.Nodes.Length - 1) / 3);
        if (stopped > tolerated && !setup.AllowQuorumLoss)
            reader.Errors.Add($"max_stop_ratio stops {stopped} of {outputs.Nodes.Length} validators; more than {tolerated} need allow_quorum_loss");
        if (setup.Network is not null || network.Lend(time)?.Control is null)
            reader.Errors.Add("stops_per_round needs a network whose validators this service can stop and start; start it with --embedded");
    }

    private INetwork Borrow(ExperimentSetup setup) =>
        setup.Network is { } file ? new ExternalNetwork(NetworkOutputs.Load(file), time) : network.Lend(time) ?? throw new NetworkException("there is no network");

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
