using System.Diagnostics;
using Npgsql;

[assembly: AssemblyFixture(typeof(Mysticeti.Platform.Tests.PostgresCluster))]

namespace Mysticeti.Platform.Tests;

/// <summary>
/// A real PostgreSQL: the one that MYSTICETI_TEST_POSTGRES names by its connection string, or else a cluster of our own from the system's package.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private const string Variable = "MYSTICETI_TEST_POSTGRES";

    private readonly SemaphoreSlim _starting = new(1, 1);
    private string? _directory;
    private string? _server;

    /// <summary>A new, empty database's connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var server = await ServerAsync();
        var name = $"t{Guid.NewGuid():N}";
        // Not pooled: a test may have killed the server since.
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server) { Database = name }.ToString();
    }

    /// <summary>Whether the server is ours, so that it may be killed.</summary>
    public bool IsOurs => _directory is not null;

    /// <summary>Ends the server at once, as a crash would, and starts it again.</summary>
    public void Crash(TimeSpan away)
    {
        Run("pg_ctl", "-D", _directory!, "-m", "immediate", "stop");
        Thread.Sleep(away);
        Start();
    }

    public ValueTask DisposeAsync()
    {
        _starting.Dispose();
        if (_directory is null) return ValueTask.CompletedTask;
        Run("pg_ctl", "-D", _directory, "-m", "immediate", "stop");
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<string> ServerAsync()
    {
        await _starting.WaitAsync();
        try
        {
            return _server ??= Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given : OwnCluster();
        }
        finally
        {
            _starting.Release();
        }
    }

    private string OwnCluster()
    {
        if (Binary("initdb") is null) TestTools.Missing("PostgreSQL is not installed (Debian, Ubuntu: apt-get install postgresql)");
        // Short: the path of a socket has a limit.
        _directory = Directory.CreateTempSubdirectory("pg-").FullName;
        if (Environment.IsPrivilegedProcess) Run(asPostgres: false, "chown", "postgres", _directory);
        Run("initdb", "-D", _directory, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C");
        Start();
        return new NpgsqlConnectionStringBuilder { Host = _directory, Username = "postgres", Database = "postgres" }.ToString();
    }

    private void Start() => Run("pg_ctl", "-D", _directory!, "-w", "-s", "-l", Path.Combine(_directory!, "log"), "-o", $"-k {_directory} -c listen_addresses= -c max_connections=200", "start");

    private static void Run(string program, params string[] arguments) => Run(asPostgres: true, Binary(program)!, arguments);

    private static void Run(bool asPostgres, string program, params string[] arguments)
    {
        // PostgreSQL refuses to run as root.
        string[] words = asPostgres && Environment.IsPrivilegedProcess ? ["runuser", "-u", "postgres", "--", program, .. arguments] : [program, .. arguments];
        var start = new ProcessStartInfo(words[0], words[1..]) { WorkingDirectory = "/tmp", RedirectStandardOutput = true, RedirectStandardError = true };
        // The server keeps what it inherits open, so nothing waits for the end of its output.
        using var process = Process.Start(start)!;
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)), $"{program} did not end");
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', words)} ended with {process.ExitCode}");
    }

    private static string? Binary(string name) => Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin", name)).Where(File.Exists).Order(StringComparer.Ordinal).LastOrDefault()
        : null;
}
