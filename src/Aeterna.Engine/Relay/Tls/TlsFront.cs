using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

using Aeterna.Linux;

using Microsoft.Extensions.Logging;

namespace Aeterna.Relay.Tls;

/// <summary>
/// Ends TLS in front of a relay: what a client sends comes out, as it was before it was encrypted, of one end of a unix stream whose
/// other end the relay takes for the client. So a connection survives a change of generations like any other.
/// </summary>
/// <param name="log">The log.</param>
internal sealed class TlsFront(ILogger log) : IDisposable
{
    private const int BufferSize = 32 * 1024;
    private static readonly TimeSpan _handshake = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _end = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _clients = [];

    /// <summary>Takes a client that was just accepted.</summary>
    /// <param name="client">Its connection; owned by this object from here on.</param>
    /// <param name="identity">What to show it.</param>
    /// <returns>The unix stream that stands for it, non-blocking; the caller owns it.</returns>
    /// <exception cref="LinuxException">EMFILE, ENFILE; then the client is still the caller's.</exception>
    public unsafe FileDescriptor Take(FileDescriptor client, TlsIdentity identity)
    {
        var ends = stackalloc int[2];
        Errno.ThrowIfFailed(LibC.socketpair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, 0, ends), "socketpair");
        var (outer, inner) = (new Socket(Handle(client)), new Socket(new SafeSocketHandle(ends[0], ownsHandle: true)));
        var serving = Task.Run(() => Serve(outer, inner, identity));
        lock (_gate)
        {
            _clients.Add(serving);
        }

        _ = serving.ContinueWith(Forget, TaskScheduler.Default);
        return new FileDescriptor(ends[1]);
    }

    /// <summary>Ends all connections.</summary>
    public void Dispose()
    {
        _end.Cancel();
        Task[] left;
        lock (_gate)
        {
            left = [.. _clients];
        }

        Task.WaitAll(left);
        _end.Dispose();
    }

    private static SafeSocketHandle Handle(FileDescriptor client)
    {
        var handle = new SafeSocketHandle(client.Number, ownsHandle: true);
        client.SetHandleAsInvalid();
        return handle;
    }

    private void Forget(Task served)
    {
        lock (_gate)
        {
            _clients.Remove(served);
        }
    }

    private async Task Serve(Socket outer, Socket inner, TlsIdentity identity)
    {
        var from = outer.RemoteEndPoint;
        using var client = new NetworkStream(outer, ownsSocket: true);
        using var plain = new NetworkStream(inner, ownsSocket: true);
        var tls = new SslStream(client, leaveInnerStreamOpen: true);
        await using (tls.ConfigureAwait(false))
        {
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
                limit.CancelAfter(_handshake);
                await tls.AuthenticateAsServerAsync(identity.Options, limit.Token).ConfigureAwait(false);
                await Carry(tls, outer, plain, inner).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or AuthenticationException or SocketException or OperationCanceledException)
            {
                RelayLog.TlsEnded(log, from, e.InnerException?.Message ?? e.Message);
            }
        }
    }

    private async Task Carry(SslStream tls, Socket outer, NetworkStream plain, Socket inner)
    {
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        Task[] ways = [In(tls, plain, inner, broken.Token), Out(plain, tls, outer, broken.Token)];
        var first = await Task.WhenAny(ways).ConfigureAwait(false);
        if (!first.IsCompletedSuccessfully)
        {
            await broken.CancelAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(ways).ConfigureAwait(false);
    }

    /// <summary>To the program; the end of it is an end there too.</summary>
    private static async Task In(SslStream tls, NetworkStream plain, Socket inner, CancellationToken cancel)
    {
        await tls.CopyToAsync(plain, BufferSize, cancel).ConfigureAwait(false);
        inner.Shutdown(SocketShutdown.Send);
    }

    /// <summary>To the client. When the program has closed, nothing more is read of the client either.</summary>
    private static async Task Out(NetworkStream plain, SslStream tls, Socket outer, CancellationToken cancel)
    {
        await plain.CopyToAsync(tls, BufferSize, cancel).ConfigureAwait(false);
        await tls.ShutdownAsync().ConfigureAwait(false);
        outer.Shutdown(SocketShutdown.Both);
    }
}
