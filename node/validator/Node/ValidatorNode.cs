using System.Net.Sockets;
using System.Security.Cryptography;
using Mysticeti.Consensus;
using Mysticeti.Metrics;
using Mysticeti.Protocol;
using Mysticeti.Protocol.Trace;
using Mysticeti.Topology;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Commits;
using Mysticeti.Validator.Contract;
using Mysticeti.Validator.Emulation;
using Mysticeti.Validator.Faults;
using Mysticeti.Validator.Heartbeat;
using Mysticeti.Validator.Links;
using Mysticeti.Validator.Rpc;

namespace Mysticeti.Validator.Node;

/// <summary>A whole validator: core, storage, links and RPC put together.</summary>
internal sealed class ValidatorNode : IValidatorNode, IAsyncDisposable
{
    private static readonly string Version = typeof(ValidatorNode).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    private readonly Committee _committee;
    private readonly Ed25519.PrivateKey _key;
    private readonly Ed25519BlockVerifier _verifier;
    private readonly PeerIdentity _identity;
    private readonly Mempool _mempool;
    private readonly KeyValueApplication _application = new();
    private readonly CoreLoop _core;
    private readonly PeerNetwork _peers;
    private readonly string _bootId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
    private readonly DateTimeOffset _startedAt;
    private readonly RunOptions _options;
    private readonly ILoggerFactory _logs;
    private readonly TimeProvider _time;
    private readonly TraceLog? _traceLog;
    private readonly NodeTrace? _trace;
    private readonly FaultControl? _faults;
    private readonly MetricRegistry _registry = new();
    private RpcServer? _rpc;
    private HeartbeatSender? _heartbeat;
    private volatile bool _stopping;

    private ValidatorNode(RunOptions options, Genesis genesis, ValidatorKey key, NodeParameters parameters, ILoggerFactory logs, TimeProvider time)
    {
        _committee = genesis.ToCommittee();
        _key = new Ed25519.PrivateKey(key.PrivateKey.Span);
        var signer = new Ed25519BlockSigner(_key);
        FaultInjection? injection = null;
        if (options.UnsafeFaultInjection)
        {
            _faults = new FaultControl(time, logs.CreateLogger("faults"));
            injection = new FaultInjection(_faults, options.AuthorityIndex, signer, time);
            time = injection.Clock;
        }

        (_options, Genesis, _logs, _time) = (options, genesis, logs, time);
        _startedAt = time.GetUtcNow();
        _verifier = new Ed25519BlockVerifier(_committee);
        _identity = new PeerIdentity(genesis, options.AuthorityIndex, _key);
        CommitLog = new CommitLog();
        _mempool = new Mempool(genesis.Consensus.MaxTransactionBytes, parameters, CommitLog.RecentlyCommitted);
        if (parameters.Trace)
        {
            _traceLog = new TraceLog(parameters.TraceEntries, time);
            _trace = new NodeTrace(_traceLog, parameters.ToSampler(time), _application);
            _trace.Started(Version);
        }

        var ownBlocks = new OwnBlocks();
        var coreOptions = parameters.ToCoreOptions();
        _core = new CoreLoop(
            genesis, _committee, coreOptions, options.AuthorityIndex, signer,
            _mempool, CommitLog, _application, ownBlocks, parameters.ResidentBlockBytes, options.WorkingDirectory, options.Fsync,
            new CoreMetrics(_registry), time, logs.CreateLogger("core"), _trace, injection);
        var linkMetrics = new LinkMetrics(_registry);
        _peers = new PeerNetwork(
            genesis, options.AuthorityIndex, _identity, ownBlocks, new BlockChecker(_committee, genesis.Consensus, _verifier), _core,
            coreOptions.MaxFetchReferences, linkMetrics, time, logs.CreateLogger("links"), injection);
        if (parameters.Wan is { } wan) Emulate(wan, linkMetrics);
        RegisterGauges();
        if (_faults is not null) _faults.Changed = ApplyFaults;
    }

    public Genesis Genesis { get; }

    public int AuthorityIndex => _options.AuthorityIndex;

    public CommitLog CommitLog { get; }

    public IApplicationQueries Application => _application;

    /// <summary>Completes when the validator can go on no longer; faulted with the reason.</summary>
    public Task Failed => _core.Ended;

    public NodeStatus Status => new(
        IsReady, _core.IsCatchingUp, _core.Round, _core.ProposedRound, _mempool.Count, _mempool.Bytes, _bootId, _startedAt);

    public IReadOnlyList<PeerStatus> Peers =>
    [
        .. _peers.Links.Select(link =>
        {
            var authority = Genesis.Authorities[link.Peer];
            var figures = link.Statistics;
            return new PeerStatus(
                link.Peer, authority.Name, authority.PeerAddress, link.Connected, figures.Outbound, figures.RoundTrip,
                figures.BytesSent, figures.BytesReceived, figures.BlocksReceived, figures.ConnectedAt);
        }),
    ];

