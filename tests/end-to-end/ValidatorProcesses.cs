using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Mysticeti.Topology;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>Four validators as processes of the test itself, without a runner between.</summary>
internal sealed class ValidatorProcesses : IAsyncDisposable
{
    private readonly Sandbox _sandbox = new();
    private readonly Process?[] _processes = new Process?[4];

    /// <param name="specify">Changes what is wanted of the committee.</param>
    public ValidatorProcesses(Func<CommitteeSpecification, CommitteeSpecification>? specify = null)
    {
        var specification = GenesisFiles.Specify(committee: 4, basePort: 0);
        Plan = GenesisFiles.Write(specify?.Invoke(specification) ?? specification, Path.Combine(_sandbox.Root, "network"), TimeProvider.System);
    }

    public LaunchPlan Plan { get; }

    public HttpClient Client { get; } = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(20) };

    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < _processes.Length; i++) await KillAsync(i);
        Client.Dispose();
        _sandbox.Dispose();
    }

    public async Task StartAllAsync()
    {
        foreach (var node in Plan.Nodes) Start(node.Index);
        foreach (var node in Plan.Nodes) await ReadyAsync(node.Index);
    }

    public void Start(int index)
    {
        _processes[index]?.Dispose();
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true };
        foreach (var argument in (string[])["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "sh", LogOf(index), SourceTree.Validator, .. Plan.Nodes[index].Arguments])
            start.ArgumentList.Add(argument);
        _processes[index] = Process.Start(start)!;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync(int index)
    {
        if (_processes[index] is not { } process) return;
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        _processes[index] = null;
    }

    /// <summary>Waits until it ends by itself.</summary>
    public async Task<int> ExitCodeAsync(int index)
    {
        await Eventually.HoldsAsync(() => _processes[index]!.HasExited, $"validator {index} ended");
        return _processes[index]!.ExitCode;
    }

    public Task ReadyAsync(int index) => Eventually.HoldsAsync(
        async () =>
        {
            Assert.False(_processes[index]!.HasExited, $"validator {index} ended:\n{Log(index)}");
            return await IsReadyAsync(index);
        },
        $"validator {index} was ready");

    public async Task<bool> IsReadyAsync(int index)
    {
        try
        {
            using var response = await Client.GetAsync(new Uri(Url(index), "ready"));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>What a validator has printed; nothing before its first line.</summary>
    public string Log(int index) => File.Exists(LogOf(index)) ? File.ReadAllText(LogOf(index)) : "";

    public Uri Url(int index) => new($"http://127.0.0.1:{Plan.Nodes[index].RpcPort}/");

    /// <summary>The newest commit and its chain digest.</summary>
    public async Task<(long Index, string? Digest)> HeadAsync(int index)
    {
        var status = (await GetAsync(index, "status")).GetProperty("result").GetProperty("mysticeti");
        return (long.Parse(status.GetProperty("commit_index").GetString()!, CultureInfo.InvariantCulture), status.GetProperty("chain_digest").GetString());
    }

    public async Task<string?> DigestAtAsync(int index, long commit) => (await GetAsync(index, $"v1/commits/{commit}")).GetProperty("chain_digest").GetString();

    public async Task<JsonElement> GetAsync(int index, string path)
    {
        using var response = await Client.GetAsync(new Uri(Url(index), path));
        using var document = JsonDocument.Parse(await response.Content.ReadAsStreamAsync());
        return document.RootElement.Clone();
    }

    /// <summary>The value of a metric.</summary>
    /// <param name="name">With its labels, as it is written.</param>
    public async Task<double> MetricAsync(int index, string name)
    {
        var text = await Client.GetStringAsync(new Uri(Url(index), "metrics"));
        var line = text.Split('\n').Single(line => line.StartsWith($"{name} ", StringComparison.Ordinal));
        return double.Parse(line[name.Length..], CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until these validators have made <paramref name="count"/> commits more.</summary>
    public async Task CommitsGoOnAsync(int count, params int[] validators)
    {
        foreach (var validator in validators)
        {
            var (before, _) = await HeadAsync(validator);
            await Eventually.HoldsAsync(async () => (await HeadAsync(validator)).Index >= before + count, $"validator {validator} made {count} commits more");
        }
    }

    /// <summary>Asserts that these validators committed the same, as far as all of them are.</summary>
    public async Task AssertAgreementAsync(params int[] validators)
    {
        var heads = await Task.WhenAll(validators.Select(HeadAsync));
        var common = heads.Min(head => head.Index);
        var digests = await Task.WhenAll(validators.Select(validator => DigestAtAsync(validator, common)));
        Assert.Single(digests.Distinct());
    }

    private string LogOf(int index) => Path.Combine(_sandbox.Root, $"node{index}.log");
}
