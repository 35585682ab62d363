using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Mysticeti.Consensus;
using Mysticeti.Topology;
using Mysticeti.Validator.Faults;
using System.Security.Cryptography.X509Certificates;

namespace Mysticeti.Validator.Links;

/// <summary>
/// Keeps one TLS 1.3 connection to each other authority: of a pair, the one with the higher index dials. Whoever cannot
/// prove a committee key does not get past the handshake.
/// </summary>
internal sealed class PeerNetwork : IAsyncDisposable
{
    private const int MaxHandshakes = 64;
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PingInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DeadLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstRedial = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LastRedial = TimeSpan.FromMilliseconds(250);

    /// <summary>For how long a peer that broke the rules is refused.</summary>
    private static readonly TimeSpan Penalty = TimeSpan.FromSeconds(10);

    private readonly Genesis _genesis;
    private readonly int _self;
    private readonly PeerIdentity _identity;
    private readonly SslStreamCertificateContext _certificate;
    private readonly LinkMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly PeerLink?[] _links;
    private readonly long[] _refusedUntil;
    private readonly SemaphoreSlim _handshakes = new(MaxHandshakes, MaxHandshakes);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _tasks = [];
    private Socket? _listener;

    public PeerNetwork(
        Genesis genesis, int self, PeerIdentity identity, OwnBlocks ownBlocks, BlockChecker checker, ILinkEvents events,
        int maxFetchReferences, LinkMetrics metrics, TimeProvider time, ILogger log, FaultInjection? faults)
    {
        _genesis = genesis;
        _self = self;
        _identity = identity;
        _certificate = SslStreamCertificateContext.Create(identity.Certificate, additionalCertificates: null, offline: true);
        _metrics = metrics;
        _time = time;
        _log = log;
        _refusedUntil = new long[genesis.Authorities.Length];
        var maxFrame = BlockCodec.MaxEncodedSize(genesis.Consensus, genesis.Authorities.Length);
        _links = [.. genesis.Authorities.Select(authority => authority.Index == self
            ? null
            : new PeerLink(authority.Index, ownBlocks, checker, events, maxFrame, maxFetchReferences, metrics, time, log, faults))];
    }

    /// <summary>The link to each other authority.</summary>
    public IEnumerable<PeerLink> Links => _links.OfType<PeerLink>();

    /// <summary>The link to <paramref name="peer"/>, which is not this validator itself.</summary>
    public PeerLink this[int peer] => _links[peer]!;

    /// <summary>Starts to listen and to dial.</summary>
    /// <exception cref="SocketException">The port is occupied.</exception>
    public void Start(IPAddress bind, int port)
    {
        _listener = new Socket(bind.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(bind, port));
        _listener.Listen(128);
        _tasks.Add(Task.Run(() => ListenAsync(_listener, _stopping.Token)));
        foreach (var link in Links.Where(link => link.Peer < _self)) _tasks.Add(Task.Run(() => DialAsync(link, _stopping.Token)));
        _tasks.Add(Task.Run(() => WatchAsync(_stopping.Token)));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener?.Dispose();
        await Task.WhenAll(_tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        _handshakes.Dispose();
    }

    private async Task ListenAsync(Socket listener, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await _handshakes.WaitAsync(cancellationToken);
            try
            {
                var socket = await listener.AcceptAsync(cancellationToken);
                _ = Task.Run(() => ServeInboundAsync(socket, cancellationToken), cancellationToken);
            }
            catch (SocketException error)
            {
                _handshakes.Release();
                _log.LogWarning("cannot accept a peer connection: {Reason}", error.Message);
                await Task.Delay(FirstRedial, _time, cancellationToken);
            }
        }
    }

