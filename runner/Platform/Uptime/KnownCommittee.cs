using System.Text.Json;
using Mysticeti.Consensus;
using Mysticeti.Engine.Nodes;
using Mysticeti.Platform.Hosting;
using Mysticeti.Topology;

namespace Mysticeti.Platform.Uptime;

/// <summary>
/// Whose heartbeats count: the committee of a genesis file, or else the one that the nodes of the network's outputs name. Who only claims to be a
/// node is not asked.
/// </summary>
internal sealed class KnownCommittee(PlatformNetwork network, string? genesisFile, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(2);

    private readonly NodeClient _client = new();
    private readonly SemaphoreSlim _asking = new(1, 1);
    private IReadOnlyDictionary<string, Member> _members = new Dictionary<string, Member>();
    private DateTimeOffset _askedAt;

    /// <param name="Authority">Index in the committee.</param>
    /// <param name="Name">As in the genesis.</param>
    /// <param name="PublicKey">Lower-case hexadecimal.</param>
    /// <param name="Key">The same, which checks signatures.</param>
    internal sealed record Member(int Authority, string Name, string PublicKey, Ed25519.PublicKey Key)
    {
        /// <exception cref="ArgumentException">The key is not valid.</exception>
        public Member(int authority, string name, ReadOnlySpan<byte> key)
            : this(authority, name, Convert.ToHexStringLower(key), new Ed25519.PublicKey(key))
        {
        }
    }

    /// <summary>The member with a key; null: not in the committee, as far as is known.</summary>
    /// <param name="publicKey">Lower-case hexadecimal.</param>
    public async Task<Member?> FindAsync(string publicKey, CancellationToken cancellationToken)
    {
        if (_members.TryGetValue(publicKey, out var member)) return member;
        await _asking.WaitAsync(cancellationToken);
        try
        {
            // A network that was launched anew has other keys; strangers must not make us ask all the time.
            if (time.GetUtcNow() - _askedAt >= AskAgain && !_members.ContainsKey(publicKey))
            {
                _askedAt = time.GetUtcNow();
                if (await ReadAsync(cancellationToken) is { Count: > 0 } members) _members = members.ToDictionary(known => known.PublicKey, StringComparer.Ordinal);
            }
        }
        finally
        {
            _asking.Release();
        }

        return _members.GetValueOrDefault(publicKey);
    }

    /// <summary>The committee as far as it is known, by authority.</summary>
    public IReadOnlyList<Member> Members => [.. _members.Values.OrderBy(member => member.Authority)];

    public void Dispose()
    {
        _client.Dispose();
        _asking.Dispose();
    }

    private async Task<IReadOnlyList<Member>> ReadAsync(CancellationToken cancellationToken)
    {
        if (genesisFile is not null) return OfGenesis(genesisFile);
        var committees = await Task.WhenAll(network.All.Select(one => AskAsync(one, cancellationToken)));
        return [.. committees.SelectMany(members => members).DistinctBy(member => member.PublicKey)];
    }

    private static IReadOnlyList<Member> OfGenesis(string file)
    {
        try
        {
            return [.. Genesis.Load(file).Authorities.Select(authority => new Member(authority.Index, authority.Name, Convert.FromHexString(authority.PublicKey)))];
        }
        catch (TopologyException)
        {
            // Half written, or not there yet, before the network is deployed: nobody is known until it is whole.
            return [];
        }
    }

    /// <summary>The committee as the first node that answers names it.</summary>
    private async Task<IReadOnlyList<Member>> AskAsync(NetworkOutputs outputs, CancellationToken cancellationToken)
    {
        foreach (var node in outputs.Nodes)
        {
            try
            {
                using var answer = JsonDocument.Parse(await _client.GetAsync(node.RpcUrl, "genesis", cancellationToken));
                var validators = answer.RootElement.GetProperty("result").GetProperty("genesis").GetProperty("validators");
                return [.. validators.EnumerateArray().Select(Read)];
            }
            catch (Exception error) when (error is NodeException or OperationCanceledException or JsonException or KeyNotFoundException
                or InvalidOperationException or FormatException or ArgumentException or TopologyException)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return [];
    }

    private static Member Read(JsonElement validator, int index) => new(
        index,
        validator.GetProperty("name").GetString() ?? throw new FormatException("a validator has no name"),
        validator.GetProperty("pub_key").GetProperty("value").GetBytesFromBase64());
}
