using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Mysticeti.Topology;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>Validators as processes that are killed at any instant, under load. <c>MYSTICETI_KILL_CYCLES</c> sets how often.</summary>
public sealed class KillAndRestartTests : IAsyncDisposable
{
    private const int BatchSize = 20;
    private static readonly TimeSpan BatchInterval = TimeSpan.FromMilliseconds(10);

    private readonly Sandbox _sandbox = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(20) };
    private readonly CancellationTokenSource _stopLoad = new();
    private readonly Process[] _validators = new Process[4];
    private readonly LaunchPlan _plan;
    private readonly Random _random = new(20);

    public KillAndRestartTests() => _plan = GenesisFiles.Write(
        GenesisFiles.Specify(committee: 4, basePort: 0), Path.Combine(_sandbox.Root, "network"), TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _stopLoad.CancelAsync();
        foreach (var validator in _validators.OfType<Process>())
        {
            validator.Kill();
            await validator.WaitForExitAsync();
            validator.Dispose();
        }

        _stopLoad.Dispose();
        _client.Dispose();
        _sandbox.Dispose();
    }

    [Fact]
    public async Task Killed_at_any_instant_a_validator_comes_back_with_the_same_prefix_and_loses_nothing_it_reported()
    {
        var cycles = int.Parse(Environment.GetEnvironmentVariable("MYSTICETI_KILL_CYCLES") ?? "4", CultureInfo.InvariantCulture);
        for (var i = 0; i < 4; i++) _validators[i] = Start(i);
        foreach (var node in _plan.Nodes) await ReadyAsync(node);
        var load = OfferLoadAsync(_stopLoad.Token);

        for (var cycle = 0; cycle < cycles; cycle++)
        {
            var victim = _random.Next(4);
            var witness = _plan.Nodes[(victim + 1) % 4];
            var reported = await GetAsync(_plan.Nodes[victim], $"broadcast_tx_commit?tx=\"cycle {cycle}\"");
            var (index, digest) = await HeadAsync(_plan.Nodes[victim]);
            _validators[victim].Kill();
            await _validators[victim].WaitForExitAsync();
            var (before, _) = await HeadAsync(witness);
            await Eventually.HoldsAsync(async () => (await HeadAsync(witness)).Index > before + 20, "the others went on");

            _validators[victim].Dispose();
            _validators[victim] = Start(victim);
            await ReadyAsync(_plan.Nodes[victim]);
            await Eventually.HoldsAsync(
                async () => (await HeadAsync(_plan.Nodes[victim])).Index >= (await HeadAsync(witness)).Index - 50, "the killed validator caught up");

            Assert.Equal(digest, await DigestAtAsync(witness, index));
            var hash = reported.GetProperty("result").GetProperty("hash").GetString();
            var found = await GetAsync(witness, $"tx?hash=0x{hash}");
            Assert.Equal(reported.GetProperty("result").GetProperty("height").GetString(), found.GetProperty("result").GetProperty("height").GetString());
        }

        await _stopLoad.CancelAsync();
        Assert.True(await load > 0);
        await AssertAgreementAsync();
        foreach (var node in _plan.Nodes)
        {
            var log = await File.ReadAllTextAsync(LogOf(node.Index));
            Assert.DoesNotContain("equivocated", log, StringComparison.Ordinal);
            Assert.DoesNotContain("crit:", log, StringComparison.Ordinal);
        }
    }

    private Process Start(int index)
    {
        var node = _plan.Nodes[index];
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true };
        foreach (var argument in (string[])["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "sh", LogOf(index), Sandbox.Validator, .. node.Arguments])
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private string LogOf(int index) => Path.Combine(_sandbox.Root, $"node{index}.log");

    /// <summary>2,000 tx/s to whichever validators answer.</summary>
    private async Task<long> OfferLoadAsync(CancellationToken stop)
    {
        long accepted = 0;
        using var timer = new PeriodicTimer(BatchInterval);
        try
        {
            for (var batch = 0; await timer.WaitForNextTickAsync(stop); batch++)
            {
                var calls = Enumerable.Range(0, BatchSize).Select(i =>
                    $$$"""{"jsonrpc":"2.0","id":{{{i}}},"method":"broadcast_tx_sync","params":{"tx":"{{{Convert.ToBase64String(Encoding.UTF8.GetBytes($"load {batch} {i} ".PadRight(512, 'x')))}}}"}}""");
                using var content = new StringContent($"[{string.Join(',', calls)}]", Encoding.UTF8, "application/json");
                try
                {
                    using var response = await _client.PostAsync(Url(_plan.Nodes[batch % 4]), content, stop);
                    if (response.IsSuccessStatusCode) accepted += BatchSize;
                }
                catch (HttpRequestException)
                {
                    // That one is down just now.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test has seen enough.
        }

        return accepted;
    }

    private Task ReadyAsync(ValidatorLaunch node) => Eventually.HoldsAsync(
        async () =>
        {
            Assert.False(_validators[node.Index].HasExited, $"validator {node.Index} ended:\n{await File.ReadAllTextAsync(LogOf(node.Index))}");
            try
            {
                using var response = await _client.GetAsync(new Uri(Url(node), "ready"));
                return response.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        $"validator {node.Index} was ready");

    private async Task AssertAgreementAsync()
    {
        var heads = await Task.WhenAll(_plan.Nodes.Select(HeadAsync));
        var common = heads.Min(head => head.Index);
        var digests = await Task.WhenAll(_plan.Nodes.Select(node => DigestAtAsync(node, common)));
        Assert.Single(digests.Distinct());
    }

    private async Task<(long Index, string? Digest)> HeadAsync(ValidatorLaunch node)
    {
        var status = (await GetAsync(node, "status")).GetProperty("result").GetProperty("mysticeti");
        return (long.Parse(status.GetProperty("commit_index").GetString()!, CultureInfo.InvariantCulture), status.GetProperty("chain_digest").GetString());
    }

    private async Task<string?> DigestAtAsync(ValidatorLaunch node, long index) =>
        (await GetAsync(node, $"v1/commits/{index}")).GetProperty("chain_digest").GetString();

    private async Task<JsonElement> GetAsync(ValidatorLaunch node, string path)
    {
        using var response = await _client.GetAsync(new Uri(Url(node), path));
        using var document = JsonDocument.Parse(await response.Content.ReadAsStreamAsync());
        return document.RootElement.Clone();
    }

    private static Uri Url(ValidatorLaunch node) => new($"http://127.0.0.1:{node.RpcPort}/");
}
