using System.Text.Json;
using Mysticeti.Topology;
using Mysticeti.Validator.Contract;

namespace Mysticeti.Validator.Rpc;

/// <summary>Methods about the validator, its peers and its committee: status, health, net_info, genesis, validators.</summary>
internal sealed class NodeMethods(IValidatorNode node, TimeProvider clock, Func<Uri> url)
{
    internal static readonly string Version = typeof(NodeMethods).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    private GenesisAuthority Self => node.Genesis.Authorities[node.AuthorityIndex];

    public static RpcError? Health(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteEndObject();
        return null;
    }

    public RpcError? Status(Utf8JsonWriter json)
    {
        var status = node.Status;
        var log = node.CommitLog;
        log.TryGet(log.LastIndex, out var latest);
        // The oldest one can be dropped between the two looks.
        if (!log.TryGet(log.FirstIndex, out var earliest)) log.TryGet(log.FirstIndex, out earliest);

        json.WriteStartObject();
        WriteNodeInfo(json, Self, url());
        json.WriteStartObject("sync_info"u8);
        json.WriteHash("latest_block_hash"u8, latest?.ChainDigest);
        json.WriteHash("latest_app_hash"u8, latest?.AppHash);
        json.WriteInt64("latest_block_height"u8, latest?.Index ?? 0);
        json.WriteTime("latest_block_time"u8, latest?.TimeNs ?? 0);
        json.WriteHash("earliest_block_hash"u8, earliest?.ChainDigest);
        json.WriteHash("earliest_app_hash"u8, earliest?.AppHash);
        json.WriteInt64("earliest_block_height"u8, earliest?.Index ?? 0);
        json.WriteTime("earliest_block_time"u8, earliest?.TimeNs ?? 0);
        json.WriteBoolean("catching_up"u8, status.CatchingUp);
        json.WriteEndObject();

        json.WriteStartObject("validator_info"u8);
        json.WriteKey(Self);
        json.WriteInt64("voting_power"u8, Self.Stake);
        json.WriteEndObject();

        json.WriteStartObject("mysticeti"u8);
        json.WriteInt64("authority_index"u8, node.AuthorityIndex);
        json.WriteInt64("round"u8, status.Round);
        json.WriteInt64("proposed_round"u8, status.ProposedRound);
        json.WriteInt64("commit_index"u8, latest?.Index ?? 0);
        json.WriteString("chain_digest"u8, (latest?.ChainDigest ?? node.Genesis.Hash).ToString());
        json.WriteString("boot_id"u8, status.BootId);
        json.WriteTime("started_at"u8, status.StartedAt);
        json.WriteString("deployment_key"u8, node.Genesis.DeploymentKey);
        json.WriteBoolean("ready"u8, status.Ready);
        json.WriteEndObject();
        json.WriteEndObject();
        return null;
    }

    public RpcError? NetInfo(Utf8JsonWriter json)
    {
        var connected = node.Peers.Where(peer => peer.Connected).ToList();
        json.WriteStartObject();
        json.WriteBoolean("listening"u8, true);
        json.WriteStartArray("listeners"u8);
        json.WriteStringValue($"Listener(@{Self.PeerAddress})");
        json.WriteEndArray();
        json.WriteInt64("n_peers"u8, connected.Count);
        json.WriteStartArray("peers"u8);
        foreach (var peer in connected) WritePeer(json, peer);
        json.WriteEndArray();
        json.WriteEndObject();
        return null;
    }

