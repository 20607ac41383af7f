using System.Net.Sockets;
using System.Text;

using Aeterna.Contract;

namespace Aeterna.Generations;

/// <summary>
/// The generation's end of sd_notify(3): a datagram socket in its private directory. READY=1, STATUS=, STOPPING=1 and WATCHDOG=1
/// are understood, the rest is passed over.
/// </summary>
internal sealed class NotifySocket : IDisposable
{
    /// <summary>Characters: it is kept, and shown in a line of a table.</summary>
    private const int LongestStatus = 256;

    /// <summary>Its name in the generation's directory.</summary>
    public const string Name = "notify";

    private const int MaxMessage = 4096;

    private readonly Socket _socket;
    private readonly Action _onChange;

    /// <param name="path">Where it is to be; at most 107 bytes.</param>
    /// <param name="onChange">Called after something has changed.</param>
    /// <exception cref="SocketException">It cannot be made there.</exception>
    public NotifySocket(string path, Action onChange)
    {
        Path = path;
        _onChange = onChange;
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            _socket.Bind(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            _socket.Dispose();
            throw;
        }

        _ = ReceiveAll();
    }

    public string Path { get; }

    public bool IsReady { get; private set; }

    public bool IsStopping { get; private set; }

    public string? Status { get; private set; }

    /// <summary>Closes it. Its path goes with the directory.</summary>
    public void Dispose() => _socket.Dispose();

    private async Task ReceiveAll()
    {
        var buffer = new byte[MaxMessage];
        try
        {
            while (true)
            {
                var length = await _socket.ReceiveAsync(buffer).ConfigureAwait(false);
                foreach (var line in Encoding.UTF8.GetString(buffer, 0, length).Split('\n'))
                {
                    Take(line);
                }

                _onChange();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed: the generation is gone.
        }
    }

    private void Take(string line)
    {
        if (line == "READY=1")
        {
            IsReady = true;
        }
        else if (line == "STOPPING=1")
        {
            IsStopping = true;
        }
        else if (line.StartsWith("STATUS=", StringComparison.Ordinal))
        {
            Status = OneLine.Cut(line["STATUS=".Length..], LongestStatus);
        }
    }
}
