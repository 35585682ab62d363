using System.Globalization;

namespace Mysticeti.Topology;

/// <summary>How a host keeps its validator running.</summary>
public enum HostRuntime
{
    /// <summary>A container on the host's own network; Docker is installed where it is missing (root, or sudo without a password).</summary>
    Docker,

    /// <summary>A systemd service of the published executable (root, or sudo without a password).</summary>
    Systemd,

    /// <summary>A plain process of whoever logs in; needs no rights.</summary>
    Process,
}

/// <summary>
/// What is done on one host to make it run one validator: the same script whether cloud-init runs it as user data, Pulumi.Command or an SSH
/// session. It is POSIX shell, stops at the first command that fails, says in one line what is missing, and may be run again.
/// </summary>
/// <remarks>
/// The parts, in their order: <see cref="Prepare"/> needs no file of the network and so holds no secret (user data can be read by everything
/// on a cloud instance); then genesis and key are put to <see cref="GenesisPath"/> and <see cref="KeyPath"/>, parameters
/// to <see cref="ParametersPath"/> where there are any, and what is to run to <see cref="PayloadPath"/> unless it is pulled; then <see cref="Start"/>. <see cref="Remove"/> undoes all of it but
/// the installed packages.
/// </remarks>
public sealed record InstallScript
{
    /// <summary>Where a container sees the root: its launch has the paths <c>LaunchPaths.Alone(InstallScript.ContainerRoot)</c>.</summary>
    public const string ContainerRoot = "/mysticeti";

    /// <summary>The validator. Its paths are <c>LaunchPaths.Alone</c> of <see cref="ContainerRoot"/> (Docker) or of <see cref="Root"/>.</summary>
    public required ValidatorLaunch Launch { get; init; }

    public required HostRuntime Runtime { get; init; }

    /// <summary>Absolute directory on the host that is this validator's alone; it and all in it goes with <see cref="Remove"/>.</summary>
    public required string Root { get; init; }

    /// <summary>Docker: the image. Pulled, unless the host has it or <see cref="PayloadPath"/> does.</summary>
    public string Image { get; init; } = ContainerImages.Validator;

    /// <summary>Systemd and Process: the validator's executable on the host.</summary>
    public string? Executable { get; init; }

    /// <summary>Hours after <see cref="Prepare"/> at which the host shuts itself down, reboots or not; null: never.</summary>
    public int? TtlHours { get; init; }

    /// <summary>Longest wait, in seconds, for the validator to answer once started.</summary>
    public int HealthSeconds { get; init; } = 60;

    /// <summary>Where the genesis file has to be put.</summary>
    public string GenesisPath => $"{Root}/genesis.json";

    /// <summary>Where the key file has to be put, with mode 0600.</summary>
    public string KeyPath => $"{Root}/key.json";

    /// <summary>Where the parameters file has to be put, if the launch has one.</summary>
    public string ParametersPath => $"{Root}/{ParametersFile.FileName}";

    /// <summary>Where to put what the host cannot pull: an image (<c>docker save</c>, gzip or not), or the published directory as tar.gz.</summary>
    public string PayloadPath => Runtime == HostRuntime.Docker ? $"{Root}/image.tar" : $"{Root}/validator.tar.gz";

    /// <summary>The plain process's log file; the other runtimes have their own (<see cref="Logs"/>).</summary>
    public string LogPath => $"{Root}/validator.log";

    private string[] Files => [GenesisPath, KeyPath, .. Launch.ParametersPath is null ? (string[])[] : [ParametersPath]];

    // There once an image was brought, which then goes with the validator.
    private string LoadedPath => $"{Root}/image.loaded";

    // The genesis file that the stored blocks are of.
    private string StoredByPath => $"{Root}/stored-by.json";

    private string DataPath => $"{Root}/data";

    private string PidPath => $"{Root}/validator.pid";

    private string Program => Executable ?? $"{Root}/bin/mysticeti-validator";

    private string Unit => $"{Launch.Name}.service";

    /// <summary>Systemd: a step that lets the service be started, however often it has failed or was killed.</summary>
    public string ForgetFailures => $"as_root systemctl reset-failed {Quoted(Unit)} 2>/dev/null || true";

    private string UnitPath => $"/etc/systemd/system/{Unit}";

    // A container or service of another name than the process that runs it.
    private string Name => ShellText.Quote(Launch.Name);

    /// <summary>Installs what the runtime needs, makes <see cref="Root"/>, and sets the end of the host where it has one.</summary>
    public string Prepare() => Script(
    [
        .. Runtime == HostRuntime.Docker ? HostSteps.InstallDocker : [],
        .. TtlHours is { } hours ? HostSteps.EndAfter(hours) : [],
        .. HostSteps.OwnDirectory(Root),
    ]);

