using System.Text.Json;
using Mysticeti.Platform.Database;
using Mysticeti.Platform.Orchestrator;

namespace Mysticeti.Platform.Tests;

public sealed class PlanTests
{
    [Fact]
    public void The_same_setup_gives_the_same_plan_and_another_seed_another()
    {
        const string Setup = """{"experiment_name":"a","rounds":20,"stops_per_round":3,"min_stop_ratio":0.1,"rotation_ratio":0.3}""";
        var plan = Plan(Setup, 10);
        Assert.Equal(JsonSerializer.Serialize(plan), JsonSerializer.Serialize(Plan(Setup, 10)));
        Assert.NotEqual(plan.PlanHash, Plan(Setup, 11).PlanHash);
        Assert.NotEqual(plan.PlanHash, Plan(Setup.Replace("\"a\"", "\"b\"", StringComparison.Ordinal), 10).PlanHash);
        Assert.NotEqual(plan.Rounds.Select(round => round.Tps), Plan(Setup.Replace("\"rounds\"", "\"seed\":1,\"rounds\"", StringComparison.Ordinal), 10).Rounds.Select(round => round.Tps));
    }

    [Fact]
    public void A_plan_keeps_within_what_the_setup_says()
    {
        var plan = Plan("""{"experiment_name":"a","base_tps":50,"stress_tps":70,"rounds":40,"round_duration_min":0.5,"pause_min":0.1,"large_pause_min":1,"stops_per_round":4,"min_stop_ratio":0.2,"rotation_ratio":0.2}""", 10);
        Assert.All(plan.Rounds, round => Assert.InRange(round.Tps, 50, 70));
        Assert.All(plan.Rounds, round => Assert.Equal(2, round.Targets.Length));
        Assert.Equal(10, plan.Rounds.SelectMany(round => round.Targets).Distinct().Count());
        Assert.Equal([66.0, 0.0], [plan.Rounds[7].PauseSec, plan.Rounds[39].PauseSec]);
        foreach (var round in plan.Rounds)
        {
            Assert.Equal(4, round.Stops.Length);
            Assert.All(round.Stops, stop => Assert.InRange(stop.Nodes.Length, 2, 3));
            var end = 0.0;
            foreach (var stop in round.Stops)
            {
                Assert.True(stop.AtSec > end && stop.AtSec + stop.DownSec < round.DurationSec, "stops overlap or leave the round");
                end = stop.AtSec + stop.DownSec;
            }
        }
    }

    [Theory]
    [InlineData("""{}""", "experiment_name is missing")]
    [InlineData("""{"experiment_name":"a b"}""", "must not have spaces")]
    [InlineData("""{"experiment_name":"a","base_tps":9,"stress_tps":8}""", "base_tps must not be above stress_tps")]
    [InlineData("""{"experiment_name":"a","min_stop_ratio":0.5,"max_stop_ratio":0.4}""", "min_stop_ratio must not be above")]
    [InlineData("""{"experiment_name":"a","rounds":1.5}""", "rounds must be a whole number")]
    [InlineData("""{"experiment_name":"a","pause_min":-1}""", "pause_min must be a number")]
    [InlineData("""{"experiment_name":"a","speed":1}""", "unknown field speed")]
    [InlineData("""{"experiment_name":"a","network":"local"}""", "network must be an object")]
    [InlineData("""{"experiment_name":"a","network":{}}""", "network must name one network")]
    [InlineData("""{"experiment_name":"a","network":{"outputs":"o.json","stack":"aws"}}""", "network must name one network")]
    [InlineData("""{"experiment_name":"a","network":{"outputs":"o.json","committee":4}}""", "network must name one network")]
    [InlineData("""{"experiment_name":"a","network":{"type":"embedded","committee":3}}""", "network.committee must be a whole number from 4")]
    [InlineData("""{"experiment_name":"a","network":{"type":"local"}}""", "network.type must be embedded")]
    [InlineData("""{"experiment_name":"a","network":{"nodes":["ftp://127.0.0.1"]}}""", "network.nodes must be")]
    [InlineData("""{"experiment_name":"a","network":{"nodes":["http://a","http://a"]}}""", "network.nodes must be")]
    [InlineData("""{"experiment_name":"a","network":{"url":"http://a"}}""", "unknown field network.url")]
    [InlineData("""{"experiment_name":"a","stress_tps":1000000,"round_duration_min":10}""", "more than")]
    public void What_is_wrong_is_said_by_name(string setup, string error)
    {
        var (_, reader) = SetupReader.Read(JsonSerializer.Deserialize<JsonElement>(setup));
        Assert.Contains(reader.Errors, one => one.Contains(error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"outputs":"o.json"}""", """{"outputs":"o.json","stack":null,"nodes":null,"type":null,"committee":null}""")]
    [InlineData("""{"stack":"aws"}""", """{"outputs":null,"stack":"aws","nodes":null,"type":null,"committee":null}""")]
    [InlineData("""{"nodes":["http://a:1/"]}""", """{"outputs":null,"stack":null,"nodes":["http://a:1/"],"type":null,"committee":null}""")]
    [InlineData("""{"type":"embedded"}""", """{"outputs":null,"stack":null,"nodes":null,"type":"embedded","committee":4}""")]
    [InlineData("""{"committee":7}""", """{"outputs":null,"stack":null,"nodes":null,"type":"embedded","committee":7}""")]
    public void A_network_is_named_in_the_words_of_the_benchmark(string network, string read)
    {
        var (setup, reader) = SetupReader.Read(JsonSerializer.Deserialize<JsonElement>($$"""{"experiment_name":"a","network":{{network}}}"""));
        Assert.Empty(reader.Errors);
        Assert.Equal(read, JsonSerializer.Serialize(setup.Network, PlatformJson.Options));
    }

    [Fact]
    public void A_name_has_fifty_characters_and_what_is_wrong_with_it_is_said_once()
    {
        Assert.Empty(Errors(string.Concat(Enumerable.Repeat("😀", 50))));
        foreach (var name in (string[])["", "a:b", new string('x', 51)]) Assert.Single(Errors(name));

        static List<string> Errors(string name) => SetupReader.Read(JsonSerializer.SerializeToElement(new { experiment_name = name })).Reader.Errors;
    }

    [Fact]
    public void The_seed_documents_own_fields_are_taken_and_told_of()
    {
        var (setup, reader) = SetupReader.Read(JsonSerializer.Deserialize<JsonElement>(
            """{"priv_keys":["/keys/plain1"],"payment_receiver":"B62","experiment_name":"test-experiment-1"}"""));
        Assert.Empty(reader.Errors);
        Assert.Equal(2, reader.Warnings.Count);
        Assert.Equal((100.0, 500.0, 4), (setup.BaseTps, setup.StressTps, setup.Rounds));
    }

    private static ExperimentPlan Plan(string json, int nodes)
    {
        var (setup, reader) = SetupReader.Read(JsonSerializer.Deserialize<JsonElement>(json));
        Assert.Empty(reader.Errors);
        return ExperimentPlan.Create(setup, [.. Enumerable.Range(0, nodes).Select(i => $"node{i}")], reader.Warnings);
    }
}
