using Aeterna.Linux;
using Aeterna.Machine;
using Aeterna.Machine.Plans;

namespace Aeterna.Generations;

/// <summary>Starts generations. One per engine.</summary>
internal interface IGenerationHost
{
    /// <summary>Starts one run of the service's command and returns as soon as its process exists.</summary>
    /// <exception cref="StartException">It cannot be started; the message is "cannot start X: why (what to do)".</exception>
    IGeneration Start(GenerationSpec spec);
}

/// <summary>What to start.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Service">The service as the configuration in force has it.</param>
/// <param name="StateSocket">Where state is handed over (<c>AETERNA_STATE_SOCK</c>); null: <c>state.sock</c> in the run directory; "": nowhere, and the variable is not set.</param>
internal sealed record GenerationSpec(int Number, ServicePlan Service, string? StateSocket = null)
{
    /// <summary>The file that was found for the command's program; null: it is still to be found.</summary>
    public string? Program { get; init; }
}

/// <summary>A command cannot be started.</summary>
internal sealed class StartException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>One run of the service's command and all its descendants. Every member may be called from any thread.</summary>
internal interface IGeneration : IAsyncDisposable
{
    int Number { get; }

    /// <summary>Process id of the main process.</summary>
    int Pid { get; }

    /// <summary>The main process has handed its work to another one of the generation, which is it from now on: <see cref="Pid"/>. From any thread.</summary>
    event Action MainMoved;

    DateTimeOffset StartedAt { get; }

    /// <summary>Completes when the main process has ended, and none has taken its work over; never faults.</summary>
    Task<ProcessExit> Exited { get; }

    /// <summary>Completes when the main process and all its descendants have ended; never faults.</summary>
    Task Gone { get; }

    /// <summary>What it has printed last, stdout and stderr together: ten lines at most.</summary>
    IReadOnlyList<string> LastLines => [];

    /// <summary>What it lacks to be ready, as in "tcp://0.0.0.0:514 is not bound", while <see cref="WaitReady"/> waits for it; else null.</summary>
    string? Lacks => null;

    /// <summary>
    /// What it could not bind, as in "it could not bind tcp://0.0.0.0:514: the address is in use by pid 7 (…)": most programs end for it. Null when all went
    /// well, and for one that has become ready.
    /// </summary>
    string? FailedBind => null;

    /// <summary>READY=1 has come.</summary>
    bool NotifiedReady { get; }

    /// <summary>The last STATUS=, if any.</summary>
    string? NotifyStatus { get; }

    /// <summary>Waits until the generation serves.</summary>
    /// <returns>Null when it is ready, else why it will not be, as in "it ended with exit code 1" or
    /// "startup.timeout of 30s is over, and tcp://0.0.0.0:514 is not bound".</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    Task<string?> WaitReady(ReadinessRequirement requirement, CancellationToken cancel);

    /// <summary>Memory, processor time, descriptors and processes of all its processes. Zeroes when all are gone.</summary>
    ResourceUsage Usage();

    /// <summary>Whether a process is one of its processes.</summary>
    bool Owns(int pid) => pid == Pid;

    /// <summary>Sends a signal to the main process; nothing if it is gone. While it is frozen all but SIGKILL wait.</summary>
    void Signal(int signal);

    /// <summary>Sends SIGCONT to those of its processes that somebody has stopped; nothing while it is frozen.</summary>
    void Continue();

    /// <summary>Sends SIGTERM to the processes that the main process has left behind; nothing while that one lives.</summary>
    void EndLeft();

    /// <summary>Sends SIGKILL to the main process and all its descendants, frozen or not.</summary>
    void Kill();

    /// <summary>Whether <see cref="Freeze"/> holds it still.</summary>
    bool IsFrozen { get; }

    /// <summary>Holds every process of it still, and waits (blocking, usually for less than a millisecond) until none can run.</summary>
    /// <returns>False, and then they run on, when that does not come about within two seconds, when cancelled, and when it is gone.</returns>
    bool Freeze(CancellationToken cancel);

    /// <summary>Lets it go on; nothing if it is not frozen. Calls like epoll_wait(2) that a freeze interrupted fail with EINTR.</summary>
    void Thaw();

    /// <summary>What its threads do at this moment.</summary>
    Activity Activity();

    /// <summary>Whether somebody in it waits for clients of some sockets, given by their inodes; of one that is frozen, whether somebody did when it was. Unknown where that is not looked for.</summary>
    Attendance Attendance(IReadOnlySet<ulong> sockets) => Linux.Attendance.Unknown;

    /// <summary>Whether the main process has a handler for a signal: others would end it.</summary>
    bool Catches(int signal);

    /// <summary>Inodes of the sockets that its processes have open.</summary>
    IReadOnlySet<ulong> Sockets();

    /// <summary>
    /// What it shows that a second one beside it would spoil or take from it, as in "has /var/lib/a/b.db open for writing"; null when
    /// nothing shows.
    /// </summary>
    string? Footprint();

    /// <summary>Paths of the regular files that it has open for writing.</summary>
    IReadOnlySet<string> FilesWritten();
}

/// <summary>What makes a generation ready.</summary>
/// <param name="Ready">The configured kind.</param>
/// <param name="Timeout">Time within which it must be ready.</param>
/// <param name="MustBind">Addresses that have to be bound (and listening): those that the active generation holds, and the configured ones.</param>
/// <param name="ExpectsNotify">
/// READY=1 is expected (the active generation sent it, or the profile says that the program does). Where it does not come, it is enough
/// that all is bound and that the program rests for a while: it may have been built without.
/// </param>
internal sealed record ReadinessRequirement(
    Readiness Ready, TimeSpan Timeout, IReadOnlyCollection<ListenerAddress> MustBind, bool ExpectsNotify);

/// <summary>What a generation uses at one moment, over all its processes.</summary>
/// <param name="RssBytes">Resident memory.</param>
/// <param name="Cpu">Processor time since each process started.</param>
/// <param name="Fds">Open descriptors.</param>
/// <param name="Processes">Number of processes.</param>
internal readonly record struct ResourceUsage(long RssBytes, TimeSpan Cpu, int Fds, int Processes);
