using System.Collections.Concurrent;
using System.Diagnostics;

namespace Mysticeti.Engine.Networks.Containers;

/// <summary>Hears from the engine when a container ends, so that nobody has to ask it again and again during a measurement.</summary>
internal sealed class ContainerWatch : IAsyncDisposable
{
    private readonly Process _events;
    private readonly Task _reading;
    private readonly ConcurrentDictionary<string, int> _ended = [];
    private readonly ConcurrentDictionary<string, bool> _expected = [];

    private ContainerWatch(Process events) => (_events, _reading) = (events, ReadAsync(events));

    /// <summary>Exit codes by the names of containers that ended by themselves.</summary>
    public IReadOnlyDictionary<string, int> Ended => _ended;

    /// <summary>Watches from the moment of this call on.</summary>
    /// <param name="ids">The containers' ids.</param>
    /// <param name="since">Unix seconds from which on events count: those before the engine takes notice of us are not missed.</param>
    public static ContainerWatch Start(IEnumerable<string> ids, DateTimeOffset since) => new(DockerEngine.Follow(
    [
        "events", "--since", since.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), "--filter", "event=die",
        .. ids.SelectMany(id => (string[])["--filter", $"container={id}"]), "--format", "{{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}",
    ]));

    /// <summary>The next end of this container is somebody's wish.</summary>
    public void Expect(string name) => _expected[name] = true;

    /// <summary>It was started again: what became of it before does not count any more.</summary>
    public void Forget(string name) => _ended.TryRemove(name, out _);

    public async ValueTask DisposeAsync()
    {
        if (!_events.HasExited) _events.Kill();
        await _reading;
        _events.Dispose();
    }

    private async Task ReadAsync(Process events)
    {
        _ = events.StandardError.ReadToEndAsync();
        while (await events.StandardOutput.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            if (words.Length == 2 && int.TryParse(words[1], out var code) && !_expected.TryRemove(words[0], out _)) _ended[words[0]] = code;
        }
    }
}
