using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

using Aeterna.Broker;
using Aeterna.Configuration;
using Aeterna.Generations.Footprints;
using Aeterna.Generations.Launch;
using Aeterna.Linux;
using Aeterna.Listeners;

using Aeterna.Machine.Plans;
using Microsoft.Extensions.Logging;

namespace Aeterna.Generations;

/// <summary>Starts generations as real processes.</summary>
internal sealed partial class GenerationHost : IGenerationHost, IDisposable
{
    private const int LastLines = 10;
    private const int LastCharacters = 4096;

    private readonly EnginePaths _paths;
    private readonly ListenerTable _listeners;
    private readonly ChildReaper _reaper;
    private readonly SpareLauncher _spare;
    private readonly IGenerationMeter _meter;
    private readonly ILogger _log;
    private readonly Dictionary<int, ReadinessWatch> _watches = [];
    private readonly Dictionary<int, Generation> _generations = [];
    private readonly RenameTrail _renames = new();
    private readonly Lock _gate = new();

    public GenerationHost(EnginePaths paths, ListenerTable listeners, ChildReaper reaper, IGenerationMeter meter, ILogger log)
    {
        _paths = paths;
        _listeners = listeners;
        _reaper = reaper;
        _meter = meter;
        _log = log;
        _spare = new SpareLauncher(reaper, GroupName, log);
        listeners.Changed += OnListenersChanged;
    }

    /// <summary>Another engine goes on with the generations when this one dies.</summary>
    public bool IsKept { get; init; }

    /// <summary>Starts the spare launcher, so that also the first generation starts fast.</summary>
    public void Prepare() => _spare.Refill();

    /// <inheritdoc/>
    public IGeneration Start(GenerationSpec spec)
    {
        var asked = Stopwatch.GetTimestamp();
        var user = UserOf(spec.Service);
        var directory = _paths.InstanceDirectory(spec.Number);
        var command = spec.Service.Profile.AdaptCommand?.Invoke(spec.Service.Command, directory) ?? spec.Service.Command;
        var watch = new ReadinessWatch(spec.Service.Profile, _log);
        lock (_gate)
        {
            _watches[spec.Number] = watch;
        }

        // Whatever fails, and wherever: the program that has been started by then is ended, and nothing of it is left.
        using var starting = new Unfinished();
        starting.Undo(() => Drop(spec.Number));
        try
        {
            using var own = InstanceDirectory.Create(directory, (aside, error) => GenerationLog.Left(_log, directory, aside, Errno.Text(error)));
            starting.Undo(() => InstanceDirectory.Remove(directory));
            var notify = starting.Own(new NotifySocket(Path.Combine(directory, NotifySocket.Name), watch.Changed));
            if (user is not null)
            {
                own.GiveTo(user, NotifySocket.Name);
            }

            var limits = LimitsOf(spec.Service);
            var firstLeg = spec.Service.RelaysStreams ? FirstLegOf(limits) : 0;
            var inherited = _listeners.Inherit(spec.Number, user?.Uid ?? Libc.geteuid(), spec.Service.Listeners);
            var environment = EnvironmentOf(spec, directory, inherited, notify.Path);
            var path = spec.Program ?? ProgramSearch.With(environment, spec.Service.WorkingDirectory).Locate(command[0])
                ?? throw new StartException($"cannot start {command[0]}: no such program on PATH (give its absolute path)");
            var mayGain = HasCapability(Capabilities.CAP_SYS_ADMIN);
            if (!mayGain && spec.Service.NoNewPrivileges == false)
            {
                GenerationLog.NoPrivileges(_log, spec.Number);
            }

            var order = new LaunchOrder
            {
                Path = path,
                Arguments = command,
                Environment = environment,
                WorkingDirectory = spec.Service.WorkingDirectory ?? "",
                Umask = spec.Service.Umask ?? -1,
                User = user,
                Limits = limits,
                FirstLeg = firstLeg,
                Descriptors = inherited.Count,
                NoNewPrivileges = !mayGain || (spec.Service.NoNewPrivileges ?? (user is not null && !FilePrivileges.Of(path))),
            };
            var launcher = starting.Own(_spare.Take());
            var processes = new ProcessSet(launcher.Group, launcher.Child.Pid, directory);
            starting.Undo(() => processes.Kill());
            var (listener, stdout, stderr) = launcher.Execute(order, [.. inherited.Select(i => i.Fd)]);
            starting.Own(listener);
            starting.Own(stdout);
            starting.Own(stderr);
            if (RightsProbe.Lacking(launcher.Child.Pid) is { } lacking)
            {
                throw new StartException($"cannot start {command[0]}: {lacking}");
            }

            _meter.Spawned(Stopwatch.GetElapsedTime(asked));
            var broker = starting.Own(new SocketBroker(
                new BrokerSubject(spec.Number, launcher.Child.Pid, spec.Service, firstLeg) { Renamed = _renames.Add, IsKept = IsKept }, listener, _listeners, watch.BindFailed, _meter, _log));
            var tail = new OutputTail(LastCharacters, LastLines);
            var output = starting.Own(new LineReader(stdout, stderr, ToLog(spec.Number, tail), $"output gen {spec.Number}"));
            GenerationLog.Started(_log, spec.Number, launcher.Child.Pid, string.Join(' ', command));
            var generation = new Generation(
                spec, launcher.Child,
                new GenerationResources(broker, output, notify, processes, launcher.Group, directory) { Tail = tail, Renames = _renames, PidFile = spec.Service.Profile.PidFile?.Invoke(command) },
                _listeners, watch, _reaper.Adopt, () => Drop(spec.Number), _log);
            starting.Finish();
            Note(generation);
            launcher.LetGo();
            _ = RefillWhenSettled(launcher.Child);
            return generation;
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException or SocketException or ArgumentException or OutOfMemoryException)
        {
            // A thread that cannot be started: the runtime needs a descriptor for it.
            var why = e is OutOfMemoryException ? "there is no memory, or no descriptor, for one more thread" : e.Message;
            throw new StartException($"cannot start {command[0]}: {why} ({AdviceFor(e)})", e);
        }
    }

