using System.Diagnostics;
using System.Globalization;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Linux;

namespace Aeterna.Keeper;

/// <summary>
/// The process that <c>aeterna start</c> leaves: its id stays, whatever becomes of the engine, which is its child. It passes signals on, reaps what the service's processes
/// leave and tells the engine of it, and touches no traffic. When the engine dies, its guard becomes the next engine; where that cannot be, the keeper starts one anew.
/// </summary>
/// <remarks>It has one thread of its own, and all signals wait in it: it is executed so.</remarks>
internal sealed class KeeperProcess : IDisposable
{
    /// <summary>The hidden verb.</summary>
    public const string Verb = "__keep";

    /// <summary>Where the engine finds its end: after the standard three.</summary>
    private const int EngineEnd = 3;

    private static readonly TimeSpan _quick = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _respite = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<string> _arguments;
    private readonly TextWriter _error;
    private readonly SignalDescriptor _signals;
    private readonly FileDescriptor _own;
    private readonly FileDescriptor _engines;
    private int _engine;
    private int _guard;
    private int? _left;
    private bool _served;
    private readonly HashSet<int> _guards = [];
    private bool _stops;
    private int _toldToStop;
    private bool _isStopping;
    private long _startedAt;

    private KeeperProcess(IReadOnlyList<string> arguments, TextWriter error)
    {
        (_arguments, _error) = (arguments, error);
        _signals = new SignalDescriptor(Signals.RequestMask | Signals.ChildMask);
        (_own, _engines) = KeeperWire.Pair();
    }

    /// <summary>Executes a keeper in place of this process. Returns only when that cannot be done: the exit code.</summary>
    public static int Become(string[] args, TextWriter error)
    {
        var noFile = string.Create(CultureInfo.InvariantCulture, $"{ChildEnvironment.StartNoFile}={StartLimits.NoFileSoft}");
        Signals.HoldChildren();
        var errno = Successor.Execute(
            SelfCommand.Path, [.. SelfCommand.Arguments, Verb, .. args.Where(argument => argument != KeeperArguments.Option)], ChildEnvironment.Merge(ChildEnvironment.Whole(), [noFile]));
        error.WriteLine($"cannot start a keeper: {Errno.Text(errno)} (start with {KeeperArguments.Without})");
        return ExitCode.Failed;
    }

