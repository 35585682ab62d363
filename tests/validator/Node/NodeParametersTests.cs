using Mysticeti.Validator.Contract;
using Mysticeti.Validator.Node;

namespace Mysticeti.Validator.Tests.Node;

public sealed class NodeParametersTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void What_a_file_leaves_out_has_its_default()
    {
        Assert.Equal(new NodeParameters(), Load("{}"));
        Assert.Equal(new NodeParameters { TraceSampleRate = 0.5, Trace = false }, Load("""{ "traceSampleRate": 0.5, "trace": false }"""));
    }

    [Theory]
    [InlineData("""{ "traceSampleRate": 1.5 }""", "traceSampleRate")]
    [InlineData("""{ "traceEntries": 0 }""", "traceEntries")]
    [InlineData("""{ "mempoolTransactions": 0 }""", "mempoolTransactions")]
    [InlineData("""{ "tracing": true }""", "tracing")]
    [InlineData("""{ "wan": { "lossRate": 0.6 } }""", "wan.lossRate")]
    [InlineData("""{ "wan": { "jitterMs": -1 } }""", "wan.jitterMs")]
    [InlineData("""{ "wan": { "bandwidthMbps": -1 } }""", "wan.bandwidthMbps")]
    [InlineData("""{ "wan": { "roundTripMs": { "a": { "b": -1 } } } }""", "wan.roundTripMs")]
    [InlineData("""{ "wan": { "roundTripMs": null } }""", "wan.roundTripMs")]
    [InlineData("null", "null")]
    public void A_wrong_value_is_refused_by_name(string json, string named)
    {
        var error = Assert.Throws<ParametersException>(() => Load(json));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains(_path, error.Message, StringComparison.Ordinal);
    }

    private NodeParameters Load(string json)
    {
        File.WriteAllText(_path, json);
        return NodeParameters.Load(_path);
    }
}
