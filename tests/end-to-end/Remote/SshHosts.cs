using System.Diagnostics;
using System.Globalization;

namespace Mysticeti.EndToEnd.Tests.Remote;

/// <summary>
/// Hosts on this machine, each with an address, a file system view, processes, a user and an OpenSSH server of its own: network, mount and
/// process namespaces behind a bridge. They end with the process that holds them, whatever happens. Needs root.
/// </summary>
internal sealed class SshHosts : IDisposable
{
    // $1: directory of the host, $2: address, $3: size of the home in MiB. The user is nobody's on the machine itself: the accounts are the host's own.
    private const string HostScript = """
        set -e
        cd "$1"
        mount --make-rprivate /
        until ip link show eth0 >/dev/null 2>&1; do sleep 0.05; done
        ip link set lo up
        ip address add "$2/24" dev eth0
        ip link set eth0 up
        mount -t tmpfs -o "size=$3m,mode=755" home /home
        mkdir -p /home/bench/.ssh /run/sshd
        mount --bind passwd /etc/passwd
        mount --bind shadow /etc/shadow
        cp authorized_keys /home/bench/.ssh/authorized_keys
        chown -R 12345:12345 /home/bench
        chmod 700 /home/bench /home/bench/.ssh
        exec /usr/sbin/sshd -D -e -f "$1/sshd_config" 2>"$1/sshd.log"
        """;

    private static int Networks;

    private readonly string _root = Directory.CreateTempSubdirectory("mysticeti-hosts-").FullName;
    private readonly List<Process> _hosts = [];
    private readonly Process _switch;
    private readonly string _link;
    private readonly string _subnet;

