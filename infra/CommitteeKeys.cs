using Mysticeti.Topology;
using Pulumi;
using LocalCommand = Pulumi.Command.Local.Command;

namespace Mysticeti.Infra;

/// <summary>
/// The genesis and key files of a committee: made once, by the validator's own command on the machine that runs Pulumi, and then kept as a
/// secret of the stack's state. Other peer addresses make another committee.
/// </summary>
internal sealed class CommitteeKeys : ComponentResource
{
    private readonly Output<string[]> _files;

    /// <param name="nodes">The validators. Their hosts may not be known yet.</param>
    /// <param name="addresses">Where the validators reach each other, by index.</param>
    public CommitteeKeys(string name, IReadOnlyList<ValidatorLaunch> nodes, Output<IEnumerable<string>> addresses, ComponentResource parent)
        : base("mysticeti:infra:CommitteeKeys", $"{name}-keys", new ComponentResourceOptions { Parent = parent })
    {
        var peers = addresses.Apply(list => string.Join(',', list.Select(address => new HostPort(address, PortPlan.DefaultPeer))));
        var regions = ShellText.Quote(string.Join(',', nodes.Select(node => node.Region)));
        // The files in base64, a line each: genesis first, then the keys by index. Nothing is left on the disk.
        var files = string.Join(' ', nodes.Select(node => $"node{node.Index}/key.json").Prepend("genesis.json"));
        var genesis = new LocalCommand(
            "genesis",
            new()
            {
                Create = Output.Format($"umask 077; d=$(mktemp -d) && trap 'rm -rf \"$d\"' EXIT && dotnet run --project ../node/validator --configuration Release -- genesis --output \"$d/net\" --name {name} --regions {regions} --peers {peers} >&2 && cd \"$d/net\" && for f in {files}; do base64 <$f | tr -d '\\n'; echo; done"),
                Triggers = new object[] { name, peers, regions },
                Logging = Pulumi.Command.Local.Logging.None,
            },
            new CustomResourceOptions { Parent = this, AdditionalSecretOutputs = { "stdout", "stderr" } });
        _files = Output.CreateSecret(genesis.Stdout.Apply(text => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        RegisterOutputs();
    }

    /// <summary>The genesis file in base64, secret only because it comes with the keys.</summary>
    public Output<string> Genesis => _files.Apply(files => files[0]);

    /// <summary>A validator's key file in base64, a secret.</summary>
    public Output<string> Key(int index) => _files.Apply(files => files[index + 1]);
}
