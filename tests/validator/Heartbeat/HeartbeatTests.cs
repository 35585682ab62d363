using System.Net;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Mysticeti.Consensus;
using Mysticeti.Metrics;
using Mysticeti.Topology;
using Mysticeti.Validator.Cli;
using Mysticeti.Validator.Contract;
using Mysticeti.Validator.Heartbeat;
using Mysticeti.Validator.Node;
using Mysticeti.Validator.Tests.Links;
using Mysticeti.Validator.Tests.Rpc;

namespace Mysticeti.Validator.Tests.Heartbeat;

/// <summary>Heartbeats as a real HTTP backend sees them.</summary>
public sealed class HeartbeatTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly Channel<string> _received = Channel.CreateUnbounded<string>();
    private readonly RecordingLog _log = new();
    private readonly TestNetwork _network = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(30));
    private readonly WebApplication _backend;
    private int _status = 200;
    private string? _authorization;

    public HeartbeatTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(100));
        _backend = builder.Build();
        _backend.MapPost("/v1/submit", async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            Assert.NotNull(context.Request.ContentLength);
            _authorization = context.Request.Headers.Authorization;
            var body = await reader.ReadToEndAsync();
            context.Response.StatusCode = Volatile.Read(ref _status);
            await context.Response.WriteAsync("line one\nline two");
            await context.Response.CompleteAsync();
            _received.Writer.TryWrite(body);
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _backend.DisposeAsync();
        _network.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Every_five_seconds_a_signed_message_goes_out_with_a_higher_counter()
    {
        await using var sender = await StartAsync();
        var first = Verified(await _received.Reader.ReadAsync(_limit.Token));
        Assert.Equal(
            ["authority", "public_key", "deployment_id", "boot_id", "counter", "created_at", "rpc_url", "version", "round", "commit_index", "signature"],
            first.EnumerateObject().Select(member => member.Name));
        Assert.Equal("1970-01-01T00:00:00.000Z", first.GetProperty("created_at").GetString());

        await Until.TrueAsync(() => _time.Waiting == 1);
        _time.Advance(HeartbeatSender.Interval - TimeSpan.FromMilliseconds(1));
        Assert.False(_received.Reader.TryRead(out _));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var second = Verified(await _received.Reader.ReadAsync(_limit.Token));
        Assert.Equal(first.GetProperty("counter").GetInt64() + 4_999, second.GetProperty("counter").GetInt64());
        Assert.Equal("1970-01-01T00:00:05.000Z", second.GetProperty("created_at").GetString());
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task A_failing_backend_is_worth_one_warning_and_its_return_one_line()
    {
        Volatile.Write(ref _status, 401);
        await using var sender = await StartAsync();
        for (var i = 0; i < 3; i++) await BeatAsync();
        Assert.Equal(["Warning"], _log.Lines.Select(line => line.Split(' ')[0]));
        Assert.Contains("it answered 401: line one line two;", _log.Lines[0], StringComparison.Ordinal);
        Volatile.Write(ref _status, 200);
        for (var i = 0; i < 2; i++) await BeatAsync();
        Assert.Equal(["Warning", "Information"], _log.Lines.Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public async Task Nobody_there_is_a_failure_as_well_and_stopping_does_not_wait_for_it()
    {
        await _backend.StartAsync();
        var url = new Uri(_backend.Urls.Single());
        await _backend.StopAsync();
        await using var sender = Create(url);
        await Until.TrueAsync(() => _log.Lines.Count == 1);
        Assert.Contains("heartbeats do not reach", _log.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_validator_tells_where_it_stands_to_the_address_that_it_was_given()
    {
        await _backend.StartAsync();
        var directory = Directory.CreateTempSubdirectory("mysticeti-test-");
        try
        {
            var tokenFile = Path.Combine(directory.FullName, "token");
            await File.WriteAllTextAsync(tokenFile, "0123456789abcdef\n");
            var plan = GenesisFiles.Write(GenesisFiles.Specify(committee: 4, basePort: 0), Path.Combine(directory.FullName, "network"), TimeProvider.System);
            var launch = plan.Nodes[2];
            await using var node = await ValidatorNode.StartAsync(
                new RunOptions
                {
                    AuthorityIndex = 2, GenesisPath = launch.GenesisPath, KeyPath = launch.KeyPath, WorkingDirectory = launch.WorkingDirectory,
                    Bind = IPAddress.Loopback, RpcPort = launch.RpcPort, PeerPort = launch.PeerPort, HeartbeatUrl = new Uri(new Uri(_backend.Urls.Single()), "/v1/submit"),
                    HeartbeatTokenPath = tokenFile,
                },
                NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
            var message = Verified(await _received.Reader.ReadAsync(_limit.Token));
            Assert.Equal("Bearer 0123456789abcdef", _authorization);
            Assert.Equal(2, message.GetProperty("authority").GetInt32());
            Assert.Equal(plan.Genesis.Authorities[2].PublicKey, message.GetProperty("public_key").GetString());
            Assert.Equal(plan.Genesis.DeploymentKey, message.GetProperty("deployment_id").GetString());
            Assert.Equal(node.Status.BootId, message.GetProperty("boot_id").GetString());
            Assert.Equal($"http://127.0.0.1:{launch.RpcPort}", message.GetProperty("rpc_url").GetString());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("two\nsecret")]
    public void A_file_that_holds_no_token_is_refused_and_not_quoted(string? text)
    {
        var path = Path.GetTempFileName();
        if (text is null) File.Delete(path);
        else File.WriteAllText(path, text);
        var message = Assert.Throws<ParametersException>(() => BearerToken.Read(path)).Message;
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
        File.Delete(path);
    }

    [Theory]
    [InlineData("ftp://127.0.0.1/")]
    [InlineData("127.0.0.1:8080")]
    public void An_address_that_is_none_is_refused(string url)
    {
        var errors = ValidatorCommand.Create().Parse(
            ["run", "--authority-index", "0", "--genesis", "g", "--key", "k", "--working-directory", "d", "--heartbeat-url", url]).Errors;
        Assert.Contains("--heartbeat-url", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    private async Task BeatAsync()
    {
        await _received.Reader.ReadAsync(_limit.Token);
        await Until.TrueAsync(() => _time.Waiting == 1);
        _time.Advance(HeartbeatSender.Interval);
    }

    private async Task<HeartbeatSender> StartAsync()
    {
        await _backend.StartAsync();
        return Create(new Uri(new Uri(_backend.Urls.Single()), "/v1/submit"));
    }

    private HeartbeatSender Create(Uri url) => new(
        url, token: null,
        counter => new HeartbeatMessage(
            2, _network.Genesis.Authorities[2].PublicKey, "deployment", "boot", counter, _time.GetUtcNow(), "http://127.0.0.1:26659", "1.0.0", 42, 7),
        _network.Keys[2], new MetricRegistry(), _time, _log);

    private static JsonElement Verified(string body)
    {
        using var document = JsonDocument.Parse(body);
        var message = document.RootElement.Clone();
        var cut = body.IndexOf(",\"signature\"", StringComparison.Ordinal);
        var key = new Ed25519.PublicKey(Convert.FromHexString(message.GetProperty("public_key").GetString()!));
        Assert.True(key.Verify(Encoding.UTF8.GetBytes($"{body[..cut]}}}"), message.GetProperty("signature").GetBytesFromBase64()));
        return message;
    }

    private sealed class RecordingLog : ILogger
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines) return [.. _lines];
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines) _lines.Add($"{logLevel} {formatter(state, exception)}");
        }
    }
}