    /// <param name="homeMebibytes">Size of each host's disk.</param>
    public SshHosts(int count = 4, params int[] homeMebibytes)
    {
        SkipUnlessPossible();
        var number = Environment.ProcessId % 5_000 * 10 + Interlocked.Increment(ref Networks);
        (_link, _subnet) = ($"mh{number}", string.Create(CultureInfo.InvariantCulture, $"10.{200 + number / 250 % 50}.{number % 250}"));
        // The bridge has a network namespace of its own, where nobody's firewall stands between the hosts.
        _switch = Process.Start(new ProcessStartInfo("unshare", ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sleep", "infinity"]))!;
        Until(() => Init(_switch).Length > 0, "the switch has a process");
        Sh($"ip link add {_link} type veth peer name {_link}p && ip link set {_link}p netns {Init(_switch)} name uplink"
            + $" && {InSwitch} ip link add switch type bridge && {InSwitch} ip link set switch up && {InSwitch} ip link set uplink master switch up"
            + $" && ip address add {_subnet}.254/24 dev {_link} && ip link set {_link} up");
        Sh($"ssh-keygen -q -t ed25519 -N '' -f {Key} && ssh-keygen -q -t ed25519 -N '' -f {StrangeKey}");
        for (var i = 0; i < count; i++) Start(i, i < homeMebibytes.Length ? homeMebibytes[i] : 4_096);
        for (var i = 0; i < count; i++) Await(i);
        File.WriteAllText(Config, $"Host *\n  UserKnownHostsFile {KnownHosts}\n  IdentitiesOnly yes\n");
    }

    /// <summary>A key that every host takes.</summary>
    public string Key => Path.Combine(_root, "key");

    /// <summary>A key that no host takes.</summary>
    public string StrangeKey => Path.Combine(_root, "strange");

    public string KnownHosts => Path.Combine(_root, "known_hosts");

    /// <summary>The OpenSSH configuration that leads to <see cref="KnownHosts"/>.</summary>
    public string Config => Path.Combine(_root, "ssh_config");

    public string Address(int host) => string.Create(CultureInfo.InvariantCulture, $"{_subnet}.{host + 1}");

    /// <summary>The variables that name the hosts.</summary>
    public Dictionary<string, string> Variables()
    {
        var variables = new Dictionary<string, string> { ["SSH_TIMEOUT"] = "5" };
        for (var i = 0; i < _hosts.Count; i++)
        {
            variables[$"MYSTICETI_NODE{i}_HOST"] = Address(i);
            variables[$"MYSTICETI_NODE{i}_SSH_USER"] = "bench";
            variables[$"MYSTICETI_NODE{i}_SSH_KEY"] = Key;
        }

        return variables;
    }

    /// <summary>What a command prints on a host, as root.</summary>
    public string Run(int host, string script)
    {
        using var process = Process.Start(new ProcessStartInfo("nsenter", ["--target", Init(_hosts[host]), "--all", "sh", "-c", script]) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Trim();
    }

    /// <summary>Everything in the user's home but the keys; empty: the host is bare.</summary>
    public string Files(int host) => Run(host, "cd /home/bench && find . -mindepth 1 -not -path './.ssh*' | sort");

    /// <summary>The validators that run on a host.</summary>
    public string Validators(int host) => Run(host, "ps -eo args | grep '[m]ysticeti-validator run' || true");

    /// <summary>Limits how fast a host receives, as <c>tc</c> writes it; null: no longer.</summary>
    public void LimitReceiving(int host, string? rate) => Sh(
        rate is null ? $"{InSwitch} tc qdisc del dev port{host} root" : $"{InSwitch} tc qdisc replace dev port{host} root tbf rate {rate} burst 256kb latency 100ms");

    /// <summary>Gives a host another host key than the known one.</summary>
    public void ForgetHostKey(int host)
    {
        var lines = File.ReadAllLines(KnownHosts);
        var other = lines.First(line => !line.StartsWith(Address(host) + " ", StringComparison.Ordinal)).Split(' ', 2)[1];
        File.WriteAllLines(KnownHosts, lines.Select(line => line.StartsWith(Address(host) + " ", StringComparison.Ordinal) ? $"{Address(host)} {other}" : line));
    }

    public void Dispose()
    {
        foreach (var maker in _hosts.Append(_switch))
        {
            // Process 1 goes with it, and with that everything in the namespaces, links included.
            maker.Kill(entireProcessTree: true);
            maker.WaitForExit();
            maker.Dispose();
        }

        Directory.Delete(_root, recursive: true);
    }

    private static void SkipUnlessPossible()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "hosts are namespaces of Linux, which only root can make");
        if (!File.Exists("/usr/sbin/sshd")) TestTools.Missing("openssh-server is not installed");
        Assert.SkipUnless(Try("unshare --net --mount --pid --fork --mount-proc ip link show lo >/dev/null"), "this machine does not let namespaces be made");
    }

    private string InSwitch => $"nsenter --target {Init(_switch)} --net";

    private void Start(int host, int homeMebibytes)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_root, $"host{host}")).FullName;
        Sh($"ssh-keygen -q -t ed25519 -N '' -f {directory}/host_key");
        File.Copy($"{Key}.pub", $"{directory}/authorized_keys");
        File.WriteAllText($"{directory}/passwd", "root:x:0:0::/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\nbench:x:12345:12345::/home/bench:/bin/sh\n");
        File.WriteAllText($"{directory}/shadow", "root:*:19000:0:99999:7:::\nsshd:*:19000:0:99999:7:::\nbench:*:19000:0:99999:7:::\n");
        File.WriteAllText($"{directory}/sshd_config", $"""
            HostKey {directory}/host_key
            AuthorizedKeysFile .ssh/authorized_keys
            PidFile none
            UsePAM no
            PasswordAuthentication no
            MaxStartups 50
            AllowUsers bench

            """);
        File.AppendAllText(KnownHosts, $"{Address(host)} {File.ReadAllText($"{directory}/host_key.pub")}");
        var process = Process.Start(new ProcessStartInfo(
            "unshare", ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", HostScript, "sh", directory, Address(host), $"{homeMebibytes}"]))!;
        _hosts.Add(process);
        Until(() => Init(process).Length > 0, "the host has a process");
        Sh($"ip link add {_link}a{host} type veth peer name {_link}b{host} && ip link set {_link}a{host} netns {Init(_switch)} name port{host}"
            + $" && {InSwitch} ip link set port{host} master switch up"
            + $" && ip link set {_link}b{host} netns {Init(process)} name eth0");
    }

    private void Await(int host) => Until(
        () => Try($"ssh -F none -i {Key} -o BatchMode=yes -o IdentitiesOnly=yes -o UserKnownHostsFile={KnownHosts} -o ConnectTimeout=2 -l bench {Address(host)} true 2>/dev/null"),
        $"host {host} takes logins: {ReadLog(host)}");

    private string ReadLog(int host) => Path.Combine(_root, $"host{host}", "sshd.log") is var log && File.Exists(log) ? File.ReadAllText(log) : "";

    /// <summary>The machine's number of a namespace's process 1, which is the only child of the process that made the namespaces.</summary>
    private static string Init(Process maker) => File.ReadAllText($"/proc/{maker.Id}/task/{maker.Id}/children").Trim();

    private static void Until(Func<bool> condition, string what)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(30), $"it did not come about that {what}");
            Thread.Sleep(50);
        }
    }

    private static void Sh(string script) => Assert.True(Try(script), script);

    private static bool Try(string script)
    {
        using var process = Process.Start("/bin/sh", ["-c", script]);
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
