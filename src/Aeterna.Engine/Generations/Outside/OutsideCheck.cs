using System.Globalization;
using Aeterna.Broker;
using Aeterna.Configuration;
using Aeterna.Linux;
using Aeterna.Machine.Plans;

namespace Aeterna.Generations.Outside;

/// <summary>Whether a process can be adopted as what the configuration runs: what can be known of it before anything is done to it.</summary>
internal static class OutsideCheck
{
    private const string Deleted = " (deleted)";

    // Programs that start a daemon anew as soon as it ends. systemd is asked by itself (SystemdUnit).
    private static readonly string[] _supervisors = ["runsv", "s6-supervise", "supervise", "supervisord", "dinit", "circusd", "monit"];

    /// <summary>Looks at it.</summary>
    /// <param name="pid">Its main process.</param>
    /// <param name="service">What the configuration runs.</param>
    /// <param name="environment">Looks up an environment variable of the engine.</param>
    /// <exception cref="OutsideException">It cannot be adopted.</exception>
    public static void Look(int pid, ServicePlan service, Func<string, string?> environment)
    {
        Exists(pid);
        IsNoRelative(pid);
        foreach (var (kind, name) in new[] { ("net", "network"), ("pid", "process"), ("user", "user") })
        {
            Refuse(ProcFs.Link(pid, $"ns/{kind}") is not null && !ProcFs.SharesNamespace(pid, kind),
                $"it lives in another {name} namespace than the engine (start the engine where the daemon is: inside its container, or by nsenter -t {pid})");
        }

        Refuse(RightsProbe.Lacking(pid) is { } lacking ? lacking + Yama() : null);
        Runs(pid, service, environment);
        IsMain(pid);
        IsOnItsOwn(pid);
    }

    private static void Exists(int pid)
    {
        Refuse(pid < 1 || ProcFs.Stat(pid) is null, "there is no such process (find the daemon's main process with: systemctl status, or pgrep -o)");
        Refuse(ProcFs.ThreadGroup(pid) is { } process && process != pid, Invariant($"it is a thread of process {ProcFs.ThreadGroup(pid)} (give that)"));
        Refuse(!ProcFs.Runs(pid), "it has ended (aeterna start starts the service)");
        Refuse(ProcFs.Stat(pid) is { State: 'T' or 't' }, Invariant($"it is stopped (let it go on first: kill -CONT {pid})"));
        Refuse(ProcFs.StatusField(pid, "TracerPid") is { } tracer && tracer != "0", "a debugger has it (end that first)");
        Refuse(ProcFs.CommandLine(pid) is [] or [""], "it is a thread of the kernel (give the daemon's main process)");
    }

    private static void IsNoRelative(int pid)
    {
        for (var (own, steps) = (Environment.ProcessId, 0); own > 0 && steps < 64; steps++)
        {
            Refuse(own == pid, "the engine itself runs below it (start the engine from elsewhere)");
            own = ProcFs.Stat(own)?.Parent ?? 0;
        }
    }

    private static void Runs(int pid, ServicePlan service, Func<string, string?> environment)
    {
        var program = ProgramSearch.For(service, environment).Locate(service.Command[0]);
        var exe = ProcFs.Link(pid, "exe") is { } link ? link.EndsWith(Deleted, StringComparison.Ordinal) ? link[..^Deleted.Length] : link : null;
        if (program is null || exe is null || Final(program) == exe)
        {
            return; // A program that is not there is found by pre-flight, and told better.
        }

        // A script's interpreter is the program then, and the script one of its first words.
        const int firstWords = 4;
        var words = ProcFs.CommandLine(pid).Take(firstWords).ToList();
        Refuse(!words.Contains(program) && !words.Contains(service.Command[0]),
            $"it runs {exe}, and service.command {program} (give the process id of that daemon, or its configuration)");
    }

    private static void IsMain(int pid)
    {
        var parent = ProcFs.Stat(pid)?.Parent ?? 0;
        Refuse(parent > 1 && ProcFs.Link(parent, "exe") is { } theirs && theirs == ProcFs.Link(pid, "exe"),
            Invariant($"its parent {parent} runs the same program, so it is not the main process (--pid {parent})"));
    }

    private static void IsOnItsOwn(int pid)
    {
        var parent = ProcFs.Stat(pid)?.Parent ?? 0;
        Refuse(
            ProcFs.Environ(pid).Contains(ChildEnvironment.Managed) || (parent > 1 && ProcFs.Link(parent, "exe") is { } theirs && theirs == ProcFs.Link(Environment.ProcessId, "exe")),
            "it runs under an engine already (aeterna status)");
        var name = parent > 1 ? ProcThreads.Text($"/proc/{parent}/comm")?.Trim() : null;
        Refuse(name is not null && _supervisors.Contains(name),
            Invariant($"{name} (pid {parent}) would start it anew as soon as it ends (tell that to leave it alone first)"));
    }

    private static string Yama() =>
        ProcThreads.Text("/proc/sys/kernel/yama/ptrace_scope")?.Trim() is { } scope && scope != "0"
            ? $"; kernel.yama.ptrace_scope is {scope}, with which only root may" : "";

    private static string Final(string program)
    {
        try
        {
            return new FileInfo(program).ResolveLinkTarget(returnFinalTarget: true)?.FullName is { } target ? Final(target, program) : Final(program, program);
        }
        catch (IOException)
        {
            return program;
        }
    }

    // A link may also be one of the folders on the way, as /sbin is where it has become /usr/sbin.
    private static string Final(string target, string program)
    {
        using var folder = UnixFolder(Path.GetDirectoryName(target)!);
        return folder is null ? program : Path.Join(ProcFs.DescriptorTarget(Environment.ProcessId, folder.Number) ?? "", Path.GetFileName(target));
    }

    private static FileDescriptor? UnixFolder(string path) =>
        Libc.open(path, Libc.O_PATH | Libc.O_CLOEXEC, 0) is >= 0 and var number ? new FileDescriptor(number) : null;

    private static void Refuse(bool when, string why) => Refuse(when ? why : null);

    private static void Refuse(string? why)
    {
        if (why is not null)
        {
            throw new OutsideException(why);
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
