using System.Net.Sockets;

namespace Aeterna.Cli;

/// <summary>Finds the engines of this machine. A directory alone says nothing: a dead engine leaves one behind.</summary>
internal static class RunningServices
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    /// <summary>Names of the services whose control socket has somebody behind it, in order.</summary>
    public static async Task<IReadOnlyList<string>> Find(string runtimeRoot)
    {
        if (!Directory.Exists(runtimeRoot))
        {
            return [];
        }

        var names = Directory.GetDirectories(runtimeRoot).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal).ToList();
        var alive = await Task.WhenAll(names.Select(name => IsAlive(Path.Combine(runtimeRoot, name, "control.sock")))).ConfigureAwait(false);
        return [.. names.Where((_, i) => alive[i])];
    }

    private static async Task<bool> IsAlive(string socket)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var limit = new CancellationTokenSource(_patience);
        try
        {
            await probe.ConnectAsync(new UnixDomainSocketEndPoint(socket), limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            // It hangs; but it is there.
            return true;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return false;
        }
    }
}
