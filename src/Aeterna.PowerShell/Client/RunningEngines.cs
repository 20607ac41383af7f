using System.Net.Sockets;
using Aeterna.Contract;

namespace Aeterna.PowerShell.Client;

/// <summary>Finds the engines of this machine. A directory alone says nothing: a dead engine leaves one behind.</summary>
internal static class RunningEngines
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    /// <summary>The folder that has one folder for each service: <c>/run/aeterna</c> for root, else <c>$XDG_RUNTIME_DIR/aeterna</c>.</summary>
    public static string Root => Environment.IsPrivilegedProcess
        ? "/run/aeterna"
        : Path.Combine(Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") ?? OwnFolder.Path, "aeterna");

    /// <summary>The control socket of a service, unless its configuration says otherwise.</summary>
    public static string SocketOf(string name) => Path.Combine(Root, name, "control.sock");

    /// <summary>Names of the services that have a control socket, dead or alive, in order.</summary>
    public static IReadOnlyList<string> Candidates()
    {
        try
        {
            return !Directory.Exists(Root)
                ? []
                : [.. Directory.GetDirectories(Root).Select(Path.GetFileName).OfType<string>().Where(name => File.Exists(SocketOf(name))).Order(StringComparer.Ordinal)];
        }
        catch (UnauthorizedAccessException)
        {
            // Whoever may not look has no engine there.
            return [];
        }
    }

    /// <summary>Names of the services whose control socket has somebody behind it, in order.</summary>
    public static async Task<IReadOnlyList<string>> Find(CancellationToken cancel)
    {
        var names = Candidates();
        var alive = await Task.WhenAll(names.Select(name => IsAlive(SocketOf(name), cancel))).ConfigureAwait(false);
        return [.. names.Where((_, i) => alive[i])];
    }

    private static async Task<bool> IsAlive(string socket, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_patience);
        try
        {
            using var stream = await UnixConnection.Open(socket, limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // It hangs; but it is there, and asking it will say so.
            return true;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return false;
        }
    }
}
