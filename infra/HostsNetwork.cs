using Mysticeti.Topology;
using Mysticeti.Topology.Cloud;
using Pulumi;
using Pulumi.Command.Remote.Inputs;

namespace Mysticeti.Infra;

/// <summary>A validator on each of the machines that the configuration names. They are put back as they were when the stack is destroyed.</summary>
internal sealed class HostsNetwork : ComponentResource
{
    /// <param name="directory">The program's directory, infra.</param>
    public HostsNetwork(HostPlan plan, string directory)
        : base("mysticeti:infra:HostsNetwork", plan.Settings.Name)
    {
        var settings = plan.Settings;
        if (settings.SshHostKeys.IsEmpty) Log.Warn("the machines' SSH host keys are not checked: set mysticeti:sshHostKeys");
        var image = new ValidatorImage(settings, settings.Architecture, directory, this);
        var archive = settings.BuildsImage ? image.Archive(directory) : null;
        var keys = new CommitteeKeys(settings.Name, plan.Nodes, Output.Create(settings.Hosts.Select(host => host.Host)), this);
        var validators = plan.Nodes.Select(node => new RemoteValidator(plan.Script(node), settings.Parameters, Connection(settings, node.Index), keys, archive, image.Sources, outlives: true, this));
        Network = Output.All(validators.Select(validator => validator.Started)).Apply(_ => plan.Outputs([.. settings.Hosts.Select(host => host.Host)]));
        RegisterOutputs();
    }

    /// <summary>Where the nodes are; known when every validator answers.</summary>
    public Output<NetworkOutputs> Network { get; }

    private static ConnectionArgs Connection(StackSettings settings, int index)
    {
        var host = settings.Hosts[index];
        var connection = new ConnectionArgs { Host = host.Host, Port = host.SshPort, User = host.SshUser, PrivateKey = Output.CreateSecret(File.ReadAllText(host.SshKeyPath)) };
        if (!settings.SshHostKeys.IsEmpty) connection.HostKey = settings.SshHostKeys[index];
        return connection;
    }
}
