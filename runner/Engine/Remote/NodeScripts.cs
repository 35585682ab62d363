using System.Globalization;
using Mysticeti.Engine.Networks;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Remote;

/// <summary>What is done to single validators on purpose, as POSIX shell for their host. What has an end there ends by itself: no host waits for its runner.</summary>
internal sealed class NodeScripts(InstallScript install)
{
    /// <summary>The word after which <see cref="AwaitEnd"/> prints the log.</summary>
    public const string Ended = "ended";

    private const int LogLines = 3;

    private static readonly string Lease = INodeControl.KillLease.TotalSeconds.ToString(CultureInfo.InvariantCulture);

    private string Timer => ShellText.Quote($"{install.Root}/dead-man.pid");

    private string Pid => ShellText.Quote($"{install.Root}/validator.pid");

    private string Quoted => ShellText.Quote(install.Launch.Name);

    // What looks is not to show in the measurement: Docker's client takes some of a core for a moment, the others next to nothing.
    private string LookSeconds => install.Runtime == HostRuntime.Docker ? "5" : "1";

    /// <summary>Ends it as a crash would; after <see cref="INodeControl.KillLease"/> the host starts it again by itself.</summary>
    public string Kill() => install.Script(
        EndTimer,
        install.Runtime switch
        {
            HostRuntime.Docker => $"as_root docker kill {Quoted} >/dev/null 2>&1 || true",
            // A unit that is restarted on failure would come back at once.
            HostRuntime.Systemd => $"as_root systemctl kill --signal=KILL {Quoted} 2>/dev/null || true; as_root systemctl stop {Quoted}",
            _ => $"if {Runs}; then kill -9 \"$pid\"; fi",
        },
        StartTimer(Lease, install.Start()));

    /// <summary>Starts it on the storage that it left; one that runs is left alone.</summary>
    public string Start() => install.Script(
        EndTimer,
        install.Runtime switch
        {
            HostRuntime.Docker => $"as_root docker start {Quoted} >/dev/null",
            HostRuntime.Systemd => $"{install.ForgetFailures}; as_root systemctl start {Quoted}",
            _ => $"if ! {Runs}; then sh -c {ShellText.Quote(install.Start())}; fi",
        });

    /// <summary>Freezes it; it goes on after <paramref name="longest"/> by itself.</summary>
    public string Pause(TimeSpan longest) => install.Script(
        EndTimer,
        StartTimer(Math.Ceiling(longest.TotalSeconds).ToString(CultureInfo.InvariantCulture), install.Script(Continue)),
        install.Runtime switch
        {
            // Neither docker pause, which a health check that starts just then can hang, nor docker kill, after which the engine would not restart it.
            HostRuntime.Docker => $"{{ {Inside}; }} || fail 'the validator does not run'; as_root sh -c \"kill -STOP $pid\"",
            HostRuntime.Systemd => $"as_root systemctl kill --signal=STOP {Quoted}",
            _ => $"{Runs} || fail 'the validator does not run'; kill -STOP \"$pid\"",
        });

    /// <summary>Waits until it has ended, or runs as another process than at first; then prints <see cref="Ended"/> and the end of its log.</summary>
    public string AwaitEnd() => install.Script(
        install.Runtime switch
        {
            HostRuntime.Docker => "identity() { as_root docker inspect --format '{{if .State.Running}}{{.State.StartedAt}}{{end}}' " + Quoted + " 2>/dev/null || true; }",
            HostRuntime.Systemd => $"identity() {{ systemctl show --property=MainPID --value {Quoted} | sed 's/^0$//'; }}",
            _ => $"identity() {{ if {Runs}; then echo \"$pid\"; fi; }}",
        },
        "first=$(identity)",
        // The empty line finds out whether the login is still there: without it the script ends.
        $"while [ -n \"$first\" ] && [ \"$(identity)\" = \"$first\" ]; do echo; sleep {LookSeconds}; done",
        $"echo {Ended}",
        $"sh -c {ShellText.Quote(install.Logs(LogLines))}");

    /// <summary>Lets it go on, and nothing happen by itself any more; one that is not frozen is left alone.</summary>
    public string Resume() => install.Script(EndTimer, Continue);

    private string Continue => install.Runtime switch
    {
        HostRuntime.Docker => $"if {Inside}; then as_root sh -c \"kill -CONT $pid\"; fi",
        HostRuntime.Systemd => $"as_root systemctl kill --signal=CONT {Quoted} 2>/dev/null || true",
        _ => $"if {Runs}; then kill -CONT \"$pid\"; fi",
    };

    // A process id alone may be a stranger's by now; with the moment of its start it is not.
    private string Runs => $"{{ read -r pid started <{Pid} && [ \"$(cut -d ' ' -f 22 \"/proc/$pid/stat\" 2>/dev/null)\" = \"$started\" ] && ! grep -q '^[0-9]* ([^)]*) Z' \"/proc/$pid/stat\"; }} 2>/dev/null";

    // The process id, as the host counts, of what the container runs; where it runs nothing, the engine says 0.
    private string Inside => $"pid=$(as_root docker inspect --format '{{{{.State.Pid}}}}' {Quoted} 2>/dev/null) && [ \"$pid\" -gt 0 ]";

    private string EndTimer => $"if read -r timer <{Timer} 2>/dev/null; then kill -- -\"$timer\" 2>/dev/null || true; rm -f {Timer}; fi";

    // In a session of its own, so that neither the end of the login nor that of the runner reaches it, and so that it can be ended as a group.
    private string StartTimer(string seconds, string then) =>
        $"setsid sh -c {ShellText.Quote($"echo $$ >{Timer}; sleep {seconds}; rm -f {Timer}; {then}")} </dev/null >/dev/null 2>&1 &";
}
