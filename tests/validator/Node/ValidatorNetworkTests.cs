using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Mysticeti.Consensus;
using Mysticeti.Protocol;
using Mysticeti.Topology;
using Mysticeti.Validator.Links;
using Mysticeti.Validator.Node;

namespace Mysticeti.Validator.Tests.Node;

/// <summary>Whole validators in this process, joined by real TLS links on loopback.</summary>
public sealed class ValidatorNetworkTests : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("mysticeti-test-").FullName;
    private readonly ValidatorNode?[] _nodes = new ValidatorNode?[4];
    private LaunchPlan _plan;
    private string? _parametersPath;

    public ValidatorNetworkTests() => _plan = CreatePlan("network", new ConsensusParameters());

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.OfType<ValidatorNode>()) await node.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Transactions_given_to_any_validator_are_committed_by_all_in_one_order()
    {
        await StartAllAsync();
        for (var i = 0; i < 100; i++) Assert.Equal(SubmitOutcome.Accepted, Submit(i % 4, $"t{i}"));
        await UntilAsync(() => _nodes.All(node => Committed(node!).Count == 100));
        var expected = Committed(_nodes[0]!);
        Assert.All(_nodes, node => Assert.Equal(expected, Committed(node!)));
        AssertAgreement();
    }

    [Fact]
    public async Task Without_a_quorum_a_validator_is_not_ready_and_commits_nothing()
    {
        await StartAsync(0);
        await StartAsync(1);
        await UntilAsync(() => _nodes[0]!.Peers.Single(peer => peer.AuthorityIndex == 1).Connected);
        Assert.False(_nodes[0]!.Status.Ready);
        Assert.Equal(0, _nodes[0]!.CommitLog.LastIndex);
        await StartAsync(2);
        await UntilAsync(() => _nodes[0]!.Status.Ready && _nodes[0]!.CommitLog.LastIndex > 0);
    }

    [Theory]
    [InlineData(32L * 1024 * 1024)]
    [InlineData(0)]
    public async Task A_validator_that_was_away_catches_up_and_has_the_same_prefix(long residentBlockBytes)
    {
        _parametersPath = Path.Combine(_directory, "parameters.json");
        await File.WriteAllTextAsync(_parametersPath, $"{{ \"residentBlockBytes\": {residentBlockBytes} }}");
        await StartAllAsync();
        Submit(0, "before");
        await UntilAsync(() => Committed(_nodes[3]!).Contains("before"));
        await StopAsync(3);
        Submit(0, "meanwhile");
        await UntilAsync(() => Committed(_nodes[0]!).Contains("meanwhile"));
        await StartAsync(3);
        await UntilAsync(() => Committed(_nodes[3]!).Contains("meanwhile"));
        Assert.Equal(["before", "meanwhile"], Committed(_nodes[3]!));
        Submit(3, "after");
        await UntilAsync(() => _nodes.All(node => Committed(node!).Contains("after")));
        AssertAgreement();
    }

    [Fact]
    public async Task A_validator_that_was_away_for_longer_than_blocks_are_kept_takes_over_a_checkpoint_that_its_peers_agree_on()
    {
        _plan = CreatePlan("short", new ConsensusParameters { GcDepth = 20, CheckpointCommits = 30, IdleRoundDelayMs = 5 });
        await StartAllAsync();
        Submit(3, "before");
        await UntilAsync(() => _nodes.All(node => Committed(node!).Contains("before")));
        var left = _nodes[3]!.CommitLog.LastIndex;
        await StopAsync(3);
        await UntilAsync(() => _nodes[0]!.CommitLog.LastIndex > left + 500);
        await StartAsync(3);
        await UntilAsync(() => _nodes[3]!.CommitLog.LastIndex >= _nodes[0]!.CommitLog.LastIndex - 50);
        Assert.True(_nodes[3]!.CommitLog.FirstIndex > left + 1, "nothing was missing");
        Submit(3, "after");
        await UntilAsync(() => _nodes.All(node => Committed(node!).Contains("after")));
        AssertAgreement();

        await StopAsync(3);
        await StartAsync(3);
        Submit(3, "once more");
        await UntilAsync(() => _nodes.All(node => Committed(node!).Contains("once more")));
        AssertAgreement();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task Whoever_takes_over_a_checkpoint_proposes_nothing_again_that_was_committed_meanwhile(int duplicateWindowTransactions)
    {
        _plan = CreatePlan("again", new ConsensusParameters { GcDepth = 20, CheckpointCommits = 30, IdleRoundDelayMs = 5, DuplicateWindowTransactions = duplicateWindowTransactions });
        await StartAllAsync();
        // Stopped while blocks of its own are on their way, several times: some are committed when it is gone.
        var seen = new List<string>();
        for (var (stop, next) = (0, 0); stop < 3; stop++)
        {
            for (var i = 0; i < 300; i++, next++)
            {
                Submit(3, $"t{next}");
                if (i % 50 == 49) await Task.Delay(1);
            }

            var left = _nodes[3]!.CommitLog.LastIndex;
            await StopAsync(3);
            await UntilAsync(() => _nodes[0]!.CommitLog.LastIndex > left + 400);
            await StartAsync(3);
            await UntilAsync(() => _nodes[3]!.CommitLog.LastIndex >= _nodes[0]!.CommitLog.LastIndex - 50);
            Assert.True(_nodes[3]!.CommitLog.FirstIndex > left + 1, "nothing was missing");
            Submit(3, $"mark{stop}");
            await UntilAsync(() => Committed(_nodes[0]!).Contains($"mark{stop}"));
            seen = Committed(_nodes[0]!);
        }

        Assert.Equal(seen.Distinct().Count(), seen.Count);
        AssertAgreement();
    }

    [Fact]
    public async Task A_whole_network_that_was_stopped_goes_on_where_it_was()
    {
        await StartAllAsync();
        Submit(1, "first");
        await UntilAsync(() => _nodes.All(node => Committed(node!).Contains("first")));
        for (var i = 0; i < 4; i++) await StopAsync(i);
        await StartAllAsync();
        Submit(2, "second");
        await UntilAsync(() => _nodes.All(node => Committed(node!).Contains("second")));
        Assert.All(_nodes, node => Assert.Equal(["first", "second"], Committed(node!)));
        AssertAgreement();
    }

    [Fact]
    public async Task What_was_stored_is_found_on_all_validators_and_after_a_restart()
    {
        await StartAllAsync();
        Submit(0, "k=first");
        await UntilAsync(() => _nodes.All(node => Value(node!) == "first"));
        Submit(3, "k=second");
        await UntilAsync(() => _nodes.All(node => Value(node!) == "second"));
        await StopAsync(2);
        await StartAsync(2);
        Assert.Equal("second", Value(_nodes[2]!));
        AssertAgreement();

        static string? Value(ValidatorNode node) =>
            node.Application.Query("", "k"u8.ToArray()).Value is { } value ? Encoding.UTF8.GetString(value.Span) : null;
    }

    [Fact]
    public async Task A_stranger_gets_nothing_from_the_peer_port_and_disturbs_nobody()
    {
        await StartAllAsync();
        await UntilAsync(() => _nodes.All(node => node!.Peers.All(peer => peer.Connected)));
        var port = _plan.Nodes[0].PeerPort;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=stranger", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        Assert.Equal(0, await BytesHeardAsync(port, certificate));
        Assert.Equal(0, await BytesHeardAsync(port, null));

        using var plain = new TcpClient();
        await plain.ConnectAsync(IPAddress.Loopback, port);
        var noise = new byte[10_000];
        new Random(1).NextBytes(noise);
        await plain.GetStream().WriteAsync(noise);
        Submit(0, "still here");
        await UntilAsync(() => _nodes.All(node => Committed(node!).Contains("still here")));
        Assert.All(_nodes, node => Assert.All(node!.Peers, peer => Assert.True(peer.Connected)));
    }

    [Theory]
    [InlineData("a frame that announces 2 GB")]
    [InlineData("an unknown kind of frame")]
    [InlineData("a block that is none")]
    [InlineData("a block of somebody else in its own stream")]
    public async Task A_member_that_breaks_the_protocol_is_cut_off_and_the_others_go_on(string offence)
    {
        for (var i = 0; i < 3; i++) await StartAsync(i);
        var key = ValidatorKey.Load(_plan.Nodes[3].KeyPath);
        using var privateKey = new Ed25519.PrivateKey(key.PrivateKey.Span);
        using var identity = new PeerIdentity(_plan.Genesis, 3, privateKey);
        await using var stream = await ConnectAsync(_plan.Nodes[0].PeerPort, identity.Certificate);
        var one = new byte[4096];
        Assert.NotEqual(0, await stream.ReadAsync(one).AsTask().WaitAsync(Deadline));

        await stream.WriteAsync(Offend(offence));
        var heard = 1;
        while (heard > 0) heard = await ReadOrEndAsync(stream);
        Submit(1, "on we go");
        await UntilAsync(() => _nodes.Take(3).All(node => Committed(node!).Contains("on we go")));
    }

    private static byte[] Offend(string offence)
    {
        var header = new byte[Frame.HeaderSize];
        switch (offence)
        {
            case "a frame that announces 2 GB":
                BinaryPrimitives.WriteUInt32LittleEndian(header, 2u << 30);
                header[4] = (byte)FrameKind.OwnBlock;
                return header;
            case "an unknown kind of frame":
                header[4] = 99;
                return header;
            case "a block that is none":
                return Bytes(new Frame(FrameKind.OwnBlock, new byte[300]));
            default:
                using (var network = new TestNetwork()) return Bytes(new Frame(FrameKind.OwnBlock, network.Blocks(1).First().Encoded));
        }
    }

    private static byte[] Bytes(Frame frame)
    {
        var bytes = new byte[frame.Size];
        frame.Write(bytes);
        return bytes;
    }

    private static async Task<SslStream> ConnectAsync(int port, X509Certificate2? certificate)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        var stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: false);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "x",
            ClientCertificates = certificate is null ? null : [certificate],
            EnabledSslProtocols = SslProtocols.Tls13,
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
        });
        return stream;
    }

    private static async Task<int> BytesHeardAsync(int port, X509Certificate2? certificate)
    {
        try
        {
            await using var stream = await ConnectAsync(port, certificate);
            return await ReadOrEndAsync(stream);
        }
        catch (Exception error) when (error is IOException or AuthenticationException)
        {
            return 0;
        }
    }

    private static async Task<int> ReadOrEndAsync(SslStream stream)
    {
        try
        {
            return await stream.ReadAsync(new byte[4096]).AsTask().WaitAsync(Deadline);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private LaunchPlan CreatePlan(string name, ConsensusParameters consensus) => GenesisFiles.Write(
        GenesisFiles.Specify(committee: 4, basePort: 0) with { Consensus = consensus }, Path.Combine(_directory, name), TimeProvider.System);

    private async Task StartAllAsync()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(StartAsync));
        await UntilAsync(() => _nodes.All(node => node!.Status.Ready));
    }

    private async Task StartAsync(int index)
    {
        var launch = _plan.Nodes[index];
        _nodes[index] = await ValidatorNode.StartAsync(
            new RunOptions
            {
                AuthorityIndex = index, GenesisPath = launch.GenesisPath, KeyPath = launch.KeyPath, WorkingDirectory = launch.WorkingDirectory,
                Bind = IPAddress.Loopback, RpcPort = launch.RpcPort, PeerPort = launch.PeerPort, ParametersPath = _parametersPath,
            },
            NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
    }

    private async Task StopAsync(int index)
    {
        await _nodes[index]!.DisposeAsync();
        _nodes[index] = null;
    }

    private SubmitOutcome Submit(int index, string text) => _nodes[index]!.Submit(Encoding.UTF8.GetBytes(text)).Outcome;

    private static List<string> Committed(ValidatorNode node)
    {
        var committed = new List<string>();
        for (var index = node.CommitLog.FirstIndex; index <= node.CommitLog.LastIndex; index++)
        {
            if (!node.CommitLog.TryGet(index, out var commit)) continue;
            committed.AddRange(commit.Transactions.Where(t => !t.Duplicate).Select(t => Encoding.UTF8.GetString(t.Bytes.Span)));
        }

        return committed;
    }

    private void AssertAgreement()
    {
        var shortest = _nodes.Min(node => node!.CommitLog.LastIndex);
        for (var index = _nodes.Max(node => node!.CommitLog.FirstIndex); index <= shortest; index++)
        {
            var digests = _nodes.Select(node => node!.CommitLog.TryGet(index, out var commit) ? (commit.ChainDigest, commit.AppHash) : default).Distinct();
            Assert.Single(digests);
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Deadline);
        while (!condition()) await Task.Delay(10, limit.Token);
    }
}
