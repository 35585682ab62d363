using System.Collections.Concurrent;
using Mysticeti.Platform.Database;
using Mysticeti.Platform.Hosting;

namespace Mysticeti.Platform.Uptime;

/// <summary>How long after its last heartbeat a node counts as what.</summary>
/// <param name="Online">At most so long ago.</param>
/// <param name="Suspect">At most so long ago; beyond it the node is offline.</param>
/// <param name="ClockError">Most that a heartbeat's time may be off.</param>
/// <param name="ShortestGap">Heartbeats of one key that follow each other faster are refused.</param>
internal sealed record UptimeLimits(TimeSpan Online, TimeSpan Suspect, TimeSpan ClockError, TimeSpan ShortestGap)
{
    public static readonly UptimeLimits Default = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1));
}

/// <summary>A node as its heartbeats show it.</summary>
internal sealed record OnlineNode(string Name, Heartbeat Last, DateTimeOffset ReceivedAt);

/// <summary>Takes heartbeats, one check after the other, and tells who is online.</summary>
internal sealed class UptimeBackend(
    IDatabase database, DeploymentStore deployments, KnownCommittee committee, UptimeLimits limits, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, OnlineNode> _nodes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);

    /// <summary>The newest heartbeat of each key.</summary>
    public IReadOnlyList<OnlineNode> Nodes => [.. _nodes.Values.OrderBy(node => node.Last.Authority)];

    /// <summary>online, suspect or offline.</summary>
    public string StateOf(OnlineNode node)
    {
        var age = time.GetUtcNow() - node.ReceivedAt;
        return age <= limits.Online ? "online" : age <= limits.Suspect ? "suspect" : "offline";
    }

    /// <summary>Knows the nodes again that it knew before a restart.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var since = Seconds(time.GetUtcNow() - limits.Suspect);
        var rows = await JsonRows.ReadAsync(
            database, "SELECT * FROM heartbeat WHERE received_at >= @since ORDER BY counter LIMIT 100000", new { since }, cancellationToken);
        foreach (var row in rows)
        {
            var heartbeat = new Heartbeat
            {
                Authority = (int)(long)row["authority"]!, PublicKey = (string)row["public_key"]!, DeploymentId = (string)row["deployment_key"]!,
                BootId = (string)row["boot_id"]!, Counter = (long)row["counter"]!, CreatedAt = DateTimeOffset.UnixEpoch.AddSeconds((double)row["created_at"]!),
                RpcUrl = new Uri((string)row["rpc_url"]!), Version = (string)row["version"]!, Round = (long)row["round"]!,
                CommitIndex = (long)row["commit_index"]!, Signature = default, Signed = default,
            };
            if (await committee.FindAsync(heartbeat.PublicKey, cancellationToken) is { } member)
                _nodes[heartbeat.PublicKey] = new OnlineNode(member.Name, heartbeat, DateTimeOffset.UnixEpoch.AddSeconds((double)row["received_at"]!));
        }
    }

    /// <summary>Checks and keeps a heartbeat.</summary>
    /// <exception cref="RequestException">A check failed; the status says which.</exception>
    public async Task TakeAsync(Heartbeat heartbeat, CancellationToken cancellationToken)
    {
        var member = await committee.FindAsync(heartbeat.PublicKey, cancellationToken);
        if (member is null || member.Authority != heartbeat.Authority) throw new RequestException(401, "Unknown validator", "the key and the authority are not those of a member of the committee");
        var now = time.GetUtcNow();
        if ((now - heartbeat.CreatedAt).Duration() > limits.ClockError)
            throw RequestException.Bad($"created_at is more than {limits.ClockError.TotalSeconds} s off: set the validator's clock");
        if (!member.Key.Verify(heartbeat.Signed.Span, heartbeat.Signature.Span)) throw new RequestException(401, "Wrong signature", "the signature is not the validator's");

        // From here on the sender is who he says he is, so that nobody else can make him wait.
        var turn = _turns.GetOrAdd(heartbeat.PublicKey, _ => new SemaphoreSlim(1, 1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            _nodes.TryGetValue(heartbeat.PublicKey, out var before);
            if (before is not null && heartbeat.Counter <= before.Last.Counter)
                throw new RequestException(409, "Old heartbeat", $"counter {heartbeat.Counter} is not above {before.Last.Counter}, which came before");
            if (before is not null && before.Last.BootId == heartbeat.BootId && now - before.ReceivedAt < limits.ShortestGap)
                throw new RequestException(429, "Too many heartbeats", $"one heartbeat in {limits.ShortestGap.TotalSeconds} s is enough");
            var deployment = await deployments.SeenAsync(heartbeat.DeploymentId, cancellationToken);
            await SaveAsync(heartbeat, member.Name, deployment, before is not null && before.Last.BootId != heartbeat.BootId && before.Last.DeploymentId == heartbeat.DeploymentId, now, cancellationToken);
            _nodes[heartbeat.PublicKey] = new OnlineNode(member.Name, heartbeat, now);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task SaveAsync(Heartbeat heartbeat, string name, long deployment, bool restarted, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await database.BeginAsync(connection, cancellationToken);
        object?[] row =
        [
            heartbeat.PublicKey, heartbeat.BootId, heartbeat.Counter, (long)heartbeat.Authority, heartbeat.DeploymentId, Seconds(heartbeat.CreatedAt), Seconds(now),
            heartbeat.RpcUrl.ToString(), heartbeat.Version, heartbeat.Round, heartbeat.CommitIndex,
        ];
        await database.UpsertAsync(transaction, Table, [row], cancellationToken);
        if (restarted)
        {
            await NodeRestarts.AddAsync(
                connection, transaction, new NodeRestart { NodeName = name, DeploymentId = deployment, Reason = "new boot id", Time = Seconds(now) }, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static double Seconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;

    private static readonly BulkTable Table = new(
        "heartbeat",
        [
            ("public_key", ColumnType.Text), ("boot_id", ColumnType.Text), ("counter", ColumnType.Whole), ("authority", ColumnType.Whole),
            ("deployment_key", ColumnType.Text), ("created_at", ColumnType.Real), ("received_at", ColumnType.Real), ("rpc_url", ColumnType.Text),
            ("version", ColumnType.Text), ("round", ColumnType.Whole), ("commit_index", ColumnType.Whole),
        ],
        "public_key, boot_id, counter");
}
