using Mysticeti.Engine.Networks;

namespace Mysticeti.Runner.Tests.Networks;

public sealed class NetworkDirectoriesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly NetworkDirectories _networks;

    public NetworkDirectoriesTests() => _networks = new NetworkDirectories(_directory.File("networks"));

    public void Dispose() => _directory.Dispose();

    private Task<NetworkState> ReserveAsync(string? name) => _networks.ReserveAsync(name, detached: false, TimeProvider.System, default);

    [Fact]
    public async Task Networks_side_by_side_get_different_names()
    {
        var states = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ReserveAsync(null)));
        Assert.Equal(["embedded", "embedded-2", "embedded-3", "embedded-4", "embedded-5"], states.Select(state => state.Name).Order());
    }

    [Fact]
    public async Task A_name_whose_processes_have_ended_is_taken_again_with_an_empty_directory()
    {
        var gone = new ProcessIdentity(Environment.ProcessId, "another time");
        _networks.Write(new NetworkState { Name = "embedded", StartedAt = DateTimeOffset.UnixEpoch, Detached = true, Runner = gone });
        File.WriteAllText(Path.Combine(_networks.Of("embedded"), "old"), "");
        Assert.Equal("embedded", (await ReserveAsync(null)).Name);
        Assert.False(File.Exists(Path.Combine(_networks.Of("embedded"), "old")));
    }

    [Fact]
    public async Task A_wanted_name_that_is_in_use_is_refused()
    {
        await ReserveAsync("mine");
        var error = await Assert.ThrowsAsync<NetworkException>(() => ReserveAsync("mine"));
        Assert.Contains("mysticeti network stop --name mine", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_written_is_read_again()
    {
        var state = await ReserveAsync("mine") with
        {
            Stopping = true,
            Nodes = [new NodeState(0, "mysticeti-node0", ProcessIdentity.OfCurrent(), new Uri("http://127.0.0.1:1"), "node0/validator.log")],
        };
        _networks.Write(state);
        var read = _networks.Read("mine")!;
        Assert.Equal(state with { Nodes = read.Nodes }, read);
        Assert.Equal(state.Nodes, read.Nodes);
        Assert.True(read.IsAlive());
    }

    [Fact]
    public void A_damaged_state_file_is_none()
    {
        Directory.CreateDirectory(_networks.Of("mine"));
        File.WriteAllText(Path.Combine(_networks.Of("mine"), "state.json"), "{\"name\":");
        Assert.Null(_networks.Read("mine"));
        Assert.Empty(_networks.ReadAll());
    }

    [Fact]
    public void A_process_id_with_another_start_is_another_process()
    {
        var own = ProcessIdentity.OfCurrent();
        Assert.True(own.IsAlive());
        Assert.False((own with { Started = $"{own.Started}0" }).IsAlive());
        Assert.Null(ProcessIdentity.Of(int.MaxValue));
    }
}