    public RpcError? Genesis(Utf8JsonWriter json)
    {
        var genesis = node.Genesis;
        json.WriteStartObject();
        json.WriteStartObject("genesis"u8);
        json.WriteTime("genesis_time"u8, genesis.GenesisTime);
        json.WriteString("chain_id"u8, genesis.ChainId);
        json.WriteInt64("initial_height"u8, 1);
        json.WriteStartObject("consensus_params"u8);
        json.WriteStartObject("block"u8);
        json.WriteInt64("max_bytes"u8, genesis.Consensus.MaxBlockBytes);
        json.WriteInt64("max_gas"u8, -1);
        json.WriteEndObject();
        json.WriteStartObject("evidence"u8);
        json.WriteInt64("max_age_num_blocks"u8, genesis.Consensus.GcDepth);
        json.WriteInt64("max_age_duration"u8, 0);
        json.WriteInt64("max_bytes"u8, 0);
        json.WriteEndObject();
        json.WriteStartObject("validator"u8);
        json.WriteStartArray("pub_key_types"u8);
        json.WriteStringValue("ed25519"u8);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("version"u8);
        json.WriteInt64("app"u8, 0);
        json.WriteEndObject();
        json.WriteStartObject("abci"u8);
        json.WriteInt64("vote_extensions_enable_height"u8, 0);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartArray("validators"u8);
        foreach (var authority in genesis.Authorities)
        {
            json.WriteStartObject();
            json.WriteKey(authority);
            json.WriteInt64("power"u8, authority.Stake);
            json.WriteString("name"u8, authority.Name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("app_hash"u8, ""u8);
        json.WriteEndObject();
        json.WriteEndObject();
        return null;
    }

    /// <summary>The committee, which is the same at every height.</summary>
    public RpcError? Validators(RpcArguments arguments, Utf8JsonWriter json)
    {
        var last = node.CommitLog.LastIndex;
        var height = arguments.Integer("height") ?? last + 1;
        if (height <= 0) return RpcError.Internal($"height must be greater than 0, but got {height}");
        if (height > last + 1) return RpcError.Internal($"height {height} must be less than or equal to the current blockchain height {last + 1}");
        var authorities = node.Genesis.Authorities;
        if (Paging.Read(arguments, authorities.Length, out var paging) is { } error) return error;

        json.WriteStartObject();
        json.WriteInt64("block_height"u8, height);
        json.WriteStartArray("validators"u8);
        foreach (var authority in authorities.AsSpan()[paging.Range])
        {
            json.WriteStartObject();
            json.WriteKey(authority);
            json.WriteInt64("voting_power"u8, authority.Stake);
            json.WriteInt64("proposer_priority"u8, 0);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteInt64("count"u8, paging.Count);
        json.WriteInt64("total"u8, authorities.Length);
        json.WriteEndObject();
        return null;
    }

    public RpcError? NumUnconfirmedTxs(Utf8JsonWriter json)
    {
        var status = node.Status;
        json.WriteStartObject();
        json.WriteInt64("n_txs"u8, status.MempoolCount);
        json.WriteInt64("total"u8, status.MempoolCount);
        json.WriteInt64("total_bytes"u8, status.MempoolBytes);
        json.WriteNull("txs"u8);
        json.WriteEndObject();
        return null;
    }

    private void WriteNodeInfo(Utf8JsonWriter json, GenesisAuthority authority, Uri? rpc)
    {
        json.WriteStartObject("node_info"u8);
        json.WriteStartObject("protocol_version"u8);
        json.WriteString("p2p"u8, "1"u8);
        json.WriteString("block"u8, "11"u8);
        json.WriteString("app"u8, "0"u8);
        json.WriteEndObject();
        json.WriteString("id"u8, Convert.ToHexStringLower(CometJson.AddressOf(authority)));
        json.WriteString("listen_addr"u8, $"tcp://{authority.PeerAddress}");
        json.WriteString("network"u8, node.Genesis.ChainId);
        json.WriteString("version"u8, Version);
        json.WriteString("channels"u8, ""u8);
        json.WriteString("moniker"u8, authority.Name);
        json.WriteStartObject("other"u8);
        json.WriteString("tx_index"u8, "on"u8);
        json.WriteString("rpc_address"u8, rpc is null ? "" : $"tcp://{rpc.Authority}");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WritePeer(Utf8JsonWriter json, PeerStatus peer)
    {
        var since = peer.ConnectedAt ?? clock.GetUtcNow();
        var duration = clock.GetUtcNow() - since;
        json.WriteStartObject();
        WriteNodeInfo(json, node.Genesis.Authorities[peer.AuthorityIndex], null);
        json.WriteBoolean("is_outbound"u8, peer.Outbound);
        json.WriteStartObject("connection_status"u8);
        json.WriteInt64("Duration"u8, duration.Ticks * 100);
        WriteMonitor(json, "SendMonitor"u8, since, duration, peer.BytesSent);
        WriteMonitor(json, "RecvMonitor"u8, since, duration, peer.BytesReceived);
        json.WriteStartArray("Channels"u8);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteString("remote_ip"u8, HostOf(peer.Address));
        json.WriteStartObject("mysticeti"u8);
        json.WriteInt64("authority_index"u8, peer.AuthorityIndex);
        json.WriteInt64("blocks_received"u8, peer.BlocksReceived);
        if (peer.RoundTrip is { } roundTrip) json.WriteNumber("round_trip_ms"u8, roundTrip.TotalMilliseconds);
        else json.WriteNull("round_trip_ms"u8);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteMonitor(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset since, TimeSpan duration, long bytes)
    {
        json.WriteStartObject(name);
        json.WriteTime("Start"u8, since);
        json.WriteInt64("Bytes"u8, bytes);
        json.WriteInt64("Samples"u8, 0);
        json.WriteInt64("InstRate"u8, 0);
        json.WriteInt64("CurRate"u8, 0);
        json.WriteInt64("AvgRate"u8, duration > TimeSpan.Zero ? (long)(bytes / duration.TotalSeconds) : 0);
        json.WriteInt64("PeakRate"u8, 0);
        json.WriteInt64("BytesRem"u8, 0);
        json.WriteInt64("Duration"u8, duration.Ticks * 100);
        json.WriteInt64("Idle"u8, 0);
        json.WriteInt64("TimeRem"u8, 0);
        json.WriteNumber("Progress"u8, 0);
        json.WriteBoolean("Active"u8, true);
        json.WriteEndObject();
    }

    private static string HostOf(string address)
    {
        var colon = address.LastIndexOf(':');
        return (colon < 0 ? address : address[..colon]).Trim('[', ']');
    }
}
