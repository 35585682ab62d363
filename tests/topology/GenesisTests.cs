using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Mysticeti.Consensus;

namespace Mysticeti.Topology.Tests;

public sealed class GenesisTests
{
    // A public key with which anybody's signature could be valid.
    private const string OrderFour = "0000000000000000000000000000000000000000000000000000000000000000";

    [Fact]
    public void What_is_written_is_read_again()
    {
        var written = Samples.Plan(7).Genesis;
        var read = Genesis.Parse(written.ToBytes());

        Assert.Equal(written with { Authorities = read.Authorities }, read);
        Assert.Equal(written.Authorities.AsEnumerable(), read.Authorities);
        Assert.Equal(Samples.Time, read.GenesisTime);
    }

    [Fact]
    public void The_file_is_the_same_for_the_same_values() => Assert.Equal(Samples.Plan(4).Genesis.ToBytes(), Samples.Plan(4).Genesis.ToBytes());

    [Fact]
    public void The_hash_is_that_of_the_bytes_whatever_their_layout()
    {
        var compact = Samples.Genesis(_ => { });
        Assert.Equal(Digest.FromBytes(SHA256.HashData(compact)), Genesis.Parse(compact).Hash);
        Assert.NotEqual(Samples.Plan(4).Genesis.Hash, Genesis.Parse(compact).Hash);
        Assert.Equal(Digest.Of(Samples.Plan(4).Genesis.ToBytes()), Samples.Plan(4).Genesis.Hash);
    }

    [Fact]
    public void Every_consensus_parameter_survives_the_file()
    {
        // Each value differs from its default, so that one left out of the file would be seen.
        var parameters = new ConsensusParameters();
        foreach (var property in typeof(ConsensusParameters).GetProperties())
        {
            var value = property.GetValue(parameters);
            property.SetValue(parameters, value is bool flag ? !flag : (int)value! + 1);
        }

        var plan = Samples.Plan(new CommitteeSpecification { Size = 4, Consensus = parameters });
        Assert.Equal(parameters, Genesis.Parse(plan.Genesis.ToBytes()).Consensus);
    }

    [Fact]
    public void The_committee_has_the_stakes_and_keys_by_index()
    {
        var genesis = Genesis.Parse(Samples.Genesis(json =>
        {
            json.At("authorities", 2)["stake"] = 5;
            var authorities = json["authorities"]!.AsArray();
            var first = authorities[0]!.DeepClone();
            authorities.RemoveAt(0);
            authorities.Add(first);
        }));

        var committee = genesis.ToCommittee();
        Assert.Equal([0, 1, 2, 3], genesis.Authorities.Select(authority => authority.Index));
        Assert.Equal(8, committee.TotalStake);
        Assert.Equal(5, committee.Stake(2));
        Assert.Equal(Samples.Key(3).PublicKey.ToArray(), committee[3].PublicKey.ToArray());
    }

    [Fact]
    public void Every_missing_field_is_named()
    {
        foreach (var (path, remove) in Fields(JsonNode.Parse(Samples.Plan(4).Genesis.ToBytes())!.AsObject()))
            Assert.Equal($"g.json: {path} is missing", Samples.ErrorOf(() => Genesis.Parse(Samples.Genesis(remove), "g.json")));
    }

    [Theory]
    [InlineData("schemaVersion", 2, "schemaVersion is 2; it must be a whole number from 1 to 1")]
    [InlineData("schemaVersion", "1", "schemaVersion is a string; it must be a number")]
    [InlineData("genesisTime", "yesterday", "genesisTime is 'yesterday'; it must be a time")]
    [InlineData("chainId", "", "chainId is empty")]
    [InlineData("chainId", "x23456789x123456789x123456789x123456789x123456789x1", "chainId is longer than 50 characters")]
    [InlineData("authorities", true, "authorities is true or false; it must be an array")]
    public void A_wrong_value_is_named(string field, object value, string expected) =>
        AssertError(expected, json => json[field] = JsonValue.Create(value));

