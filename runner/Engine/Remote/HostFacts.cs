using System.Globalization;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Remote;

/// <summary>What a host is and has, as one look at it tells. It is asked with a POSIX shell and what every Linux has; nothing is changed.</summary>
internal sealed record HostFacts
{
    /// <summary>Free memory in bytes below which no validator is started.</summary>
    public const long LeastMemory = 256L << 20;

    /// <summary>Free disk space in bytes below which no validator is started.</summary>
    public const long LeastDisk = 1L << 30;

    // In Docker's own templates, whose braces are those of C#.
    private const string Label = "{{index .Config.Labels \"" + ContainerImages.SourcesLabel + "\"}}";
    private const string Running = "{{.State.Running}}";

    // Facts as lines of "name value". $1: directory below the home, $2: name of the node, $3: runtime.
    private const string Script = $$"""
        engine() { if [ "$(id -u)" = 0 ]; then docker "$@"; else sudo -n docker "$@"; fi 2>/dev/null; }
        root="$HOME/$1"
        where=$root
        while [ ! -d "$where" ]; do where=$(dirname "$where"); done
        echo "home $HOME"
        echo "system $(uname -s)"
        echo "machine $(uname -m)"
        echo "clock $(date +%s%N)"
        echo "disk $(df -Pk "$where" | awk 'NR == 2 { print $4 }')"
        echo "memory $(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)"
        echo "ports $(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { sub(/.*:/, "", $2); print $2 }' | sort -u | tr '\n' ' ')"
        if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then echo "root yes"; else echo "root no"; fi
        if command -v docker >/dev/null 2>&1; then echo "docker yes"; else echo "docker no"; fi
        if [ -d /run/systemd/system ]; then echo "systemd yes"; else echo "systemd no"; fi
        if command -v bash >/dev/null 2>&1; then echo "bash yes"; else echo "bash no"; fi
        if [ -n "$(find /lib /usr/lib /lib64 /usr/lib64 \( -name 'libssl.so.3' -o -name 'libssl.so.1.1' \) 2>/dev/null | head -n 1)" ]; then echo "openssl yes"; else echo "openssl no"; fi
        echo "installed $([ -d "$root" ] && echo yes || echo no)"
        echo "genesis $(sha256sum "$root/genesis.json" 2>/dev/null | cut -d ' ' -f 1)"
        echo "launch $(cat "$root/launch.sha256" 2>/dev/null)"
        payload=$(cat "$root/payload.sha256" 2>/dev/null)
        running=no
        case $3 in
        Process)
          if read -r pid started <"$root/validator.pid" 2>/dev/null && [ "$(cut -d ' ' -f 22 "/proc/$pid/stat" 2>/dev/null)" = "$started" ]; then running=yes; fi ;;
        Systemd)
          if systemctl is-active --quiet "$2" 2>/dev/null; then running=yes; fi ;;
        Docker)
          # What the engine has under that name, whoever brought it.
          payload=$(engine image inspect --format '{{Label}}' {{ContainerImages.Validator}})
          if [ "$(engine inspect --format '{{Running}}' "$2")" = true ]; then running=yes; fi ;;
        esac
        echo "payload $payload"
        echo "running $running"
        """;

    private readonly Dictionary<string, string> _values;

    private HostFacts(Dictionary<string, string> values) => _values = values;

    /// <summary>Where the login's own files are.</summary>
    public string Home => _values["home"];

    /// <summary>How far the host's clock is ahead of ours; wrong by at most half of <see cref="ClockError"/>.</summary>
    public required TimeSpan ClockOffset { get; init; }

    /// <summary>How long the question took.</summary>
    public required TimeSpan ClockError { get; init; }

    /// <summary>Whether anything of the network lies on the host.</summary>
    public bool IsInstalled => Is("installed");

    public bool IsRunning => Is("running");

    /// <summary>SHA-256 of the genesis file there; empty: none.</summary>
    public string GenesisHash => Value("genesis");

    /// <summary><see cref="ValidatorPackage.Hash"/> of the validator that is there; empty: none.</summary>
    public string PayloadHash => Value("payload");

    /// <summary>Names what runs; see <see cref="RemoteNode.LaunchHash"/>.</summary>
    public string LaunchHash => Value("launch");

    /// <summary>The runtime identifier of .NET for the host; null: there is none.</summary>
    public string? RuntimeIdentifier => (Value("system"), Value("machine")) switch
    {
        ("Linux", "x86_64" or "amd64") => "linux-x64",
        ("Linux", "aarch64" or "arm64") => "linux-arm64",
        _ => null,
    };

    public static (string[] Command, string Input) Question(string directory, string node, HostRuntime runtime) =>
        (["sh", "-s", "--", directory, node, runtime.ToString()], Script);

    /// <param name="before">When it was asked.</param>
    /// <param name="after">When it was answered.</param>
    public static HostFacts Read(string output, DateTimeOffset before, DateTimeOffset after)
    {
        var values = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2))
            .Where(parts => parts.Length == 2).GroupBy(parts => parts[0]).ToDictionary(group => group.Key, group => group.Last()[1].Trim());
        var clock = long.TryParse(values.GetValueOrDefault("clock"), NumberStyles.None, CultureInfo.InvariantCulture, out var ns) ? ns : 0;
        var middle = before + ((after - before) / 2);
        return new HostFacts(values)
        {
            ClockOffset = clock == 0 ? TimeSpan.Zero : DateTimeOffset.UnixEpoch.AddTicks(clock / 100) - middle,
            ClockError = after - before,
        };
    }

    /// <summary>Why no validator can run there; null: it can.</summary>
    /// <param name="ports">Those that it would listen on.</param>
    /// <param name="payloadBytes">What is to be uploaded.</param>
    public string? Obstacle(HostRuntime runtime, IEnumerable<int> ports, long payloadBytes)
    {
        if (RuntimeIdentifier is null) return $"it is {Value("system")} on {Value("machine")}; validators run on Linux on x86_64 and aarch64";
        // What it needs is there already, and in use by itself.
        if (IsRunning) return null;
        if (Number("disk") * 1024 is var disk && disk < LeastDisk + (3 * payloadBytes))
            return $"its disk has {Mebibytes(disk)} free in {Home}; {Mebibytes(LeastDisk + (3 * payloadBytes))} are needed";
        if (Number("memory") * 1024 is var memory && memory < LeastMemory) return $"it has {Mebibytes(memory)} of free memory; {Mebibytes(LeastMemory)} are needed";
        var listening = Value("ports").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(port => int.Parse(port, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToHashSet();
        if (ports.FirstOrDefault(listening.Contains) is var taken and not 0) return $"its port {taken} is in use by another program; stop it, or choose other ports with --base-port";
        if (!Is("bash")) return "it has no bash, which the start script needs";
        if (runtime != HostRuntime.Docker && !Is("openssl")) return "it lacks OpenSSL's library; install libssl3 there";
        if (runtime == HostRuntime.Systemd && !Is("systemd")) return "it does not run systemd; use --host-runtime process";
        if (runtime != HostRuntime.Process && !Is("root")) return $"its user may not use sudo without a password, which --host-runtime {Word(runtime)} needs; allow it, or use --host-runtime process";
        return null;
    }

    private static string Word(HostRuntime runtime) => runtime.ToString().ToLowerInvariant();

    private static string Mebibytes(long bytes) => $"{bytes >> 20} MiB";

    private string Value(string name) => _values.GetValueOrDefault(name, "");

    private bool Is(string name) => Value(name) == "yes";

    private long Number(string name) => long.TryParse(Value(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;
}
