using System.Globalization;
using Mysticeti.Engine.Resources;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Remote;

/// <summary>
/// What a validator has used of its host, as one short look tells. The look is a POSIX shell that reads /proc with what it has built in: once the
/// process is known it starts no program, so that it costs the host next to nothing beside what is measured.
/// </summary>
/// <param name="Process">Which process it is, for the next <see cref="Question"/>: its id and the moment of its start.</param>
/// <param name="Counters">Received and sent are those of the whole host.</param>
internal sealed record HostCounters(string Process, ResourceCounters Counters)
{
    /// <summary>Clock ticks a second in /proc, which is the same on every Linux that .NET runs on (USER_HZ).</summary>
    private const double TicksPerSecond = 100;

    // Prints "pid started seconds ticks memory_kb read written received sent", "-" for what is not known; nothing where the validator does not
    // run. $1: directory below the home, $2: name of the node, $3: runtime, $4 and $5: id and start of the process, empty where they are not known.
    private const string Script = """
        directory=$1 name=$2 runtime=$3 pid=$4 started=$5
        # proc(5): after the program's name in parentheses come the fields from the third on.
        look() {
          { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || return 1
          set -- ${stat##*) }
          [ "$1" != Z ] && [ "${started:-${20}}" = "${20}" ] || return 1
          ticks=$((${12} + ${13})) started=${20}
        }
        find() {
          pid='' started=''
          case $runtime in
          Process) read -r pid started <"$HOME/$directory/validator.pid" ;;
          Systemd) pid=$(systemctl show --property MainPID --value "$name") ;;
          Docker) [ "$(id -u)" = 0 ] && sudo='' || sudo='sudo -n'
            pid=$($sudo docker inspect --format '{{.State.Pid}}' "$name") ;;
          esac
          [ -n "$pid" ]
        } 2>/dev/null
        { [ -n "$pid" ] && look; } || { find && look; } || exit 0
        read -r seconds idle </proc/uptime
        memory=- read=- written=- received=0 sent=0
        while read -r key value unit; do
          case $key in VmRSS:) memory=$value ;; esac
        done <"/proc/$pid/status"
        # The kernel lets only the process's own user read it.
        { while read -r key value; do
          case $key in read_bytes:) read=$value ;; write_bytes:) written=$value ;; esac
        done <"/proc/$pid/io"; } 2>/dev/null
        while read -r line; do
          case $line in
          *'|'* | lo:* | docker* | br-* | veth* | virbr*) ;;
          *) set -- ${line#*:}; received=$((received + $1)) sent=$((sent + $9)) ;;
          esac
        done </proc/net/dev
        echo "$pid $started $seconds $ticks $memory $read $written $received $sent"
        """;

    /// <param name="process">Of the last answer; empty: not known.</param>
    public static (string[] Command, string Input) Question(string directory, string node, HostRuntime runtime, string process)
    {
        var known = process.Split(' ');
        return (["sh", "-s", "--", directory, node, runtime.ToString(), known[0], known.Length == 2 ? known[1] : ""], Script);
    }

    /// <summary>Null where the validator does not run.</summary>
    public static HostCounters? Read(string output)
    {
        if (output.Trim().Split(' ') is not [var pid, var started, var seconds, var ticks, var memory, var read, var written, var received, var sent]) return null;
        return Number(ticks) is { } used && Number(memory) is { } resident && double.TryParse(seconds, NumberStyles.Float, CultureInfo.InvariantCulture, out var at)
            ? new HostCounters(
                $"{pid} {started}",
                new ResourceCounters(used / TicksPerSecond, resident * 1024, Number(read), Number(written), Number(received), Number(sent)) { AtSeconds = at })
            : null;
    }

    private static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
