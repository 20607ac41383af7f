using Aeterna.Linux;

using Microsoft.Extensions.Logging;

namespace Aeterna.Generations.Launch;

/// <summary>Keeps one launcher started, so that a generation costs a message and not the start of a runtime.</summary>
internal sealed class SpareLauncher(ChildReaper reaper, ILogger log) : IDisposable
{
    private readonly Lock _gate = new();
    private LauncherProcess? _spare;
    private bool _disposed;

    /// <summary>Takes the spare, or starts one where there is none. The caller owns it.</summary>
    /// <exception cref="LinuxException">EMFILE, EAGAIN, ENOMEM.</exception>
    public LauncherProcess Take()
    {
        lock (_gate)
        {
            var taken = _spare;
            _spare = null;
            if (taken is not null && !taken.Child.Exited.IsCompleted)
            {
                return taken;
            }

            taken?.Dispose(); // Somebody killed it.
        }

        return LauncherProcess.Start(reaper);
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
                _spare = LauncherProcess.Start(reaper);
            }
            catch (LinuxException e)
            {
                GenerationLog.NoSpare(log, e.Message);
            }
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