    /// <summary>
    /// What goes before <see cref="Prepare"/> on a host whose cloud-init may still be running the same: waits for its end, and fails where it failed.
    /// Not for user data, which cloud-init itself waits for.
    /// </summary>
    public string AwaitUserData() => Script([HostSteps.AwaitCloudInit]);

    /// <summary>Starts the validator, in place of one that runs, and returns once it answers. What one of another committee stored here is deleted first.</summary>
    public string Start() => Script(
    [
        $"for file in {ShellText.Join(Files)}; do [ -s \"$file\" ] || fail \"$file is missing: it has to be put there first\"; done",
        $"chmod 600 {Quoted(KeyPath)}",
        .. ForgetOtherCommittee(),
        $"mkdir -p {Quoted(DataPath)}",
        .. Runtime switch
        {
            HostRuntime.Docker => StartContainer(),
            HostRuntime.Systemd => [.. UnpackProgram(), .. StartService()],
            _ => [.. UnpackProgram(), .. StopProcess(), .. StartProcess()],
        },
        .. WaitUntilHealthy(),
    ]);

    /// <summary>Stops the validator in an orderly way; its files stay. One that does not run is fine.</summary>
    public string Stop() => Script(StopSteps);

    /// <summary>Stops the validator and deletes its container or service and all its files.</summary>
    public string Remove() => Script(
    [
        .. Runtime switch
        {
            HostRuntime.Docker =>
            [
                $"if as_root docker inspect {Name} >/dev/null 2>&1; then as_root docker rm --force {Name} >/dev/null; fi",
                // It stays where another validator of the host still runs it. Those that it has replaced have no name any more.
                $"if [ -e {Quoted(LoadedPath)} ]; then as_root docker image rm {Quoted(Image)} >/dev/null 2>&1 || true; as_root docker image prune --force --filter label={ContainerImages.SourcesLabel} >/dev/null; fi",
            ],
            HostRuntime.Systemd =>
            [
                $"as_root systemctl disable --now {Quoted(Unit)} 2>/dev/null || true",
                $"as_root rm -rf {Quoted(UnitPath)} {Quoted($"{UnitPath}.d")}",
                "as_root systemctl daemon-reload",
                ForgetFailures,
            ],
            _ => StopProcess(),
        },
        $"as_root rm -rf {Quoted(Root)}",
    ]);

    /// <summary>Prints the end of the validator's log.</summary>
    public string Logs(int lines) => Script(Runtime switch
    {
        HostRuntime.Docker => [$"as_root docker logs --tail {Text(lines)} {Name} 2>&1"],
        HostRuntime.Systemd => [$"as_root journalctl --unit {Quoted(Unit)} --lines {Text(lines)} --output cat --no-pager"],
        _ => [$"tail -n {Text(lines)} {Quoted(LogPath)}"],
    });

    private string[] StopSteps => Runtime switch
    {
        HostRuntime.Docker => [$"if as_root docker inspect {Name} >/dev/null 2>&1; then as_root docker stop {Name} >/dev/null; fi"],
        HostRuntime.Systemd => [$"as_root systemctl stop {Quoted(Unit)} 2>/dev/null || true"],
        _ => StopProcess(),
    };

    // No validator starts on what another committee's stored, and nobody else has use for it.
    private string[] ForgetOtherCommittee() =>
    [
        $"if [ -e {Quoted(StoredByPath)} ] && ! cmp -s {Quoted(GenesisPath)} {Quoted(StoredByPath)}; then",
        .. StopSteps,
        $"  as_root rm -rf {Quoted(DataPath)}",
        "fi",
        $"cp {Quoted(GenesisPath)} {Quoted(StoredByPath)}",
    ];

