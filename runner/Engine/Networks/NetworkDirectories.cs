using System.Globalization;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Networks;

/// <summary>
/// The directories of embedded networks, one for each name, under one root: <c>genesis.json</c>, <c>outputs.json</c>,
/// <c>state.json</c> while it runs, and <c>node{i}/</c> with key, storage and log.
/// </summary>
internal sealed class NetworkDirectories(string root)
{
    private const string StateFile = "state.json";
    private static readonly TimeSpan LockWait = TimeSpan.FromSeconds(10);

    /// <summary>Absolute path of a network's directory.</summary>
    public string Of(string name) => Path.GetFullPath(Path.Combine(root, name));

    public string LogOf(string name, int index) => Path.Combine(Of(name), $"node{index.ToString(CultureInfo.InvariantCulture)}", "validator.log");

    /// <summary>
    /// Takes a name that no living network has, clears its directory and writes a first state, so that nobody else takes it.
    /// </summary>
    /// <param name="name">The name wanted, or null for <c>embedded</c>, <c>embedded-2</c>, and so on: the first that is not in use.</param>
    /// <exception cref="NetworkException">The name wanted is in use, or the directory cannot be written.</exception>
    public async Task<NetworkState> ReserveAsync(string? name, bool detached, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(root);
            await using var held = await LockAsync(time, cancellationToken);
            var chosen = name ?? Enumerable.Range(1, int.MaxValue).Select(DefaultName).First(candidate => Read(candidate)?.IsAlive() != true);
            if (Read(chosen)?.IsAlive() == true)
                throw new NetworkException($"a network named '{chosen}' is running; stop it with: mysticeti network stop --name {chosen}");
            if (Directory.Exists(Of(chosen))) Directory.Delete(Of(chosen), recursive: true);
            var state = new NetworkState { Name = chosen, StartedAt = time.GetUtcNow(), Detached = detached, Runner = ProcessIdentity.OfCurrent() };
            Write(state);
            return state;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NetworkException($"the directory of networks '{root}' cannot be written: {error.Message}", error);
        }
    }

    /// <summary>The state of a network; null where there is none or the file is damaged.</summary>
    public NetworkState? Read(string name)
    {
        try
        {
            return NetworkState.Parse(File.ReadAllText(Path.Combine(Of(name), StateFile)));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Every network that has a state file, by name, those included whose processes have ended.</summary>
    public IReadOnlyList<NetworkState> ReadAll() => [.. Names().Select(Read).OfType<NetworkState>()];

    /// <summary>Every network that has a directory, be it long stopped.</summary>
    public IReadOnlyList<string> Names() => Directory.Exists(root)
        ? [.. Directory.EnumerateDirectories(root).Select(directory => Path.GetFileName(directory)).Order(StringComparer.Ordinal)]
        : [];

    public void Write(NetworkState state) => Write(state.Name, StateFile, state.ToJson());

    /// <summary>Writes where the nodes are, for <c>--outputs</c>.</summary>
    public void WriteOutputs(NetworkOutputs outputs) => Write(outputs.Name, "outputs.json", outputs.ToJson());

    /// <summary>The network does not run any more; its logs stay.</summary>
    public void RemoveState(string name)
    {
        if (Directory.Exists(Of(name))) File.Delete(Path.Combine(Of(name), StateFile));
    }

    // Readers see the old file or the new one, never half of it.
    private void Write(string network, string file, string text)
    {
        var path = Path.Combine(Directory.CreateDirectory(Of(network)).FullName, file);
        File.WriteAllText($"{path}.new", text);
        File.Move($"{path}.new", path, overwrite: true);
    }

    private static string DefaultName(int count) => count == 1 ? "embedded" : string.Create(CultureInfo.InvariantCulture, $"embedded-{count}");

    private async Task<FileStream> LockAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(root, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (time.GetElapsedTime(begin) < LockWait)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
            }
        }
    }
}
