using System.Text;
using System.Text.Json;

namespace Mysticeti.Protocol.Tests;

/// <summary>Numbers, names and paths that others have compiled in.</summary>
public sealed class WireTests
{
    [Fact]
    public void Outcomes_keep_their_numbers() => Assert.Equal(
        "Accepted=0 Duplicate=1 MempoolFull=2 TooLarge=3 Empty=4 Stopping=5 Refused=6",
        string.Join(' ', Enum.GetValues<SubmitOutcome>().Select(outcome => $"{outcome}={(byte)outcome}")));

    [Fact]
    public void Every_outcome_but_acceptance_has_a_reason()
    {
        Assert.Null(SubmitFormat.ReasonOf(SubmitOutcome.Accepted));
        Assert.All(Enum.GetValues<SubmitOutcome>().Where(outcome => outcome != SubmitOutcome.Accepted), outcome => Assert.NotEmpty(SubmitFormat.ReasonOf(outcome)!));
        Assert.Equal("code 77", SubmitFormat.ReasonOf((SubmitOutcome)77));
    }

    [Theory]
    [InlineData("http://h:1", "ready", "http://h:1/ready")]
    [InlineData("http://h:1/", "v1/trace?limit=1", "http://h:1/v1/trace?limit=1")]
    [InlineData("http://h:1/nodes/0", "v1/commits", "http://h:1/nodes/0/v1/commits")]
    [InlineData("http://h:1/nodes/0/", "metrics", "http://h:1/nodes/0/metrics")]
    [InlineData("http://h:1/nodes/0?a=b#c", "metrics", "http://h:1/nodes/0/metrics")]
    public void Services_lie_below_the_rpc_address(string rpcUrl, string service, string expected)
    {
        Assert.Equal(expected, NodePaths.Of(new Uri(rpcUrl), service).AbsoluteUri);
        Assert.Equal(new Uri(expected).PathAndQuery, NodePaths.TargetOf(new Uri(rpcUrl), service));
    }

    [Fact]
    public void A_heartbeat_is_signed_member_by_member()
    {
        var signed = HeartbeatFormat.Write((json, member) => json.WriteStringValue(member));
        Assert.Equal(
            """{"authority":"authority","public_key":"public_key","deployment_id":"deployment_id","boot_id":"boot_id","counter":"counter","created_at":"created_at","rpc_url":"rpc_url","version":"version","round":"round","commit_index":"commit_index"}""",
            Encoding.UTF8.GetString(signed));
        var whole = HeartbeatFormat.Write((json, member) => json.WriteStringValue(member), [1, 2, 3]);
        Assert.Equal($"{Encoding.UTF8.GetString(signed)[..^1]},\"signature\":\"AQID\"}}", Encoding.UTF8.GetString(whole));
    }

    [Fact]
    public void A_state_of_faults_survives_its_json()
    {
        var state = new FaultState
        {
            ExpiresAfterMs = 500, Links = [new LinkFault { Peers = [1, 2], Blocked = true }, new LinkFault { DelayMs = 5, JitterMs = 2, Loss = 0.25 }],
            Equivocate = true, WithholdFrom = [3], ClockSkewMs = -7, DiskFull = true,
        };
        Assert.Equal(state.ToJson(), FaultState.Parse(state.ToJson()).ToJson());
        Assert.False(state.IsEmpty);
        Assert.True(new FaultState { ExpiresAfterMs = 1 }.IsEmpty);
        Assert.Throws<JsonException>(() => FaultState.Parse("""{"explode":true}"""u8));
    }

    [Fact]
    public void The_answer_about_faults_tells_the_time_that_is_left()
    {
        using var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output)) FaultAnswer.Write(json, new FaultState { Pause = true }, TimeSpan.FromSeconds(1.5));
        Assert.Equal(TimeSpan.FromSeconds(1.5), FaultAnswer.RemainingOf(output.ToArray()));
        Assert.Throws<JsonException>(() => FaultAnswer.RemainingOf("{}"u8.ToArray()));
    }
}