    private string[] StartContainer()
    {
        var image = Quoted(Image);
        string[] run =
        [
            "docker", "run", "--detach", "--name", Launch.Name, "--network", "host", "--restart", "unless-stopped",
            "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--read-only", "--tmpfs", $"{ContainerPlan.ScratchPath}:{ContainerPlan.ScratchOptions}",
            "--pids-limit", Text(ContainerPlan.MaxProcesses), "--log-opt", "max-size=50m", "--log-opt", "max-file=2",
            // The image's own check is for the default port.
            "--health-cmd", ShellText.Join(["bash", "-c", HealthProbe.Script(Launch.RpcPort)]),
            "--user", "USER", .. Launch.Environment.SelectMany(variable => (string[])["--env", $"{variable.Key}={variable.Value}"]),
            "--volume", $"{Root}:{ContainerRoot}", Image, .. Launch.Arguments,
        ];
        return
        [
            $"if [ -s {Quoted(PayloadPath)} ]; then as_root docker load --quiet --input {Quoted(PayloadPath)} >/dev/null; rm -f {Quoted(PayloadPath)}; : >{Quoted(LoadedPath)}; fi",
            $"as_root docker image inspect {image} >/dev/null 2>&1 || as_root docker pull --quiet {image} >/dev/null || fail 'image' {image} 'cannot be pulled'",
            $"as_root docker rm --force {Name} >/dev/null 2>&1 || true",
            // As whoever logs in, whose the files are; where that is root, as the image's own user.
            "user=\"$(id -u):$(id -g)\"",
            $"if [ \"$(id -u)\" = 0 ]; then user={ContainerImages.ValidatorUser}; chown -R \"$user\" {Quoted(Root)}; fi",
            $"as_root {ShellText.Join(run).Replace("--user USER", "--user \"$user\"", StringComparison.Ordinal)} >/dev/null",
        ];
    }

    private string[] UnpackProgram() => Executable is not null
        ? [$"[ -x {Quoted(Program)} ] || fail {Quoted($"{Program} is missing or cannot be executed")}"]
        :
        [
            $"if [ -s {Quoted(PayloadPath)} ]; then rm -rf {Quoted($"{Root}/bin")}; mkdir {Quoted($"{Root}/bin")}; tar -xzf {Quoted(PayloadPath)} -C {Quoted($"{Root}/bin")}; rm -f {Quoted(PayloadPath)}; fi",
            $"[ -x {Quoted(Program)} ] || fail {Quoted($"{Program} is missing: {PayloadPath} has to be put there first")}",
        ];

    private string[] StartService() =>
    [
        $"printf '%s' {Quoted(ServiceUnit.File)} | as_root tee {Quoted(UnitPath)} >/dev/null",
        $"as_root mkdir -p {Quoted($"{UnitPath}.d")}",
        $"printf '%s\\nUser=%s\\n' {Quoted(ServiceUnit.DropIn(Launch, Program, Root))} \"$(id -un)\" | as_root tee {Quoted($"{UnitPath}.d/place.conf")} >/dev/null",
        "as_root systemctl daemon-reload",
        $"as_root systemctl enable {Quoted(Unit)} 2>/dev/null",
        ForgetFailures,
        $"as_root systemctl restart {Quoted(Unit)}",
    ];

    // The shell opens the log and becomes the validator, in a session of its own: the end of the SSH session does not reach it.
    private string[] StartProcess()
    {
        var environment = Launch.Environment.Select(variable => $"{variable.Key}={variable.Value}");
        return
        [
            $"setsid {ShellText.Join(["env", .. environment, Program, .. Launch.Arguments])} </dev/null >>{Quoted(LogPath)} 2>&1 &",
            $"echo \"$! $(cut -d ' ' -f 22 /proc/$!/stat)\" >{Quoted(PidPath)}",
        ];
    }

    // A process id alone may be a stranger's by now; with the moment of its start it is not.
    private string[] StopProcess() =>
    [
        $"if read -r pid started <{Quoted(PidPath)} 2>/dev/null; then",
        "  runs() { [ \"$(cut -d ' ' -f 22 \"/proc/$pid/stat\" 2>/dev/null)\" = \"$started\" ] && ! grep -q '^[0-9]* ([^)]*) Z' \"/proc/$pid/stat\"; }",
        "  if runs; then kill \"$pid\" 2>/dev/null || true; fi",
        "  left=50",
        "  while runs; do",
        "    if [ $left -eq 0 ]; then kill -9 \"$pid\" 2>/dev/null || true; fi",
        "    left=$((left - 1)); sleep 0.1",
        "  done",
        $"  rm -f {Quoted(PidPath)}",
        "fi",
    ];

    private string[] WaitUntilHealthy() =>
    [
        $"left={Text(HealthSeconds)}",
        $"until bash -c {Quoted(HealthProbe.Script(Launch.RpcPort))} 2>/dev/null; do",
        $"  if [ $left -eq 0 ]; then fail '{Launch.Name} does not answer on port {Text(Launch.RpcPort)} after {Text(HealthSeconds)} s; the end of its log:' \"$({{ {LogTail()}; }} 2>&1)\"; fi",
        "  left=$((left - 1)); sleep 1",
        "done",
    ];

    private string LogTail() => Runtime switch
    {
        HostRuntime.Docker => $"as_root docker logs --tail 3 {Name}",
        HostRuntime.Systemd => $"as_root journalctl --unit {Quoted(Unit)} --lines 3 --output cat --no-pager",
        _ => $"tail -n 3 {Quoted(LogPath)}",
    };

    /// <summary>Further steps as a script like the parts: it stops at the first that fails, and has <c>as_root COMMAND..</c> and <c>fail MESSAGE</c>.</summary>
    // A plain process is the user's own: nothing of it needs root.
    public string Script(params IEnumerable<string> steps) => HostSteps.Script(Runtime != HostRuntime.Process, steps);

    private static string Quoted(string text) => ShellText.Quote(text);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
