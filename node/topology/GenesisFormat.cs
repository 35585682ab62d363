using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Mysticeti.Consensus;

namespace Mysticeti.Topology;

/// <summary>The genesis file, schema version 1: indented JSON, field names in camel case.</summary>
internal static class GenesisFormat
{
    private const int SchemaVersion = 1;

    // CometBFT's limit, which its clients may rely on.
    private const int MaxChainIdLength = 50;

    // Keeps the sum of all stakes within a long, whatever the committee's size.
    private const long MaxStake = 1_000_000_000_000;

    private const int MaxAuthorities = 10_000;

    public static Genesis Read(ReadOnlySpan<byte> bytes, string source)
    {
        var root = JsonField.ParseObject(bytes, source);
        root.Required("schemaVersion").Int32(SchemaVersion, SchemaVersion);
        var chainId = root.Required("chainId");
        var authorities = Authorities(root.Required("authorities"));
        return new Genesis
        {
            ChainId = chainId.Text().Length <= MaxChainIdLength ? chainId.Text() : throw chainId.Wrong($"is longer than {MaxChainIdLength} characters"),
            GenesisTime = Time(root.Required("genesisTime")),
            DeploymentKey = root.Required("deploymentKey").Text(),
            Consensus = Consensus(root.Required("consensus").Object(), authorities.Length),
            Authorities = authorities,
            Hash = Digest.Of(bytes),
        };
    }

    public static byte[] Write(Genesis genesis) => JsonFile.Write(json =>
    {
        json.WriteNumber("schemaVersion", SchemaVersion);
        json.WriteString("chainId", genesis.ChainId);
        json.WriteString("genesisTime", genesis.GenesisTime.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        json.WriteString("deploymentKey", genesis.DeploymentKey);
        json.WriteStartObject("consensus");
        WriteConsensus(json, genesis.Consensus);
        json.WriteEndObject();
        json.WriteStartArray("authorities");
        foreach (var authority in genesis.Authorities)
        {
            json.WriteStartObject();
            json.WriteNumber("index", authority.Index);
            json.WriteString("name", authority.Name);
            json.WriteString("region", authority.Region);
            json.WriteNumber("stake", authority.Stake);
            json.WriteString("publicKey", authority.PublicKey);
            json.WriteString("peerAddress", authority.PeerAddress);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static ImmutableArray<GenesisAuthority> Authorities(JsonField list)
    {
        var fields = list.Items();
        if (fields.Count == 0) throw list.Wrong("is empty");
        if (fields.Count > MaxAuthorities) throw list.Wrong($"has {fields.Count} entries; at most {MaxAuthorities} are allowed");

        var authorities = new GenesisAuthority?[fields.Count];
        var keys = new Dictionary<string, int>(StringComparer.Ordinal);
        var addresses = new Dictionary<HostPort, int>();
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var field in fields)
        {
            var entry = field.Object();
            var index = entry.Required("index").Int32(0, fields.Count - 1);
            if (authorities[index] is not null) throw entry.Required("index").Wrong($"is {index} a second time");
            var authority = new GenesisAuthority(
                index,
                entry.Required("name").Text(),
                entry.Required("region").Text(),
                entry.Required("stake").Integer(1, MaxStake),
                PublicKey(entry),
                entry.Required("peerAddress").Text());
            if (!HostPort.TryParse(authority.PeerAddress, out var address))
                throw entry.Required("peerAddress").Wrong($"is '{authority.PeerAddress}'; it must be host:port, an IPv6 host in brackets");
            Once(names, authority.Name, entry, "name", index);
            Once(keys, authority.PublicKey, entry, "publicKey", index);
            Once(addresses, address, entry, "peerAddress", index);
            authorities[index] = authority;
        }

        return [.. authorities.Select(authority => authority!)];
    }

    private static string PublicKey(JsonField entry)
    {
        var field = entry.Required("publicKey");
        var key = field.Hex(Ed25519.KeySize);
        return Ed25519.PublicKey.IsValid(key)
            ? Convert.ToHexStringLower(key)
            : throw field.Wrong($"is not a valid Ed25519 key; write the one in the key file of '{entry.Required("name").Text()}'");
    }

    private static void Once<T>(Dictionary<T, int> seen, T value, JsonField entry, string name, int index)
        where T : notnull
    {
        if (!seen.TryAdd(value, index)) throw entry.Required(name).Wrong($"is that of authority {seen[value]} too");
    }

    private static DateTimeOffset Time(JsonField field) =>
        DateTimeOffset.TryParse(field.Text(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.ToUniversalTime()
            : throw field.Wrong($"is '{field.Text()}'; it must be a time such as 2025-01-31T12:00:00Z");

    // Every parameter must be there and no other: two builds with different defaults must never differ in what they run.
    private static ConsensusParameters Consensus(JsonField field, int committeeSize)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        var parameters = new ConsensusParameters
        {
            LeadersPerRound = Known("leadersPerRound").Int32(),
            WaveLength = Known("waveLength").Int32(),
            Pipelined = Known("pipelined").Flag(),
            GcDepth = Known("gcDepth").Int32(),
            MaxBlockTransactions = Known("maxBlockTransactions").Int32(),
            MaxBlockBytes = Known("maxBlockBytes").Int32(),
            MaxTransactionBytes = Known("maxTransactionBytes").Int32(),
            MaxClockDriftMs = Known("maxClockDriftMs").Int32(),
            MinRoundDelayMs = Known("minRoundDelayMs").Int32(),
            IdleRoundDelayMs = Known("idleRoundDelayMs").Int32(),
            DuplicateWindowTransactions = Known("duplicateWindowTransactions").Int32(),
            CheckpointCommits = Known("checkpointCommits").Int32(),
        };
        var unknown = field.Names().FirstOrDefault(name => !known.Contains(name));
        if (unknown is not null) throw field.Optional(unknown).Wrong("is not a consensus parameter that this version knows");
        try
        {
            return parameters.Validated(committeeSize);
        }
        catch (ArgumentException error)
        {
            throw field.Wrong($"is out of range: {error.Message}");
        }

        JsonField Known(string name)
        {
            known.Add(name);
            return field.Required(name);
        }
    }

    private static void WriteConsensus(Utf8JsonWriter json, ConsensusParameters parameters)
    {
        json.WriteNumber("leadersPerRound", parameters.LeadersPerRound);
        json.WriteNumber("waveLength", parameters.WaveLength);
        json.WriteBoolean("pipelined", parameters.Pipelined);
        json.WriteNumber("gcDepth", parameters.GcDepth);
        json.WriteNumber("maxBlockTransactions", parameters.MaxBlockTransactions);
        json.WriteNumber("maxBlockBytes", parameters.MaxBlockBytes);
        json.WriteNumber("maxTransactionBytes", parameters.MaxTransactionBytes);
        json.WriteNumber("maxClockDriftMs", parameters.MaxClockDriftMs);
        json.WriteNumber("minRoundDelayMs", parameters.MinRoundDelayMs);
        json.WriteNumber("idleRoundDelayMs", parameters.IdleRoundDelayMs);
        json.WriteNumber("duplicateWindowTransactions", parameters.DuplicateWindowTransactions);
        json.WriteNumber("checkpointCommits", parameters.CheckpointCommits);
    }
}
