using System.Text;
using Aeterna.Linux;

namespace Aeterna.Cli;

/// <summary>Reads the end of a log, and what comes after it: through its being renamed when it is full, or emptied.</summary>
internal sealed class LogReader(string path) : IDisposable
{
    private const int Piece = 64 << 10;
    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(100);

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _unfinished = new();
    private FileStream _file = Open(path);

    /// <summary>The last whole lines; what follows them is for <see cref="Follow"/>.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public IReadOnlyList<string> Last(int count)
    {
        _file.Position = Start(count);
        return [.. Rest().TakeLast(count)];
    }

    /// <summary>Lines as they are written, until cancelled.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public async IAsyncEnumerable<string> Follow([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            // Another file has the name now: what was written before is in this one.
            var renamed = FileStatus.Of(path) is { } named && named.Identity != FileStatus.Of(_file.SafeFileHandle).Identity;
            if (_file.Length < _file.Position)
            {
                _file.Position = 0;
            }

            foreach (var line in Rest())
            {
                yield return line;
            }

            if (renamed)
            {
                Reopen();
                continue;
            }

            await Task.Delay(_lookEvery, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static FileStream Open(string path) =>
        new(path, new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 });

    private void Reopen()
    {
        try
        {
            var next = Open(path);
            _file.Dispose();
            _file = next;
        }
        catch (FileNotFoundException)
        {
            // It is being renamed at this moment.
        }
    }

    /// <summary>Where so many lines before the end begin, or a little before.</summary>
    private long Start(int count)
    {
        var buffer = new byte[Piece];
        var at = _file.Length;
        var feeds = 0;
        while (at > 0)
        {
            var from = Math.Max(0, at - Piece);
            _file.Position = from;
            var length = _file.ReadAtLeast(buffer.AsSpan(0, (int)(at - from)), (int)(at - from), throwOnEndOfStream: false);
            for (var i = length - 1; i >= 0; i--)
            {
                if (buffer[i] == (byte)'\n' && ++feeds > count)
                {
                    return from + i + 1;
                }
            }

            at = from;
        }

        return 0;
    }

    /// <summary>The whole lines from here to the end.</summary>
    private List<string> Rest()
    {
        List<string> lines = [];
        var buffer = new byte[Piece];
        var text = new char[Piece + 1];
        for (int length; (length = _file.Read(buffer)) > 0;)
        {
            foreach (var c in text.AsSpan(0, _decoder.GetChars(buffer.AsSpan(0, length), text, flush: false)))
            {
                if (c != '\n')
                {
                    _unfinished.Append(c);
                    continue;
                }

                lines.Add(_unfinished.ToString());
                _unfinished.Clear();
            }
        }

        return lines;
    }
}