    private string AdviceFor(Exception e) => e is LinuxException { Number: Errno.EPERM, Call: Folder.Giving }
        ? $"{_paths.RunDirectory} has a folder for the service's user: give the engine CAP_CHOWN"
        : $"see the run directory {_paths.RunDirectory} and the engine's limits";

    private Action<bool, string> ToLog(int generation, OutputTail tail)
    {
        var rate = new OutputRate(TimeProvider.System);
        return (isError, line) =>
        {
            tail.Add(line);
            if (!rate.Admits(line, out var leftOut))
            {
                return;
            }

            if (leftOut > 0)
            {
                GenerationLog.LeftOut(_log, generation, leftOut, OutputRate.LinesPerSecond, OutputRate.CharactersPerSecond >> 10);
            }

            GenerationLog.Output(_log, generation, isError ? "stderr" : "stdout", line);
        };
    }

    /// <summary>Ends the spare launcher.</summary>
    public void Dispose()
    {
        _listeners.Changed -= OnListenersChanged;
        _spare.Dispose();
        Cgroup.RemoveParent(GroupName);
    }

    /// <summary>Kills what a dead engine of the same service left: its sockets would be in the way. Returns the number of processes.</summary>
    /// <param name="kept">Generations that are gone on with.</param>
    /// <param name="example">One of the engine's; null: only what control groups hold is found.</param>
    public int Sweep(IReadOnlyList<ProcessSetState>? kept = null, ProcessSetState? example = null)
    {
        var count = example is { Group: null } ? SweepByName(kept ?? [], example) : 0;
        foreach (var group in Cgroup.Existing(GroupName).Where(group => kept?.Any(k => k.Group == group.Path) != true))
        {
            count += group.Processes().Count;
            group.TryKill();
            SpinWait.SpinUntil(() => group.TryRemove(), TimeSpan.FromSeconds(10));
        }

        foreach (var folder in kept is null ? [] : Directory.GetDirectories(_paths.RunDirectory, "gen-*").Where(folder => kept.All(k => k.InstanceDirectory != folder)))
        {
            InstanceDirectory.Remove(folder);
        }

        if (count > 0)
        {
            GenerationLog.Swept(_log, count, Path.GetFileName(_paths.RunDirectory));
        }

        return count;
    }

    // Without control groups, what belongs to a generation is known by its folder.
    private static int SweepByName(IReadOnlyList<ProcessSetState> kept, ProcessSetState example)
    {
        var ours = $"AETERNA_INSTANCE_DIR={Path.GetDirectoryName(example.InstanceDirectory)}/";
        var count = 0;
        foreach (var pid in ProcFs.Processes())
        {
            if (ProcFs.Environ(pid).FirstOrDefault(v => v.StartsWith(ours, StringComparison.Ordinal)) is { } own && !kept.Any(k => own.EndsWith($"={k.InstanceDirectory}", StringComparison.Ordinal)))
            {
                count += LibC.kill(pid, Linux.Signals.SIGKILL) == 0 ? 1 : 0;
            }
        }

        return count;
    }

