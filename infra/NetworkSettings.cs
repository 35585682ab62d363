using Mysticeti.Topology;

namespace Mysticeti.Infra;

/// <summary>A stack's configuration, complete: every default is filled in.</summary>
/// <param name="Provider">Who hosts the network.</param>
/// <param name="Name">Name of the network: the stack's.</param>
/// <param name="Committee">Number of validators.</param>
/// <param name="PublishedPorts">Where clients reach the nodes on the user's machine.</param>
internal sealed record NetworkSettings(string Provider, string Name, int Committee, PortPlan PublishedPorts)
{
    /// <exception cref="Pulumi.RunException">A value is out of range.</exception>
    public static NetworkSettings Read(Pulumi.Config config, string stack)
    {
        var committee = config.GetInt32("committee") ?? CommitteeSpecification.MinSize;
        try
        {
            new CommitteeSpecification { Size = committee, Name = stack }.Validated();
            return new NetworkSettings(config.Require("provider"), stack, committee, PortPlan.ForOneHost(committee, config.GetInt32("basePort")));
        }
        catch (TopologyException e)
        {
            throw new Pulumi.RunException($"the stack's configuration is wrong: {e.Message}", e);
        }
    }
}
