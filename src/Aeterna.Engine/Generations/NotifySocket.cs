using System.Globalization;
using System.Net.Sockets;
using System.Text;

using Aeterna.Contract;

namespace Aeterna.Generations;

/// <summary>
/// The generation's end of sd_notify(3): a datagram socket in its private directory. READY=1, STATUS=, MAINPID= and STOPPING=1
/// are understood, the rest is passed over.
/// </summary>
internal sealed partial class NotifySocket : IDisposable
{
    /// <summary>Characters: it is kept, and shown in a line of a table.</summary>
    private const int LongestStatus = 256;

    /// <summary>Its name in the generation's directory.</summary>
    public const string Name = "notify";

    private const int MaxMessage = 4096;

    /// <summary>More than the kernel keeps for one socket (net.unix.max_dgram_qlen): who sends without end holds nobody up.</summary>
    private const int MostAtOnce = 1024;

    private readonly Lock _gate = new();
    private readonly byte[] _buffer = new byte[MaxMessage];
    private readonly Socket _socket;
    private readonly Action _onChange;
    private Action<int>? _onMain;
    private int? _named;
    private volatile TaskCompletionSource? _held;

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

    /// <summary>Has it told which process MAINPID= names, before <see cref="Read"/> ends; also of one that was named before. Once.</summary>
    public void HearMain(Action<int> onMain)
    {
        lock (_gate)
        {
            _onMain = onMain;
            if (_named is { } main)
            {
                onMain(main);
            }
        }
    }

    /// <summary>Takes all that has come; does not wait.</summary>
    public void Read()
    {
        try
        {
            lock (_gate)
            {
                for (var i = 0; _held is null && i < MostAtOnce && _socket.Poll(0, SelectMode.SelectRead); i++)
                {
                    var length = _socket.Receive(_buffer);
                    foreach (var line in Encoding.UTF8.GetString(_buffer, 0, length).Split('\n'))
                    {
                        Take(line);
                    }
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed: the generation is gone.
        }
    }

    /// <summary>Closes it. Its path goes with the directory.</summary>
    public void Dispose() => _socket.Dispose();

    private async Task ReceiveAll()
    {
        var first = new byte[1];
        try
        {
            while (true)
            {
                await _socket.ReceiveAsync(first, SocketFlags.Peek).ConfigureAwait(false);
                await (_held?.Task ?? Task.CompletedTask).ConfigureAwait(false);
                Read();
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
        else if (line.StartsWith("MAINPID=", StringComparison.Ordinal)
            && int.TryParse(line["MAINPID=".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var main))
        {
            _named = main;
            _onMain?.Invoke(main);
        }
        else if (line.StartsWith("STATUS=", StringComparison.Ordinal))
        {
            Status = OneLine.Cut(line["STATUS=".Length..], LongestStatus);
        }
    }
}
