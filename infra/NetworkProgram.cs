using System.Collections;
using System.Text.Json;
using Mysticeti.Topology;
using Mysticeti.Topology.Cloud;
using Pulumi;

namespace Mysticeti.Infra;

/// <summary>The Pulumi program: declares the network that the stack's configuration asks for and exports where it is.</summary>
public static class NetworkProgram
{
    /// <summary>Declares the resources.</summary>
    /// <param name="directory">The program's directory, infra; relative paths in commands start there.</param>
    /// <param name="awaitHealth">Returns when every node answers; not called in a preview.</param>
    /// <returns>The stack's outputs: <c>network</c>, by the stack-output contract, <c>endpoints</c>, its RPC URLs, and <c>services</c>, URLs by name, where there are any.</returns>
    public static IDictionary<string, object?> Run(string directory, Func<NetworkOutputs, Task>? awaitHealth = null)
    {
        var settings = Read(Deployment.Instance.StackName);
        if (settings.HourlyUsd > 0) Log.Info(System.FormattableString.Invariant($"estimated cost: {settings.HourlyUsd:0.000} USD an hour for {settings.Instances} x {settings.InstanceType}"));
        if (settings.Provider == Topology.Cloud.Provider.Vultr)
            Log.Warn($"Vultr bills instances that are shut down: after {settings.TtlHours} hours they stop working, but only 'pulumi destroy' ends the cost");
        var network = settings.Provider switch
        {
            Topology.Cloud.Provider.Docker => new DockerNetwork(settings, directory).Network,
            Topology.Cloud.Provider.Aws => new AwsNetwork(HostPlan.Create(settings), directory).Network,
            Topology.Cloud.Provider.Vultr => new VultrNetwork(HostPlan.Create(settings), directory).Network,
            _ => new HostsNetwork(HostPlan.Create(settings), directory).Network,
        };
        var healthy = network.Apply(async outputs =>
        {
            if (!Deployment.Instance.IsDryRun) await (awaitHealth ?? Health.WaitAsync)(outputs);
            return outputs;
        });

        // Nodes come up with secret keys, and what comes of a secret is one: where the nodes are is none.
        var open = Output.Unsecret(healthy);
        var exported = new Dictionary<string, object?>
        {
            ["network"] = open.Apply(outputs => JsonSerializer.Deserialize<JsonElement>(outputs.ToJson())),
            ["endpoints"] = open.Apply(outputs => outputs.Nodes.Select(node => node.RpcUrl.OriginalString).ToArray()),
        };
        if (settings.Services) exported["services"] = ExperimentServices.Urls;
        return exported;
    }

    /// <exception cref="RunException">The configuration is wrong.</exception>
    private static StackSettings Read(string stack)
    {
        var environment = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");
        try
        {
            // The engine hands the configuration over in this variable; the SDK only answers for keys that one asks for.
            if (environment.TryGetValue("PULUMI_CONFIG", out var configuration) && configuration.Length > 0)
                StackSettings.CheckKeys(JsonSerializer.Deserialize<Dictionary<string, string>>(configuration)!.Keys);
            return StackSettings.Read(stack, new Config("mysticeti").Get, environment);
        }
        catch (TopologyException error)
        {
            throw new RunException($"the stack's configuration is wrong: {error.Message}", error);
        }
    }
}
