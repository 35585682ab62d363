using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>Real validators that are made to misbehave through <c>/v1/faults</c>.</summary>
public sealed class FaultInjectionTests : IAsyncDisposable
{
    private readonly ValidatorProcesses _network = new(specification => specification with { UnsafeFaultInjection = true });

    public ValueTask DisposeAsync() => _network.DisposeAsync();

    [Fact]
    public async Task Beside_one_that_equivocates_and_then_withholds_the_other_three_go_on_and_agree()
    {
        await _network.StartAllAsync();
        await SetAsync(3, """{"expires_after_ms": 600000, "equivocate": true}""");
        foreach (var witness in (int[])[0, 1, 2])
        {
            await Eventually.HoldsAsync(
                async () => await _network.MetricAsync(witness, "mysticeti_core_equivocation_total") >= 10, $"validator {witness} noticed the equivocations");
            Assert.Contains("authority 3 equivocated", _network.Log(witness), StringComparison.Ordinal);
        }

        await CommitAsync(0, "beside an equivocator");
        await _network.CommitsGoOnAsync(50, 0, 1, 2);
        await _network.AssertAgreementAsync(0, 1, 2, 3);

        await SetAsync(3, """{"expires_after_ms": 600000, "withhold_from": [0, 1]}""");
        var fetched = await _network.MetricAsync(0, "mysticeti_blocks_fetch_requested_total");
        await CommitAsync(1, "beside one that withholds");
        await _network.CommitsGoOnAsync(50, 0, 1, 2);
        await Eventually.HoldsAsync(
            async () => await _network.MetricAsync(0, "mysticeti_blocks_fetch_requested_total") > fetched, "what was withheld came from others");

        await ClearAsync(3);
        await CommitAsync(3, "after the faults");
        await _network.CommitsGoOnAsync(20, 0, 1, 2, 3);
        await _network.AssertAgreementAsync(0, 1, 2, 3);
    }

    [Fact]
    public async Task Two_halves_of_a_partition_commit_nothing_and_agree_when_it_has_ended()
    {
        await _network.StartAllAsync();
        foreach (var validator in (int[])[0, 1])
            await SetAsync(validator, """{"expires_after_ms": 600000, "links": [{"peers": [2, 3], "blocked": true}]}""");
        for (var i = 0; i < 4; i++)
        {
            var validator = i;
            await Eventually.HoldsAsync(async () => !await _network.IsReadyAsync(validator), $"validator {validator} noticed that it has no quorum");
        }

        var before = await Task.WhenAll(Enumerable.Range(0, 4).Select(_network.HeadAsync));
        foreach (var validator in (int[])[0, 3]) await _network.GetAsync(validator, $"broadcast_tx_sync?tx=\"from {validator}\"");
        var begin = await RemainingAsync(0);
        await Eventually.HoldsAsync(async () => await RemainingAsync(0) < begin - 2_000, "the partition lasted for another while");
        Assert.Equal(before, await Task.WhenAll(Enumerable.Range(0, 4).Select(_network.HeadAsync)));

        await ClearAsync(0);
        await ClearAsync(1);
        await _network.CommitsGoOnAsync(20, 0, 1, 2, 3);
        await _network.AssertAgreementAsync(0, 1, 2, 3);
        foreach (var sender in (int[])[0, 3])
        {
            var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"from {sender}")));
            await Eventually.HoldsAsync(
                async () => (await _network.GetAsync(1, $"tx?hash=0x{hash}")).TryGetProperty("result", out _), $"what validator {sender} took meanwhile was committed");
        }
    }

    [Fact]
    public async Task A_paused_validator_comes_back_by_itself_and_one_with_a_full_disk_ends_with_a_clear_error()
    {
        await _network.StartAllAsync();
        await SetAsync(2, """{"expires_after_ms": 3000, "pause": true}""");
        await Eventually.HoldsAsync(async () => !await _network.IsReadyAsync(2), "the paused validator heard nobody any more");
        var (paused, _) = await _network.HeadAsync(2);
        await _network.CommitsGoOnAsync(20, 0, 1, 3);
        await _network.ReadyAsync(2);
        await Eventually.HoldsAsync(async () => (await _network.HeadAsync(2)).Index > paused + 20, "the paused validator caught up");

        await SetAsync(2, """{"expires_after_ms": 600000, "disk_full": true}""");
        Assert.Equal(4, await _network.ExitCodeAsync(2));
        Assert.Matches("error: cannot write to '.*node2': No space left on device .*; make room or mend the disk", _network.Log(2));
        Assert.DoesNotContain("crit:", _network.Log(2), StringComparison.Ordinal);
        await _network.CommitsGoOnAsync(20, 0, 1, 3);
        _network.Start(2);
        await _network.ReadyAsync(2);
        await _network.CommitsGoOnAsync(20, 0, 1, 2, 3);
        await _network.AssertAgreementAsync(0, 1, 2, 3);
        foreach (var witness in (int[])[0, 1, 3]) Assert.Equal(0, await _network.MetricAsync(witness, "mysticeti_core_equivocation_total"));
    }

    private async Task SetAsync(int validator, string faults)
    {
        using var content = new StringContent(faults, Encoding.UTF8, "application/json");
        using var response = await _network.Client.PutAsync(new Uri(_network.Url(validator), "v1/faults"), content);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task ClearAsync(int validator)
    {
        using var response = await _network.Client.DeleteAsync(new Uri(_network.Url(validator), "v1/faults"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private async Task<long> RemainingAsync(int validator) => (await _network.GetAsync(validator, "v1/faults")).GetProperty("remaining_ms").GetInt64();

    private async Task CommitAsync(int validator, string transaction)
    {
        var answer = await _network.GetAsync(validator, $"broadcast_tx_commit?tx=\"{transaction}\"");
        Assert.True(answer.TryGetProperty("result", out var result), answer.ToString());
        Assert.NotEqual("0", result.GetProperty("height").GetString());
    }
}
