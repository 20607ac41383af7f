using Aeterna.Linux;

namespace Aeterna.Listeners;

/// <summary>
/// The file of a held unix socket: which one it is, and where. What is done with it is done at that place, with the rights of who bound
/// the socket, and only while it is that very file. Owns the place.
/// </summary>
/// <param name="place">Where it is.</param>
/// <param name="file">Which file it is; null when none was found there after the bind.</param>
/// <param name="rights">Of who bound it; null: the engine itself.</param>
internal sealed class SocketFile(FilePlace place, FileIdentity? file, Rights? rights) : IDisposable
{
    private FilePlace _place = place;

    /// <summary>Where it was bound: a later generation that binds there means this socket.</summary>
    public Whereabouts BoundAt { get; } = place.Where;

    /// <summary>Its name now.</summary>
    public string Name => _place.Name;

    /// <summary>Its path now, to be shown.</summary>
    public string Path => _place.Path;

    /// <summary>Whether a place is where it is now, or where it was bound.</summary>
    public bool HasName(string name) => name == Name || name == BoundAt.Name;

    /// <summary>Whether it is this file that is at a place.</summary>
    public bool IsAt(FilePlace other) => file is not null && other.Socket() == file;

    /// <summary>Whether it is still where it has to be.</summary>
    public bool IsThere => IsAt(_place);

    /// <summary>It was moved.</summary>
    public void MovedTo(FilePlace other)
    {
        _place.Dispose();
        _place = other;
    }

    /// <summary>Removes it if it is still there.</summary>
    public void Remove()
    {
        if (rights is null)
        {
            RemoveHere();
            return;
        }

        try
        {
            Deputy.Do(rights, null, RemoveHere);
        }
        catch (LinuxException)
        {
            // The engine may not act as who bound it: it stays, as it does when a program dies.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _place.Dispose();

    private int RemoveHere() => IsThere ? _place.Remove() : 0;
}
