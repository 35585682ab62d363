using Mysticeti.Topology;
using Mysticeti.Topology.Cloud;
using Pulumi;
using Pulumi.Command.Remote;
using Pulumi.Command.Remote.Inputs;

namespace Mysticeti.Infra;

/// <summary>One validator on a host that is reached by SSH: carries out the parts of its <see cref="InstallScript"/>.</summary>
internal sealed class RemoteValidator : ComponentResource
{
    private readonly InstallScript _script;
    private readonly ConnectionArgs _connection;

    /// <param name="parameters">What the validator's parameters file holds; null: it has none.</param>
    /// <param name="connection">How to log in.</param>
    /// <param name="archive">The image as a file, where the host cannot pull it; null: it can.</param>
    /// <param name="sources">Changes with the image.</param>
    /// <param name="outlives">Whether the host is there after the stack is gone: then the stack clears up behind itself.</param>
    public RemoteValidator(
        InstallScript script, ParametersFile? parameters, ConnectionArgs connection, CommitteeKeys keys, Output<AssetOrArchive>? archive, string sources, bool outlives,
        ComponentResource parent, params Resource[] after)
        : base("mysticeti:infra:RemoteValidator", $"{script.Launch.Name}-validator", new ComponentResourceOptions { Parent = parent })
    {
        (_script, _connection) = (script, connection);
        var name = script.Launch.Name;
        var prepare = Run($"{name}-prepare", outlives ? script.Prepare() : $"{script.AwaitUserData()}{script.Prepare()}", outlives ? script.Remove() : null, [], after);
        var genesis = Put($"{name}-genesis", script.GenesisPath, keys.Genesis, prepare);
        var key = Put($"{name}-key", script.KeyPath, keys.Key(script.Launch.Index), prepare);
        List<CustomResource> files = [genesis, key];
        if (parameters is not null) files.Add(Put($"{name}-parameters", script.ParametersPath, Output.Create(Convert.ToBase64String(parameters.ToBytes())), prepare));
        List<Resource> delivered = [.. files];
        if (archive is not null)
        {
            delivered.Add(new CopyToRemote(
                $"{name}-image",
                new() { Connection = connection, Source = archive, RemotePath = script.PayloadPath, Triggers = new object[] { sources } },
                Own(prepare)));
        }

        Started = Run($"{name}-start", script.Start(), null, [script.Start(), sources, .. files.Select(file => file.Id)], [.. delivered]).Id;
        RegisterOutputs();
    }

    /// <summary>Known when the validator answers.</summary>
    public Output<string> Started { get; }

    // As one word of a shell of its own: the login shell may be another than sh.
    private Command Run(string name, string script, string? undo, object[] triggers, Resource[] after)
    {
        var arguments = new CommandArgs { Connection = _connection, Create = ShellCommand(script), Triggers = triggers };
        if (undo is not null) arguments.Delete = ShellCommand(undo);
        return new Command(name, arguments, Own(after));
    }

    private Command Put(string name, string path, Output<string> base64, Resource after) => new(
        name,
        new()
        {
            Connection = _connection,
            Create = ShellCommand($"umask 077 && base64 -d >{ShellText.Quote(path)}"),
            Stdin = base64,
            Triggers = new object[] { base64 },
            Logging = Logging.None,
        },
        Own(after));

    private static string ShellCommand(string script) => $"sh -c {ShellText.Quote(script)}";

    private CustomResourceOptions Own(params Resource[] after) => new() { Parent = this, DependsOn = after };
}