    /// <summary>Keeps an engine with these arguments until it has ended as it should.</summary>
    /// <returns>Its exit code.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter error)
    {
        try
        {
            Signals.Name("aeterna-keeper");
            Errno.ThrowIfFailed(Libc.prctl(Libc.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl(PR_SET_CHILD_SUBREAPER)");
            if (arguments.Contains(KeeperArguments.Background))
            {
                Session.Begin();
            }

            using var keeper = new KeeperProcess(arguments, error);
            keeper.Start();
            if (arguments.Contains(KeeperArguments.Background))
            {
                LeaveTerminal();
            }

            return keeper.Keep();
        }
        catch (Exception e) when (e is LinuxException or IOException)
        {
            error.WriteLine($"cannot keep an engine: {e.Message} (start with {KeeperArguments.Without})");
            return ExitCode.Failed;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _signals.Dispose();
        _own.Dispose();
        _engines.Dispose();
    }

    // Whoever has started it waits for the engine's last words, and is not there to read any of the keeper's.
    private static void LeaveTerminal()
    {
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        for (var standard = 0; standard < EngineEnd; standard++)
        {
            Session.Replace(standard, nothing);
        }
    }

    private int Keep()
    {
        while (true)
        {
            Await();
            Listen();
            while (_signals.Read() is { } signal)
            {
                if (signal == Signals.SIGCHLD)
                {
                    if (Reap() is { } code)
                    {
                        return code;
                    }
                }
                else
                {
                    Pass(signal);
                }
            }
        }
    }

    private void Start()
    {
        _startedAt = Stopwatch.GetTimestamp();
        var end = string.Create(CultureInfo.InvariantCulture, $"{KeeperWire.Variable}={EngineEnd}");
        _guard = 0;
        _engine = PosixSpawn.Start(
            SelfCommand.Path, [.. SelfCommand.Arguments, .. _served ? KeeperArguments.Anew(_arguments) : _arguments], ChildEnvironment.Merge(ChildEnvironment.Whole(), [end]), [0, 1, 2, _engines.Number], null);
    }

    private unsafe void Await()
    {
        var both = stackalloc Pollfd[2];
        both[0] = new Pollfd { Fd = _signals.Number, Events = Libc.POLLIN };
        both[1] = new Pollfd { Fd = _own.Number, Events = Libc.POLLIN };
        _ = Libc.poll(both, 2, -1); // EINTR is no harm: what is there is looked at.
    }

    private void Listen()
    {
        while (KeeperWire.Receive(_own, wait: false) is { } packet)
        {
            if (packet.Kind == KeeperWire.Kind.Guarded)
            {
                Guarded(packet.First, packet.Second);
                if (_stops && _toldToStop != _engine)
                {
                    Pass(Signals.SIGTERM); // Who was told has died.
                }
            }
            else if (packet.Kind == KeeperWire.Kind.Served)
            {
                _served = true;
            }
            else if (packet.Kind == KeeperWire.Kind.Stopping)
            {
                _isStopping = true;
            }
            else if (packet.Kind == KeeperWire.Kind.Left)
            {
                _left = packet.First;
            }
        }
    }

    // There is one engine, and one guard: of two that go on each would answer the other's clients.
    private void Guarded(int engine, int guard)
    {
        if (engine != _engine && engine != _guard)
        {
            Say(string.Create(CultureInfo.InvariantCulture, $"ended an engine beside the one that serves (pid {engine})"));
            End([guard, engine]);
            return;
        }

        (_engine, _guard) = (engine, guard);
        _guards.Remove(engine); // It was the guard of the one before.
        End(_guards.Where(old => old != guard));
        if (guard > 0)
        {
            _guards.Add(guard);
        }
    }

    // Children of this process that it has not reaped: their numbers are still their own. 0: there is none.
    private static void End(IEnumerable<int> children)
    {
        foreach (var child in children.Where(child => child > 0))
        {
            _ = LibC.kill(child, Signals.SIGKILL);
        }
    }

    private void Pass(int signal)
    {
        if (signal is Signals.SIGTERM or Signals.SIGINT)
        {
            (_stops, _toldToStop) = (true, _engine);
        }

        _ = LibC.kill(_engine, signal); // ESRCH: it has just ended, which is seen next.
    }

    /// <summary>Reaps all that have ended. The exit code when the engine was among them, and nothing is to go on.</summary>
    private int? Reap()
    {
        while (Wait.ReapAny() is { } ended)
        {
            var wasGuard = _guards.Remove(ended.Pid); // Its number is nobody's any more.
            Listen(); // What it has said before its end.
            if (ended.Pid == _engine)
            {
                if (EngineEnded(ended.Code, ended.Signal) is { } code)
                {
                    return code;
                }
            }
            else if (_guards.Remove(ended.Pid) || wasGuard)
            {
                _guard = ended.Pid == _guard ? 0 : _guard;
                KeeperWire.Send(_own, new KeeperWire.Packet { Kind = KeeperWire.Kind.GuardEnded, First = ended.Pid });
            }
            else
            {
                KeeperWire.Send(_own, new KeeperWire.Packet { Kind = KeeperWire.Kind.Ended, First = ended.Pid, Second = ended.Code, Third = ended.Signal });
            }
        }

        return null;
    }

    private void Say(string what)
    {
        try
        {
            _error.WriteLine(what);
        }
        catch (IOException)
        {
            // Nobody reads it any more.
        }
    }

    private int? EngineEnded(int code, int signal)
    {
        if (_left is { } left)
        {
            return left;
        }

        if (_guard != 0)
        {
            _guards.Remove(_guard);
            (_engine, _guard) = (_guard, 0); // It is about to be the engine, or ends because it cannot.
            return null;
        }

        var how = signal == 0 ? string.Create(CultureInfo.InvariantCulture, $"ended with exit code {code}") : string.Create(CultureInfo.InvariantCulture, $"was ended by signal {signal}");
        if (_stops || _isStopping || !_served)
        {
            Say($"the engine {how}");
            Remains.End();
            return signal == 0 && code != 0 ? code : ExitCode.Failed;
        }

        Say($"the engine {how}, and nothing could be gone on with: the service is started anew");
        if (Stopwatch.GetElapsedTime(_startedAt) < _quick)
        {
            Thread.Sleep(_respite); // One that ends at once, again and again, must not take the machine.
        }

        Start();
        return null;
    }
}