    [Theory]
    [InlineData("index", 1, "authorities[3].index is 1 a second time")]
    [InlineData("index", 4, "authorities[3].index is 4; it must be a whole number from 0 to 3")]
    [InlineData("name", "mysticeti-node0", "authorities[3].name is that of authority 0 too")]
    [InlineData("stake", 0, "authorities[3].stake is 0; it must be a whole number from 1")]
    [InlineData("stake", 1.5, "authorities[3].stake is 1.5; it must be a whole number from 1")]
    [InlineData("publicKey", "abcd", "authorities[3].publicKey is not 64 hexadecimal characters")]
    [InlineData("publicKey", "zz", "authorities[3].publicKey is not 64 hexadecimal characters")]
    [InlineData("publicKey", OrderFour, "authorities[3].publicKey is not a valid Ed25519 key; write the one in the key file of 'mysticeti-node3'")]
    [InlineData("peerAddress", "127.0.0.1:26700", "authorities[3].peerAddress is that of authority 0 too")]
    [InlineData("peerAddress", "nowhere", "authorities[3].peerAddress is 'nowhere'; it must be host:port")]
    public void A_wrong_authority_is_named(string field, object value, string expected) =>
        AssertError(expected, json => json.At("authorities", 3)[field] = JsonValue.Create(value));

    [Fact]
    public void A_key_used_twice_is_named() => AssertError(
        "authorities[2].publicKey is that of authority 1 too",
        json => json.At("authorities", 2)["publicKey"] = json.At("authorities", 1)["publicKey"]!.GetValue<string>().ToUpperInvariant());

    [Fact]
    public void No_authority_at_all_is_refused() => AssertError("authorities is empty", json => json["authorities"] = new JsonArray());

    [Theory]
    [InlineData("leadersPerRound", 5, "consensus is out of range: consensus parameter LeadersPerRound is 5; it must be from 1 to 4")]
    [InlineData("waveLength", 2, "consensus is out of range: consensus parameter WaveLength is 2; it must be from 3")]
    [InlineData("duplicateWindowTransactions", 0, "consensus is out of range: consensus parameter DuplicateWindowTransactions is 0; it must be from 1 to 10000000")]
    public void A_parameter_out_of_range_is_named(string name, int value, string expected) =>
        AssertError(expected, json => json["consensus"]![name] = value);

    [Fact]
    public void A_parameter_that_is_not_known_is_named() =>
        AssertError("consensus.gcdepth is not a consensus parameter that this version knows", json => json["consensus"]!["gcdepth"] = 1);

    [Theory]
    [InlineData("", "is not JSON")]
    [InlineData("{", "is not JSON")]
    [InlineData("{} {}", "is not JSON")]
    [InlineData("hello", "is not JSON")]
    [InlineData("[]", "is an array; it must be an object")]
    [InlineData("{\"schemaVersion\": 1, \"schemaVersion\": 1}", "schemaVersion stands there twice")]
    public void What_is_no_genesis_at_all_is_said_to_be_so(string text, string expected) =>
        Assert.StartsWith($"g.json: {expected}", Samples.ErrorOf(() => Genesis.Parse(Encoding.UTF8.GetBytes(text), "g.json")), StringComparison.Ordinal);

    [Fact]
    public void A_file_that_cannot_be_read_is_named()
    {
        using var directory = new ScratchDirectory();
        Assert.Equal($"cannot read genesis file '{directory["none.json"]}': there is no such file", Samples.ErrorOf(() => Genesis.Load(directory["none.json"])));
        Assert.Equal($"cannot read genesis file '{directory.Path}': it is a directory", Samples.ErrorOf(() => Genesis.Load(directory.Path)));
    }

    private static void AssertError(string expected, Action<JsonObject> change) =>
        Assert.StartsWith($"g.json: {expected}", Samples.ErrorOf(() => Genesis.Parse(Samples.Genesis(change), "g.json")), StringComparison.Ordinal);

    private static IEnumerable<(string Path, Action<JsonObject> Remove)> Fields(JsonObject root)
    {
        foreach (var (name, value) in root)
        {
            yield return (name, json => json.Remove(name));
            if (name == "consensus")
            {
                foreach (var (parameter, _) in value!.AsObject())
                    yield return ($"consensus.{parameter}", json => json["consensus"]!.AsObject().Remove(parameter));
            }
        }

        foreach (var (name, _) in root.At("authorities", 1))
            yield return ($"authorities[1].{name}", json => json.At("authorities", 1).Remove(name));
    }
}
