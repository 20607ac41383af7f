using Aeterna.Linux;
using Aeterna.Machine;

namespace Aeterna.Generations;

/// <summary>
/// The main process of a generation: the one that was started, or who has taken its work over. A process hands it on by <c>MAINPID=</c>
/// (sd_notify(3)), or leaves a pid file that names another one when it ends. Only a process of the generation is believed to be it.
/// </summary>
/// <param name="first">The process that was started.</param>
/// <param name="belongs">Whether a process is one of the generation's.</param>
/// <param name="adopt">Keeps watch over a process that was not started here; null when it is gone. <see cref="ChildReaper.Adopt"/>.</param>
/// <param name="named">The process that the pid file names after the end of another.</param>
internal sealed class MainProcess(ChildProcess first, Func<int, bool> belongs, Func<int, ChildProcess?> adopt, Func<int, Task<int?>> named)
{
    private readonly Lock _gate = new();
    private volatile ChildProcess _current = first;
    private volatile TaskCompletionSource _change = NewChange();

    /// <summary>Told of each handing over, with the process that was it before. From any thread.</summary>
    public event Action<int>? Moved;

    /// <summary>It, at this moment.</summary>
    public ChildProcess Current => _current;

    /// <summary>Takes another process for it. False when that is none of the generation's, or gone, or it already.</summary>
    public bool MoveTo(int pid)
    {
        int before;
        lock (_gate)
        {
            before = _current.Pid;
            if (pid == before || !belongs(pid) || TryAdopt(pid) is not { } heir)
            {
                return false;
            }

            _current = heir;
        }

        Interlocked.Exchange(ref _change, NewChange()).SetResult();
        Moved?.Invoke(before);
        return true;
    }

    /// <summary>Completes when it has ended and nobody has its work.</summary>
    /// <param name="settle">Called after an end: what was said before it is heard.</param>
    public async Task<ProcessExit> Follow(Action settle)
    {
        while (true)
        {
            var (change, followed) = (_change.Task, _current);
            if (await Task.WhenAny(followed.Exited, change).ConfigureAwait(false) == change)
            {
                continue;
            }

            var exit = await followed.Exited.ConfigureAwait(false);
            settle();
            if (_current == followed && (await named(followed.Pid).ConfigureAwait(false) is not { } heir || !MoveTo(heir)) && _current == followed)
            {
                return exit;
            }
        }
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess? TryAdopt(int pid)
    {
        try
        {
            return adopt(pid);
        }
        catch (LinuxException)
        {
            return null; // A thread's number, or no descriptor is left: the process before it stays it.
        }
    }
}