    private async Task ServeInboundAsync(Socket socket, CancellationToken cancellationToken)
    {
        var remote = socket.RemoteEndPoint;
        var authenticating = true;
        try
        {
            socket.NoDelay = true;
            await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            int? peer = null;
            using (var limit = Limit(cancellationToken))
            {
                await stream.AuthenticateAsServerAsync(ServerOptions(found => peer = found), limit.Token);
            }

            _handshakes.Release();
            authenticating = false;
            if (peer is { } index && index != _self && !IsRefused(index)) await RunLinkAsync(_links[index]!, stream, outbound: false, cancellationToken);
        }
        catch (Exception error) when (IsConnectionFailure(error))
        {
            if (authenticating)
            {
                _metrics.HandshakesFailed.Increment();
                _log.LogDebug("connection from {Remote} refused: {Reason}", remote, error.Message);
            }
        }
        finally
        {
            if (authenticating) _handshakes.Release();
            socket.Dispose();
        }
    }

    private async Task DialAsync(PeerLink link, CancellationToken cancellationToken)
    {
        var address = HostPort.Parse(_genesis.Authorities[link.Peer].PeerAddress);
        var delay = FirstRedial;
        while (!cancellationToken.IsCancellationRequested)
        {
            if (!IsRefused(link.Peer) && await TryDialAsync(link, address, cancellationToken)) delay = FirstRedial;
            await Task.Delay(delay, _time, cancellationToken);
            delay = delay * 2 > LastRedial ? LastRedial : delay * 2;
        }
    }

    /// <returns>Whether the connection got past the handshake.</returns>
    private async Task<bool> TryDialAsync(PeerLink link, HostPort address, CancellationToken cancellationToken)
    {
        var authenticated = false;
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var limit = Limit(cancellationToken);
            await socket.ConnectAsync(address.Host, address.Port, limit.Token);
            await using var stream = new SslStream(new NetworkStream(socket));
            await stream.AuthenticateAsClientAsync(ClientOptions(link.Peer), limit.Token);
            authenticated = true;
            await RunLinkAsync(link, stream, outbound: true, cancellationToken);
        }
        catch (Exception error) when (IsConnectionFailure(error))
        {
            if (!authenticated) _log.LogDebug("cannot connect to peer {Peer} at {Address}: {Reason}", link.Peer, address, error.Message);
        }

        return authenticated;
    }

    private async Task RunLinkAsync(PeerLink link, SslStream stream, bool outbound, CancellationToken cancellationToken)
    {
        try
        {
            await link.RunAsync(stream, outbound, cancellationToken);
        }
        catch (ProtocolException error)
        {
            _refusedUntil[link.Peer] = _time.GetTimestamp() + (long)(Penalty.TotalSeconds * _time.TimestampFrequency);
            _metrics.ProtocolErrors.Increment();
            _log.LogWarning("peer {Peer} broke the protocol: {Reason}; its connection is closed and refused for {Seconds} s", link.Peer, error.Message, Penalty.TotalSeconds);
        }
    }

    /// <summary>Pings every peer, and notices those that have fallen silent.</summary>
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(PingInterval, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            foreach (var link in Links)
            {
                link.Ping();
                if (link.Connected && link.Silence > SilenceLimit) await link.SetConnectedAsync(false, cancellationToken);
                else if (link.Silence > DeadLimit) await link.CloseAsync();
            }
        }
    }

    private SslServerAuthenticationOptions ServerOptions(Action<int?> found) => new()
    {
        ServerCertificateContext = _certificate,
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls13,
        // A resumed session would skip the certificate, and with it the proof of the committee key.
        AllowTlsResume = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            var peer = _identity.AuthorityOf(certificate);
            found(peer);
            return peer is { } index && index != _self;
        },
    };

    private SslClientAuthenticationOptions ClientOptions(int peer) => new()
    {
        TargetHost = "mysticeti-validator",
        ClientCertificateContext = _certificate,
        EnabledSslProtocols = SslProtocols.Tls13,
        AllowTlsResume = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => _identity.AuthorityOf(certificate) == peer,
    };

    private bool IsRefused(int peer) => _time.GetTimestamp() < Volatile.Read(ref _refusedUntil[peer]);

    private static CancellationTokenSource Limit(CancellationToken cancellationToken)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(HandshakeLimit);
        return limit;
    }

    private static bool IsConnectionFailure(Exception e) =>
        e is IOException or SocketException or AuthenticationException or OperationCanceledException or ObjectDisposedException;
}