    /// <summary>By user, too: what another user's engine of the same name has left is not ours to sweep.</summary>
    private string GroupName => string.Create(CultureInfo.InvariantCulture, $"aeterna-{Libc.geteuid()}-{Path.GetFileName(_paths.RunDirectory)}");

    private async Task RefillWhenSettled(ChildProcess child)
    {
        // Not now: the new generation needs the processor more.
        await Task.WhenAny(child.Exited, Task.Delay(TimeSpan.FromSeconds(1))).ConfigureAwait(false);
        _spare.Refill();
    }

    private void Drop(int number)
    {
        _listeners.Forget(number);
        lock (_gate)
        {
            _watches.Remove(number);
            _generations.Remove(number);
        }
    }

    private void OnListenersChanged(int generation)
    {
        lock (_gate)
        {
            if (_watches.TryGetValue(generation, out var watch))
            {
                watch.Changed();
            }
        }
    }

    private IReadOnlyList<string> EnvironmentOf(
        GenerationSpec spec, string directory, IReadOnlyList<(int Fd, string Name)> inherited, string notifyPath)
    {
        List<string> own =
        [
            ChildEnvironment.Managed,
            string.Create(CultureInfo.InvariantCulture, $"AETERNA_GENERATION={spec.Number}"),
            $"AETERNA_INSTANCE_DIR={directory}",
            $"NOTIFY_SOCKET={notifyPath}",
        ];
        if (spec.StateSocket != "")
        {
            own.Add($"AETERNA_STATE_SOCK={spec.StateSocket ?? Path.Combine(_paths.RunDirectory, "state.sock")}");
        }

        if (inherited.Count > 0)
        {
            own.Add(string.Create(CultureInfo.InvariantCulture, $"AETERNA_INHERITED_FDS={inherited.Count}"));
            own.Add(string.Create(CultureInfo.InvariantCulture, $"LISTEN_FDS={inherited.Count}"));
            own.Add($"LISTEN_FDNAMES={string.Join(':', inherited.Select(i => i.Name))}");
        }

        return ChildEnvironment.Merge(ChildEnvironment.Own(), spec.Service.Env, own);
    }

    private static LaunchUser? UserOf(ServicePlan service)
    {
        if (service.User is null && service.Group is null)
        {
            return null;
        }

        if (Libc.geteuid() != 0)
        {
            throw new StartException($"cannot start {service.Name} as another user or group: the engine is not root (start it as root, or remove service.user and service.group)");
        }

        var user = service.User is null
            ? (Uid: Libc.geteuid(), Gid: Libc.getegid(), Groups: Array.Empty<uint>())
            : Accounts.FindUser(service.User) ?? throw new StartException($"cannot start {service.Name}: there is no user {service.User} (see getent passwd)");
        if (user.Uid != Libc.geteuid() && !HasCapability(Capabilities.CAP_KILL))
        {
            // A control group would end it all the same, but not ask it to end.
            throw new StartException($"cannot start {service.Name} as another user: the engine may not send that one's processes signals (give the engine CAP_KILL)");
        }

        var group = service.Group is null
            ? user.Gid
            : Accounts.FindGroup(service.Group) ?? throw new StartException($"cannot start {service.Name}: there is no group {service.Group} (see getent group)");
        return new LaunchUser(user.Uid, group, [.. user.Groups.Append(group).Distinct()]);
    }

    private static List<LaunchLimit> LimitsOf(ServicePlan service)
    {
        var hard = StartLimits.NoFileHard;
        List<LaunchLimit> limits = [new(ResourceLimit.NoFile, Math.Min(StartLimits.NoFileSoft, hard), hard)];
        limits.AddRange(service.Limits.Select(l => new LaunchLimit(ResourceLimit.Number(l.Key), l.Value.Soft, l.Value.Hard)));
        return limits;
    }

    /// <summary>Below it is room for what the program opens by itself; above it for connections, up to its limit.</summary>
    private static int FirstLegOf(IEnumerable<LaunchLimit> limits)
    {
        const ulong ownMost = 256;
        return (int)Math.Min(ownMost, limits.Last(l => l.Resource == ResourceLimit.NoFile).Soft / 4);
    }

    private static bool HasCapability(int capability)
    {
        var effective = ulong.Parse(
            ProcFs.StatusField(Environment.ProcessId, "CapEff") ?? "0", NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (effective & Capabilities.Bit(capability)) != 0;
    }
}

/// <summary>Measures what the host and its brokers do.</summary>
internal interface IGenerationMeter : IBrokerMeter
{
    /// <summary>A generation was started; the time from the wish to the exec of its command.</summary>
    void Spawned(TimeSpan duration);
}
