using Aeterna.Linux;

using Microsoft.Extensions.Logging;

namespace Aeterna.Generations.Launch;

/// <summary>Keeps one launcher started, so that a generation costs a message and not the start of a runtime.</summary>
internal sealed class SpareLauncher(ChildReaper reaper, string groups, ILogger log) : IDisposable
{
    private readonly Lock _gate = new();
    private LauncherProcess? _spare;
    private bool _disposed;

    /// <summary>Takes the spare, or starts one where there is none or somebody killed it. The caller owns it; it is ready.</summary>
    /// <exception cref="LinuxException">EMFILE, EAGAIN, ENOMEM.</exception>
    /// <exception cref="StartException">A launcher dies before it is ready.</exception>
    public LauncherProcess Take()
    {
        LauncherProcess? taken;
        lock (_gate)
        {
            taken = _spare;
            _spare = null;
        }

        if (taken?.AwaitReady() == true)
        {
            return taken;
        }

        taken?.Dispose();
        var fresh = LauncherProcess.Start(reaper, groups);
        if (fresh.AwaitReady())
        {
            return fresh;
        }

        fresh.Dispose();
        throw new StartException("cannot start a launcher: it ended at once (is the .NET runtime whole, and is there memory left?)");
    }

    /// <summary>Starts a spare if there is none.</summary>
    public void Refill()
    {
        lock (_gate)
        {
            if (_disposed || _spare is { Child.Exited.IsCompleted: false })
            {
                return;
            }

            _spare?.Dispose();
            _spare = null;
            try
            {
                _spare = LauncherProcess.Start(reaper, groups);
            }
            catch (LinuxException e)
            {
                GenerationLog.NoSpare(log, e.Message);
            }
        }
    }

    /// <summary>Ends the spare; <see cref="Refill"/> starts another one.</summary>
    public void LetGo()
    {
        lock (_gate)
        {
            _spare?.Dispose();
            _spare = null;
        }
    }

    /// <summary>Ends the spare.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _spare?.Dispose();
            _spare = null;
        }
    }
}