    /// <summary>Reads the files, recovers what the working directory holds and starts to serve.</summary>
    /// <exception cref="TopologyException">Genesis or key file are wrong, or do not belong together.</exception>
    /// <exception cref="ParametersException">The parameters file is wrong.</exception>
    /// <exception cref="Storage.StorageException">The working directory cannot be used.</exception>
    /// <exception cref="IOException">The port for peers is occupied.</exception>
    /// <exception cref="RpcStartException">The port for RPC is occupied.</exception>
    public static async Task<ValidatorNode> StartAsync(RunOptions options, ILoggerFactory logs, TimeProvider time, CancellationToken cancellationToken)
    {
        var genesis = Genesis.Load(options.GenesisPath);
        var key = ValidatorKey.Load(options.KeyPath);
        if (options.AuthorityIndex < 0 || options.AuthorityIndex >= genesis.Authorities.Length)
            throw new TopologyException($"--authority-index {options.AuthorityIndex} is not in the committee of {genesis.Authorities.Length} (0 to {genesis.Authorities.Length - 1})");
        if (key.PublicKeyHex != genesis.Authorities[options.AuthorityIndex].PublicKey)
            throw new TopologyException($"the key in '{options.KeyPath}' is not that of authority {options.AuthorityIndex} in '{options.GenesisPath}'");
        var parameters = options.ParametersPath is null ? new NodeParameters() : NodeParameters.Load(options.ParametersPath);
        Directory.CreateDirectory(options.WorkingDirectory);

        var node = new ValidatorNode(options, genesis, key, parameters, logs, time);
        try
        {
            await node.ServeAsync(cancellationToken);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    public SubmitResult Submit(ReadOnlySpan<byte> transaction)
    {
        if (_stopping) return new SubmitResult(SubmitOutcome.Stopping, default, SubmitFormat.ReasonOf(SubmitOutcome.Stopping));
        var check = _application.Check(transaction);
        if (check.Code != TransactionCodes.Ok) return new SubmitResult(SubmitOutcome.Refused, Digest.Of(transaction), check.Log, check.Code);
        var result = _mempool.Submit(transaction);
        if (result.Outcome == SubmitOutcome.Accepted) _trace?.TransactionReceived(result.Hash, transaction.Length);
        return result;
    }

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _trace?.Stopped();
        CommitLog.Complete();
        if (_heartbeat is not null) await _heartbeat.DisposeAsync();
        if (_rpc is not null) await _rpc.DisposeAsync();
        _faults?.Dispose();
        await _peers.DisposeAsync();
        await _core.StopAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _core.Dispose();
        _identity.Dispose();
        _key.Dispose();
    }

    private bool IsReady
    {
        get
        {
            var connected = _committee.Stake(AuthorityIndex);
            foreach (var link in _peers.Links)
            {
                if (link.Connected) connected += _committee.Stake(link.Peer);
            }

            return connected >= _committee.Quorum && !_stopping;
        }
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        try
        {
            _peers.Start(_options.Bind, _options.PeerPort);
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied or SocketError.AddressNotAvailable)
        {
            throw new IOException($"cannot listen for peers on {_options.Bind}:{_options.PeerPort}: {error.Message}", error);
        }

        _core.Start(_peers);
        if (_faults is not null)
            _logs.CreateLogger("faults").LogWarning("fault injection is on: whoever reaches the RPC port can make this validator misbehave");
        _rpc = await RpcServer.StartAsync(
            this, _options.Bind, _options.RpcPort, _logs, _time, new RpcOptions { Metrics = _registry, Trace = _traceLog, Faults = _faults }, cancellationToken);
        if (_options.HeartbeatUrl is { } heartbeatUrl)
            _heartbeat = new HeartbeatSender(heartbeatUrl, _options.HeartbeatTokenPath is { } token ? BearerToken.Read(token) : null, Heartbeat, _key, _registry, _time, _logs.CreateLogger("heartbeat"));
        _logs.CreateLogger("node").LogInformation(
            "authority {Index} of {Chain} serves RPC on {Rpc}, peers on {Bind}:{Port}",
            AuthorityIndex, Genesis.ChainId, _rpc.Url, _options.Bind, _options.PeerPort);
    }

    private HeartbeatMessage Heartbeat(long counter)
    {
        var authority = Genesis.Authorities[AuthorityIndex];
        // The host at which the peers reach it: others than on this machine can use that as well.
        var host = HostPort.Parse(authority.PeerAddress).Host;
        return new HeartbeatMessage(
            AuthorityIndex, authority.PublicKey, Genesis.DeploymentKey, _bootId, counter, _time.GetUtcNow(), $"http://{new HostPort(host, _rpc!.Url.Port)}", Version,
            _core.Round, CommitLog.LastIndex);
    }

    private void Emulate(WanParameters wan, LinkMetrics metrics)
    {
        foreach (var link in _peers.Links)
        {
            var conditions = wan.Between(Genesis.Authorities[AuthorityIndex], Genesis.Authorities[link.Peer]);
            metrics.Emulated(link.Peer, conditions);
            // Both directions of a link differ in their seeds, or loss would strike them alike.
            var seed = HashSeed(wan.Seed, AuthorityIndex, link.Peer);
            link.Emulation = () => new DelayQueue(new LinkSchedule(conditions, seed), _time);
        }
    }

    private void ApplyFaults()
    {
        _core.Wake();
        foreach (var link in _peers.Links) link.Wake();
    }

    private static int HashSeed(int seed, int from, int to) => unchecked((((seed * 31) + from) * 1_009) + to);

    private void RegisterGauges()
    {
        _registry.Gauges("mysticeti_build_info", "Always 1; the version is in the label.", "version").With(Version).Set(1);
        _registry.Gauge("mysticeti_round", "Round of the threshold clock.", () => _core.Round);
        _registry.Gauge("mysticeti_commit_index", "Index of the newest commit.", () => CommitLog.LastIndex);
        _registry.Gauge("mysticeti_mempool_transactions", "Transactions that wait for a block.", () => _mempool.Count);
        _registry.Gauge("mysticeti_mempool_bytes", "Bytes of the transactions that wait for a block.", () => _mempool.Bytes);
        _registry.Gauge("mysticeti_peers_connected", "Peers that are connected.", () => _peers.Links.Count(link => link.Connected));
        _registry.Gauge("mysticeti_ready", "1 while connected to a quorum, else 0.", () => IsReady ? 1 : 0);
    }
}
