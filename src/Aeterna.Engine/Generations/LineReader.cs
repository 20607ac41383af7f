using System.Text;

using Aeterna.Linux;

namespace Aeterna.Generations;

/// <summary>Reads stdout and stderr of a process line by line on a thread of its own, until all its ends are closed. Owns the descriptors.</summary>
internal sealed partial class LineReader : IDisposable
{
    /// <summary>A longer line is cut into pieces of this many bytes, so that a program without line ends cannot fill the memory.</summary>
    private const int MaxLine = 8192;

    private readonly Source[] _sources;
    private readonly Action<bool, string> _onLine;
    private readonly string _name;
    private readonly WakeUp _stop;
    private Thread? _thread; // Null while it is held still.
    private volatile bool _isHeld;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="stdout">Owned from here on.</param>
    /// <param name="stderr">Owned from here on.</param>
    /// <param name="onLine">Gets (is it stderr, the line) on the reader's thread.</param>
    /// <param name="name">Name of the thread.</param>
    /// <exception cref="LinuxException">EMFILE; both stay the caller's then.</exception>
    public LineReader(FileDescriptor stdout, FileDescriptor stderr, Action<bool, string> onLine, string name)
    {
        _stop = new WakeUp();
        _sources = [new Source(stdout, false), new Source(stderr, true)];
        (_onLine, _name) = (onLine, name);
        _thread = NewThread();
    }

    /// <summary>Completes when every process has closed both.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Stops reading: a descendant that still has them open then gets SIGPIPE or EPIPE.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread?.Join();
        _stop.Dispose();
        foreach (var source in _sources)
        {
            source.Fd.Dispose();
        }
    }

    private Thread NewThread()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = _name };
        thread.Start();
        return thread;
    }

    private unsafe void Run()
    {
        var fds = stackalloc Pollfd[3];
        var buffer = new byte[4096];
        while (_sources.Any(s => !s.Ended))
        {
            for (var i = 0; i < 2; i++)
            {
                fds[i] = new Pollfd { Fd = _sources[i].Ended ? -1 : _sources[i].Fd.Number, Events = Libc.POLLIN };
            }

            fds[2] = new Pollfd { Fd = _stop.Fd, Events = Libc.POLLIN };
            if (Libc.poll(fds, 3, -1) < 0)
            {
                continue; // EINTR is all that these arguments can give.
            }

            if (fds[2].Revents != 0)
            {
                break;
            }

            for (var i = 0; i < 2; i++)
            {
                if (fds[i].Revents != 0)
                {
                    Read(_sources[i], buffer);
                }
            }
        }

        if (!_isHeld)
        {
            _ended.TrySetResult();
        }
    }

    private unsafe void Read(Source source, byte[] buffer)
    {
        nint count;
        fixed (byte* p = buffer)
        {
            count = Libc.read(source.Fd.Number, p, (nuint)buffer.Length);
        }

        if (count <= 0)
        {
            source.Ended = count == 0 || Errno.Last != Errno.EINTR;
            if (source.Ended && source.Line.Count > 0)
            {
                Flush(source);
            }

            return;
        }

        foreach (var b in buffer.AsSpan(0, (int)count))
        {
            if (b == (byte)'\n' || source.Line.Count == MaxLine)
            {
                Flush(source);
            }

            if (b != (byte)'\n')
            {
                source.Line.Add(b);
            }
        }
    }

    private void Flush(Source source)
    {
        var line = Encoding.UTF8.GetString([.. source.Line]).TrimEnd('\r');
        source.Line.Clear();
        _onLine(source.IsError, line);
    }

    private sealed class Source(FileDescriptor fd, bool isError)
    {
        public Source(PipeState state, bool isError)
            : this(new FileDescriptor(state.Fd), isError) => (Line, Ended) = ([.. state.Line], state.Ended);

        public FileDescriptor Fd { get; } = fd;

        public bool IsError { get; } = isError;

        public List<byte> Line { get; } = new(256);

        public bool Ended { get; set; }

        public PipeState State() => new(Fd.Number, [.. Line], Ended);
    }
}
