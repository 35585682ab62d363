using System.Collections.Immutable;
using System.CommandLine;
using System.Net;
using Mysticeti.Engine.Console;
using Mysticeti.Platform;
using Mysticeti.Platform.Database;
using Mysticeti.Platform.Hosting;
using Npgsql;

namespace Mysticeti.Runner.Cli.Options;

/// <summary>The options of <c>serve</c>, and the environment that containers set instead.</summary>
internal sealed class ServeOptions
{
    public readonly Option<string?> Outputs = TextOption.Create("--outputs", "FILE", null, "The network: a JSON file with its outputs, read again when it changes");

    public readonly Option<string?> Stack = TextOption.Create("--stack", "NAME", null, "The network: the outputs of a Pulumi stack of the project in the working directory");

    public readonly Option<string?> Embedded = TextOption.Create("--embedded", "N", null, "Start an embedded network of N validators, and stop it at the end");

    private readonly Option<string[]> _services = new("--service")
    {
        Description = $"Services to run; all by default: {string.Join(", ", PlatformSettings.ServiceNames)}", HelpName = "NAME", AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _database = TextOption.Create(
        "--db", "CONNECTION", null, "PostgreSQL: \"Host=..;Username=..;Password=..;Database=..\"; by default POSTGRES_* of the environment, or else SQLite in the working directory");

    private readonly Option<string?> _directory = TextOption.Create("--working-directory", "DIRECTORY", Path.Combine(".mysticeti", "platform"), "Where the platform keeps its files");

    private readonly Option<string?> _bind = TextOption.Create("--bind", "ADDRESS", "127.0.0.1", "Address to listen on; on others than loopback every request needs a token");

    private readonly Option<string?> _tokenFile = TextOption.Create(
        "--token-file", "FILE", null, "Lines read=TOKEN, ingest=TOKEN, operate=TOKEN; by default MYSTICETI_READ_TOKEN and so on, or tokens made in the working directory");

    private readonly Option<bool> _publishedOnLoopback = TextOption.Flag(
        "--published-on-loopback", "In a container whose ports are published on 127.0.0.1 only: no tokens are needed");

    private readonly Option<string?> _basePort = TextOption.Create(
        "--base-port", "PORT", null, "First port, counted on in the order of --service; 0 for free ports (services.json in the working directory names them)");

    private readonly Option<string?> _ports = TextOption.Create("--ports", "NAME=PORT,..", null, "Ports of single services");

    private readonly Option<string?> _genesis = TextOption.Create("--genesis", "FILE", null, "The committee whose heartbeats count; by default that of the network's nodes");

    private readonly Option<string?> _retentionHours = TextOption.Create("--retention-hours", "HOURS", "168", "How long fetched rows are kept");

    private readonly Option<string?> _retentionRows = TextOption.Create("--retention-rows", "ROWS", "20000000", "How many rows of a table are kept");

    private readonly Option<string?> _retentionEmptyBlocks = TextOption.Create(
        "--retention-empty-blocks", "ROWS", "1000", "How many rows of blocks without transactions are kept, rejected ones apart");

    private readonly Option<string?> _config = TextOption.Create(
        "--config", "FILE", null, "JSON: outputs, genesis, online_sec, suspect_sec, clock_error_sec; options go before it");

    public IEnumerable<Option> All =>
    [
        _services, Embedded, Outputs, Stack, _database, _directory, _bind, _tokenFile, _publishedOnLoopback, _basePort, _ports, _genesis, _retentionHours, _retentionRows, _retentionEmptyBlocks, _config,
    ];

    /// <exception cref="UsageException">A value is wrong, or two contradict each other.</exception>
    public PlatformSettings Read(ParseResult arguments, out ServeConfig config)
    {
        config = arguments.IsGiven(_config) ? ServeConfig.Load(arguments.Text(_config)) : new ServeConfig();
        var directory = Path.GetFullPath(arguments.Text(_directory));
        var bind = IPAddress.TryParse(arguments.Text(_bind), out var address)
            ? address
            : throw new UsageException($"--bind {Values.OneLine(arguments.Text(_bind))} is no IP address; 127.0.0.1 and 0.0.0.0 are usual");
        int? basePort = arguments.IsGiven(_basePort) ? Values.Whole(_basePort.Name, arguments.Text(_basePort), 0, 65_530, "a port") : null;
        return new PlatformSettings
        {
            Services = Services(arguments),
            WorkingDirectory = directory,
            Postgres = arguments.IsGiven(_database) ? arguments.Text(_database) : PostgresOfEnvironment(),
            Bind = bind,
            Tokens = IPAddress.IsLoopback(bind) || arguments.GetValue(_publishedOnLoopback) ? null : Tokens(arguments, directory),
            BasePort = basePort,
            Ports = Ports(arguments),
            GenesisFile = arguments.IsGiven(_genesis) ? arguments.Text(_genesis) : config.Genesis,
            Uptime = config.Uptime,
            Retention = new Retention(
                TimeSpan.FromHours(Values.Whole(_retentionHours.Name, arguments.Text(_retentionHours), 1, 87_600, "hours")),
                Values.Whole(_retentionRows.Name, arguments.Text(_retentionRows), 1_000, int.MaxValue, "rows"),
                Values.Whole(_retentionEmptyBlocks.Name, arguments.Text(_retentionEmptyBlocks), 0, int.MaxValue, "rows")),
            HostOverrides = HostOverrides.Parse(Environment.GetEnvironmentVariable("HOST_OVERRIDES") ?? "", "HOST_OVERRIDES"),
            UptimeBackendUrl = UrlOfEnvironment("UPTIME_BACKEND_API_URL"),
            OrchestratorUrl = UrlOfEnvironment("ORCHESTRATOR_API_URL"),
        };
    }

    private ImmutableArray<string> Services(ParseResult arguments)
    {
        var given = (arguments.GetValue(_services) ?? []).SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries)).ToArray();
        var unknown = given.FirstOrDefault(name => !PlatformSettings.ServiceNames.Contains(name));
        if (unknown is not null) throw new UsageException($"--service {Values.OneLine(unknown)} is not possible; it takes {string.Join(", ", PlatformSettings.ServiceNames)}");
        return given.Length == 0 ? PlatformSettings.ServiceNames : [.. given.Distinct()];
    }

    private Dictionary<string, int> Ports(ParseResult arguments)
    {
        var ports = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var pair in arguments.Text(_ports).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var words = pair.Split('=', 2);
            if (words.Length != 2 || !PlatformSettings.ServiceNames.Contains(words[0]))
                throw new UsageException($"--ports {Values.OneLine(pair)} is not possible; it takes NAME=PORT,.. with names as --service takes them");
            ports[words[0]] = Values.Whole(_ports.Name, words[1], 0, 65_535, "a port");
        }

        return ports;
    }

    private AccessTokens Tokens(ParseResult arguments, string directory)
    {
        if (arguments.IsGiven(_tokenFile)) return TokensIn(arguments.Text(_tokenFile));
        var lines = new[] { "read", "ingest", "operate" }
            .Select(role => (role, token: Environment.GetEnvironmentVariable($"MYSTICETI_{role.ToUpperInvariant()}_TOKEN")))
            .Where(line => !string.IsNullOrEmpty(line.token)).Select(line => $"{line.role}={line.token}").ToArray();
        if (lines.Length > 0) return AccessTokens.Parse(lines, "MYSTICETI_*_TOKEN");
        var file = Path.Combine(directory, "tokens");
        if (!File.Exists(file)) PrivateFile.Write(file, AccessTokens.Generate());
        return TokensIn(file);
    }

    private static AccessTokens TokensIn(string file)
    {
        try
        {
            return AccessTokens.Parse(File.ReadAllLines(file), $"token file '{file}'");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"token file '{file}' cannot be read: {error.Message}");
        }
    }

    private static string? PostgresOfEnvironment()
    {
        if (Environment.GetEnvironmentVariable("POSTGRES_HOST") is not { Length: > 0 } host) return null;
        return new NpgsqlConnectionStringBuilder
        {
            Host = host,
            Port = Environment.GetEnvironmentVariable("POSTGRES_PORT") is { Length: > 0 } port ? Values.Whole("POSTGRES_PORT", port, 1, 65_535, "a port") : 5432,
            Username = Environment.GetEnvironmentVariable("POSTGRES_USER") ?? "mysticeti",
            Password = Environment.GetEnvironmentVariable("POSTGRES_PASSWORD"),
            Database = Environment.GetEnvironmentVariable("POSTGRES_DB") ?? "mysticeti",
        }.ToString();
    }

    private static Uri? UrlOfEnvironment(string name) => Environment.GetEnvironmentVariable(name) is not { Length: > 0 } text
        ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : throw new UsageException($"{name} is no http URL");
}
