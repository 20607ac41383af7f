using Aeterna.Linux;
using Aeterna.Relay.Frames;

namespace Aeterna.Relay.Loop;

/// <summary>
/// When a loop's chores are due. Ticks come in quick succession first and then ever more slowly, since most generations read what they
/// have within a fraction of a millisecond and one that does not may be busy for long.
/// </summary>
internal sealed unsafe class LoopTimer : IDisposable
{
    private const long SweepMilliseconds = 100;
    private const long FirstTickNanoseconds = 50_000;
    private const long LastTickNanoseconds = 2_000_000;

    private readonly FileDescriptor _timer =
        new(Errno.ThrowIfFailed(Libc.timerfd_create(Libc.CLOCK_MONOTONIC, Libc.TFD_CLOEXEC | Libc.TFD_NONBLOCK), "timerfd_create"));

    private readonly List<IChore> _ticking = [];
    private readonly List<IChore> _sweeping = [];
    private long _tick = FirstTickNanoseconds;
    private long _sweepAt;

    /// <summary>Readable when <see cref="Tick"/> is due.</summary>
    public int Fd => _timer.Number;

    /// <summary>Milliseconds until <see cref="SweepIfDue"/> has something to do; -1 = never.</summary>
    public int Timeout => _sweeping.Count == 0 ? -1 : (int)Math.Clamp(_sweepAt - Environment.TickCount64, 0, SweepMilliseconds);

    /// <summary>Has <see cref="IChore.Tick"/> called from now on, soon.</summary>
    public void AddTicking(IChore chore)
    {
        if (!_ticking.Contains(chore))
        {
            _ticking.Add(chore);
        }

        _tick = FirstTickNanoseconds;
        Arm(_tick);
    }

    /// <summary>Has <see cref="IChore.Sweep"/> called from now on.</summary>
    public void AddSweeping(IChore chore)
    {
        if (_sweeping.Count == 0)
        {
            _sweepAt = Environment.TickCount64 + SweepMilliseconds;
        }

        if (!_sweeping.Contains(chore))
        {
            _sweeping.Add(chore);
        }
    }

    public void Tick()
    {
        ulong expirations;
        _ = Libc.read(_timer.Number, (byte*)&expirations, sizeof(ulong)); // EAGAIN when it was armed anew meanwhile: it comes again.
        for (var i = _ticking.Count - 1; i >= 0; i--)
        {
            if (!_ticking[i].Tick())
            {
                _ticking.RemoveAt(i);
            }
        }

        _tick = Math.Min(_tick * 3 / 2, LastTickNanoseconds);
        Arm(_ticking.Count == 0 ? 0 : _tick);
    }

    public void SweepIfDue()
    {
        if (_sweeping.Count == 0 || Environment.TickCount64 < _sweepAt)
        {
            return;
        }

        _sweepAt = Environment.TickCount64 + SweepMilliseconds;
        for (var i = _sweeping.Count - 1; i >= 0; i--)
        {
            if (!_sweeping[i].Sweep())
            {
                _sweeping.RemoveAt(i);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Arm(long nanoseconds)
    {
        var value = new Itimerspec { ValueNanoseconds = nanoseconds };
        Errno.ThrowIfFailed(Libc.timerfd_settime(_timer.Number, 0, &value, null), "timerfd_settime");
    }
}
