using System.Net.Sockets;
using Aeterna.Contract;

namespace Aeterna.Client;

/// <summary>Finds the engines of this machine. A directory alone says nothing: a dead engine leaves one behind.</summary>
internal static class RunningServices
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    /// <summary>Names of the services that have a control socket under a <see cref="RunFolder"/>, dead or alive, in order.</summary>
    public static IReadOnlyList<string> Candidates(string root)
    {
        try
        {
            return !Directory.Exists(root)
                ? []
                : [.. Directory.GetDirectories(root).Select(Path.GetFileName).OfType<string>().Where(name => File.Exists(RunFolder.Socket(root, name))).Order(StringComparer.Ordinal)];
        }
        catch (UnauthorizedAccessException)
        {
            // Whoever may not look has no engine there.
            return [];
        }
    }

    /// <summary>Names of the services whose control socket has somebody behind it, in order.</summary>
    public static async Task<IReadOnlyList<string>> Find(string root, CancellationToken cancel)
    {
        var names = Candidates(root);
        var alive = await Task.WhenAll(names.Select(name => IsAlive(RunFolder.Socket(root, name), cancel))).ConfigureAwait(false);
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
