namespace Aeterna.Load.Verification;

/// <summary>Reads what was added to one file since the last time, line by line.</summary>
internal sealed class LogFollower(string path) : IDisposable
{
    private byte[] _buffer = new byte[256 * 1024];
    private FileStream? _file;
    private int _held;

    /// <summary>Takes a line without its line feed; the number counts from 1.</summary>
    public delegate void LineAction(long number, ReadOnlySpan<byte> line);

    public string Path { get; } = path;

    /// <summary>Lines read so far.</summary>
    public long Lines { get; private set; }

    /// <summary>What stands after the last line feed.</summary>
    public ReadOnlySpan<byte> Unfinished => _buffer.AsSpan(0, _held);

    /// <summary>Reads on to the end of the file as it is now; a file that is not there yet is empty.</summary>
    /// <returns>Bytes read.</returns>
    public long Read(LineAction action)
    {
        if (_file is null && !File.Exists(Path))
        {
            return 0;
        }

        _file ??= new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        long total = 0;
        for (int read; (read = _file.Read(_buffer.AsSpan(_held))) > 0;)
        {
            total += read;
            _held += read;
            Split(action);
        }

        return total;
    }

    public void Dispose() => _file?.Dispose();

    private void Split(LineAction action)
    {
        var rest = _buffer.AsSpan(0, _held);
        for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
        {
            action(++Lines, rest[..end]);
        }

        _held = rest.Length;
        rest.CopyTo(_buffer);
        if (_held == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
    }
}
