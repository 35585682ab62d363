using System.Collections.Immutable;
using Mysticeti.Engine.Benchmark;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Faults;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Networks.Containers;
using Mysticeti.Engine.Networks.External;
using Mysticeti.Engine.Plan;
using Mysticeti.Engine.Remote;
using Mysticeti.Engine.Ssh;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Cli;

/// <summary>Where the network of a command comes from.</summary>
internal abstract record NetworkSource
{
    /// <summary>Measures the network and returns the exit code.</summary>
    public abstract Task<int> MeasureAsync(BenchmarkSettings settings, Shell shell, CancellationToken cancellationToken);

    /// <summary>One line for people.</summary>
    public abstract string Describe();

    /// <summary>The source as it must be for these faults.</summary>
    /// <exception cref="UsageException">The faults cannot be carried out there.</exception>
    public virtual NetworkSource For(ImmutableArray<FaultEvent> faults) => this;
}

/// <summary>Real validators, wherever they run.</summary>
internal abstract record RealSource : NetworkSource
{
    public override async Task<int> MeasureAsync(BenchmarkSettings settings, Shell shell, CancellationToken cancellationToken)
    {
        await using var network = Create(shell);
        return await BenchmarkRun.ExecuteAsync(settings, network, shell.Out, shell.Time, cancellationToken);
    }

    /// <summary>The network, not yet started.</summary>
    protected abstract INetwork Create(Shell shell);
}

/// <summary>The consensus core under virtual time.</summary>
internal sealed record SimulatedSource : NetworkSource
{
    public override Task<int> MeasureAsync(BenchmarkSettings settings, Shell shell, CancellationToken cancellationToken) =>
        SimulateCommand.RunAsync(SimulateCommand.FromBenchmark(settings), settings.OutputDirectory, shell.Out, cancellationToken);

    public override NetworkSource For(ImmutableArray<FaultEvent> faults) => faults.All(fault => fault.Kind == FaultKind.Kill)
        ? this
        : throw new UsageException("simulated networks take --faults and --crash-recovery here; 'mysticeti simulate' has options for other faults");

    public override string Describe() => "simulated in virtual time; 'mysticeti simulate' has more options";
}

/// <summary>The command starts it and stops it.</summary>
internal sealed record EmbeddedSource(EmbeddedNetworkSettings Settings) : RealSource
{
    protected override INetwork Create(Shell shell) => new EmbeddedNetwork(Settings, shell.Time);

    public override NetworkSource For(ImmutableArray<FaultEvent> faults) =>
        this with { Settings = Settings with { FaultInjection = Settings.FaultInjection || faults.Any(fault => fault.IsOfValidator) } };

    public override string Describe() => $"{Settings.Committee} validators started on 127.0.0.1, " + Settings.BasePort switch
    {
        null => "default ports",
        0 => "free ports",
        var port => $"ports from {port}",
    };
}

/// <summary>On the user's hosts, over SSH.</summary>
internal sealed record RemoteSource(RemoteNetworkSettings Settings, Func<ISshTransport> Transport) : RealSource
{
    protected override INetwork Create(Shell shell) => new RemoteNetwork(Settings, Transport(), shell.Time);

    public override NetworkSource For(ImmutableArray<FaultEvent> faults) =>
        this with { Settings = Settings with { FaultInjection = Settings.FaultInjection || faults.Any(fault => fault.IsOfValidator) } };

    public override string Describe() => $"{Settings.Hosts.Length} validators on {string.Join(", ", Settings.Hosts.Select(host => host.Host))}, over SSH";
}

/// <summary>The command brings up the containers of a compose file.</summary>
/// <param name="Committee">Validators in the file.</param>
internal sealed record ComposeSource(ComposeNetworkSettings Settings, int Committee) : RealSource
{
    protected override INetwork Create(Shell shell) => new ComposeNetwork(Settings, shell.Time);

    public override NetworkSource For(ImmutableArray<FaultEvent> faults) => this with { Settings = Settings with { FaultInjection = faults.Any(fault => fault.IsOfValidator) } };

    public override string Describe() => $"{Committee} containers of {Settings.ComposePath}";
}

/// <summary>It runs already.</summary>
/// <param name="Origin">A file's or a stack's name.</param>
internal sealed record ExternalSource(NetworkOutputs Outputs, string Origin) : RealSource
{
    protected override INetwork Create(Shell shell) => new ExternalNetwork(Outputs, shell.Time);

    public override NetworkSource For(ImmutableArray<FaultEvent> faults) => faults.FirstOrDefault(fault => fault.NeedsControl) is { } fault
        ? throw new UsageException($"the fault '{fault}' is not possible on {Origin}: its nodes cannot be stopped and started from here")
        : this;

    public override string Describe() => $"'{Outputs.Name}' of {Origin}: {string.Join(", ", Outputs.Nodes.Select(node => node.RpcUrl))}";
}
