using System.Collections.Immutable;
using System.Globalization;

namespace Mysticeti.Topology;

/// <summary>Steps that scripts for hosts have in common, in POSIX shell. They use <c>as_root</c> and <c>fail</c> of <see cref="Script"/>.</summary>
internal static class HostSteps
{
    /// <summary>Installs Docker where it is missing, and sees that its engine runs.</summary>
    public static ImmutableArray<string> InstallDocker { get; } =
    [
        "if ! command -v docker >/dev/null 2>&1; then",
        "  command -v apt-get >/dev/null 2>&1 || fail 'Docker is missing and this is no Debian or Ubuntu: install Docker first'",
        // While others update the lists (the host's own timer, another validator's script), apt does not wait for them.
        "  left=30",
        "  until as_root apt-get -q update >/dev/null; do",
        "    [ $left -gt 0 ] || exit 1",
        "    left=$((left - 1)); sleep 2",
        "  done",
        "  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends docker.io >/dev/null",
        "fi",
        "as_root docker version >/dev/null 2>&1 || as_root systemctl enable --now docker",
    ];

    /// <summary>Waits for the end of a cloud-init that may still be running the same steps, and fails where it failed.</summary>
    public static string AwaitCloudInit =>
        "if command -v cloud-init >/dev/null 2>&1; then cloud-init status --wait >/dev/null || fail \"cloud-init: $(cloud-init status --long)\"; fi";

    /// <summary>Shuts the host down after so many hours.</summary>
    // A timer with a date, not 'shutdown +n': it outlives a reboot, and what was missed while the host was off is made up for at its start.
    public static ImmutableArray<string> EndAfter(int hours) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"end=$(date -u -d '+{hours} hours' '+%Y-%m-%d %H:%M:%S UTC')"),
        "if [ ! -e /etc/systemd/system/mysticeti-end.timer ]; then",
        "  printf '[Unit]\\nDescription=End of this benchmark host\\n[Service]\\nType=oneshot\\nExecStart=/sbin/shutdown -h now\\n' | as_root tee /etc/systemd/system/mysticeti-end.service >/dev/null",
        "  printf '[Timer]\\nOnCalendar=%s\\nPersistent=true\\n[Install]\\nWantedBy=timers.target\\n' \"$end\" | as_root tee /etc/systemd/system/mysticeti-end.timer >/dev/null",
        "  as_root systemctl daemon-reload",
        "  as_root systemctl enable --now mysticeti-end.timer",
        "fi",
    ];

    /// <summary>Makes a directory that belongs to whoever logs in, and to nobody else.</summary>
    public static ImmutableArray<string> OwnDirectory(string path) =>
    [
        // What is made on the way to it is to be theirs as well, where they may make it.
        $"mkdir -p {ShellText.Quote(path)} 2>/dev/null || as_root mkdir -p {ShellText.Quote(path)}",
        $"as_root chown \"$(id -u):$(id -g)\" {ShellText.Quote(path)}",
        $"chmod 700 {ShellText.Quote(path)}",
    ];

    /// <summary>The steps as a script that stops at the first that fails.</summary>
    /// <param name="root">Whether any of them needs root, by sudo without a password where somebody else logs in.</param>
    public static string Script(bool root, IEnumerable<string> steps) => string.Join('\n',
    [
        "#!/bin/sh",
        "set -eu",
        "fail() { echo \"error: $*\" >&2; exit 1; }",
        root ? "as_root() { if [ \"$(id -u)\" = 0 ]; then \"$@\"; else sudo -n \"$@\"; fi; }" : "as_root() { \"$@\"; }",
        .. steps,
        "",
    ]);
}
