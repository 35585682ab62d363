using Mysticeti.Engine.Console;
using Mysticeti.Engine.Faults;

namespace Mysticeti.Runner.Tests.Faults;

public sealed class FaultTextTests
{
    [Theory]
    [InlineData("kill 1 at 10s for 5s", "kill 1 at 10s for 5s")]
    [InlineData("kill 2,0-1 at 1m until 90", "kill 0,1,2 at 60s for 30s")]
    [InlineData("pause 3 at 500ms", "pause 3 at 0.5s")]
    [InlineData("restart 0 at 2", "restart 0 at 2s")]
    [InlineData("disconnect 1 from 2,3 at 0s for 1s", "disconnect 1 from 2,3 at 0s for 1s")]
    [InlineData("partition 0,1|2,3 for 10s at 10s", "partition 0,1|2,3 at 10s for 10s")]
    [InlineData("slow 1 to 2 by 0.2s jitter 20ms at 5s", "slow 1 to 2 by 200ms jitter 20ms at 5s")]
    [InlineData("loss 1 by 2.5% at 5s", "loss 1 by 2.5% at 5s")]
    [InlineData("clock-skew 1 by -500ms at 5s", "clock-skew 1 by -500ms at 5s")]
    [InlineData("disk-full 1 at 5s", "disk-full 1 at 5s")]
    [InlineData("equivocate 1 at 5s for 1s", "equivocate 1 at 5s for 1s")]
    [InlineData("withhold 1 from 2 at 5s", "withhold 1 from 2 at 5s")]
    public void What_is_read_is_written_in_the_same_words(string text, string words)
    {
        Assert.Equal(words, FaultText.Parse(text).ToString());
        Assert.Equal(words, FaultText.Parse(words).ToString());
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("explode 1 at 1s", "'explode' is none of kill, pause")]
    [InlineData("kill", "names no nodes")]
    [InlineData("kill x at 1s", "'x' names no nodes")]
    [InlineData("kill 2-1 at 1s", "'2-1' names no nodes")]
    [InlineData("kill 1", "does not say when")]
    [InlineData("kill 1 at", "nothing follows 'at'")]
    [InlineData("kill 1 at soon", "'soon' is no time")]
    [InlineData("kill 1 at -1s", "'-1s' is no time")]
    [InlineData("kill 1 at 1s at 2s", "'at' comes twice")]
    [InlineData("kill 1 at 5s until 5s", "ends before it begins")]
    [InlineData("kill 1 at 5s for 0s", "lasts no time")]
    [InlineData("kill 1 at 5s for 1s until 9s", "both 'for' and 'until'")]
    [InlineData("kill 1 by 5% at 1s", "'by' goes with slow, loss and clock-skew only")]
    [InlineData("kill 0|1 at 1s", "only a partition has two sides")]
    [InlineData("partition 0|0,1 at 1s", "node 0 stands on both sides")]
    [InlineData("restart 1 at 1s for 1s", "a restart has no length")]
    [InlineData("slow 1 at 1s", "does not say how slow")]
    [InlineData("slow 1 by 11s at 1s", "from 0 to 10s")]
    [InlineData("loss 1 by 5 at 1s", "'5' is no share")]
    [InlineData("loss 1 by 95% at 1s", "at most 90%")]
    [InlineData("clock-skew 1 by 2m at 1s", "at most 60s")]
    [InlineData("kill 1 from 2 at 1s", "'from' goes with disconnect and withhold only")]
    [InlineData("kill 1 now at 1s", "'now' is not expected")]
    public void What_cannot_be_understood_is_explained(string text, string why) =>
        Assert.Contains(why, Assert.Throws<UsageException>(() => FaultText.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_configuration_file_has_the_same_faults()
    {
        var fields = new Dictionary<string, string> { ["kind"] = "slow", ["nodes"] = "1, 2", ["to"] = "3", ["by"] = "50ms", ["at"] = "5s", ["for"] = "2s" };
        Assert.Equal("slow 1,2 to 3 by 50ms at 5s for 2s", FaultText.Parse(fields).ToString());
        fields["where"] = "here";
        Assert.Contains("no field 'where'", Assert.Throws<UsageException>(() => FaultText.Parse(fields)).Message, StringComparison.Ordinal);
    }
}
