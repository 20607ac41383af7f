using System.Net.Sockets;

namespace Aeterna.Linux;

/// <summary>
/// The file of a unix socket: which one it is, and where. What is done with it is done at that place, with the rights of who bound
/// the socket, and only while it is that very file. Owns the place.
/// </summary>
/// <param name="place">Where it is.</param>
/// <param name="file">Which file it is; null when none was found there after the bind.</param>
/// <param name="rights">Of who bound it; null: the engine itself.</param>
internal sealed partial class SocketFile(FilePlace place, FileIdentity? file, Rights? rights) : IDisposable
{
    private const int OnlyOwner = 0x7F; // umask 0177: mode 0600
    private const uint OwnersMode = 0x180; // 0600

    private FilePlace _place = place;

    /// <summary>Where it was bound: a later generation that binds there means this socket.</summary>
    public Whereabouts BoundAt { get; private init; } = place.Where;

    /// <summary>Its path now, to be shown.</summary>
    public string Path => _place.Path;

    /// <summary>Whether it is still where it has to be.</summary>
    public bool IsThere => _place.Socket() is { } there && Is(there);

    /// <summary>
    /// Binds a socket of the engine's own, mode 0600 from the beginning. The file of a dead engine's is replaced; one that somebody listens
    /// on, or that is another user's, is not.
    /// </summary>
    /// <param name="socket">Not bound yet; stays the caller's.</param>
    /// <param name="path">Absolute.</param>
    /// <param name="owner">Whose it is to be; null: the engine's.</param>
    /// <param name="isOurs">Whether it is known that nobody lives there.</param>
    /// <exception cref="IOException">It cannot be had; why.</exception>
    /// <exception cref="LinuxException">bind's errno, or that of the way there.</exception>
    public static SocketFile Bind(FileDescriptor socket, string path, (uint Uid, uint Gid)? owner, bool isOurs = false)
    {
        var engine = Rights.Of(Environment.ProcessId) ?? throw new LinuxException("open(/proc/self/status)", Errno.ENOENT);
        using var folder = OpenSafe(System.IO.Path.GetDirectoryName(path)!, owner);

        // In a folder that others may change it is made with the rights of its owner, who can do no harm there that he could not do without us.
        var rights = owner is { } user && folder is null ? Rights.OfUser(user.Uid, user.Gid, [user.Gid]) : null;
        using var start = UnixFiles.Walk(UnixFiles.AT_FDCWD, "/", Libc.O_PATH | Libc.O_DIRECTORY);
        using var surroundings = new Surroundings(null, start, OnlyOwner);
        SocketFile Make(Surroundings? from) => Deputy.Do(rights ?? engine, from, () => BindHere(socket, path, owner?.Uid ?? engine.Uid, isOurs, rights));
        SocketFile file;
        try
        {
            file = Make(surroundings);
        }
        catch (LinuxException e) when (e.Call == Deputy.Standing)
        {
            // Denied, as in many containers. The file's mode is the socket's own (unix(7) leaves it open; the kernel has it so), less the umask.
            Errno.ThrowIfFailed(Libc.fchmod(socket.Number, OwnersMode), "fchmod");
            file = Make(null);
        }

        if (owner is { } theirs && folder is not null)
        {
            folder.Give(System.IO.Path.GetFileName(path), theirs.Uid, theirs.Gid);
        }

        return file;
    }

    /// <summary>Whether who binds at a place means it: where it was bound, or where it was moved to.</summary>
    public bool Means(Whereabouts where) => where == BoundAt || where == _place.Where;

    /// <summary>Whether it has, or was bound under, a last name.</summary>
    public bool HasName(string name) => name == _place.Name || name == BoundAt.Name;

    /// <summary>Whether a file is this one.</summary>
    public bool Is(FileIdentity other) => file == other;

    /// <summary>It was moved; the new place is its own from now on.</summary>
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

    /// <summary>
    /// With whose rights a socket of the configuration's is made in a folder, where the engine is root: null = its own, where nobody else can
    /// change what is there; otherwise those of the folder's owner.
    /// </summary>
    /// <exception cref="LinuxException">ENOENT; EACCES: another user decides by a link that it is a folder of root's.</exception>
    public static Rights? RightsIn(string path)
    {
        if (Libc.geteuid() != 0)
        {
            return null;
        }

        using var folder = UnixFiles.Walk(UnixFiles.AT_FDCWD, path, Libc.O_PATH | Libc.O_DIRECTORY);
        try
        {
            using (Folder.OpenSafe(path))
            {
                return null;
            }
        }
        catch (IOException)
        {
            var status = FileStatus.Of(folder);
            return status.Uid == 0 ? throw new LinuxException("bind", Errno.EACCES) : Rights.OfUser(status.Uid, status.Gid, [status.Gid]);
        }
    }

    /// <summary>The folder, if nobody else can change it. Null: others can, and then the file is made as somebody who is not root.</summary>
    private static Folder? OpenSafe(string path, (uint Uid, uint Gid)? owner)
    {
        try
        {
            return Folder.OpenSafe(path);
        }
        catch (IOException) when (owner is { Uid: not 0 } || Libc.geteuid() != 0)
        {
            return null;
        }
    }

    private static unsafe SocketFile BindHere(FileDescriptor socket, string path, uint owner, bool isOurs, Rights? rights)
    {
        var place = FilePlace.Resolve(UnixFiles.AT_FDCWD, path) ?? throw new IOException("the path ends in no name");
        try
        {
            MakeWay(place, path, owner, isOurs);
            var address = SockAddr.WriteUnix(path);
            if (address.Length > SockAddr.MaxLength)
            {
                throw new IOException("the path is too long for a unix socket");
            }

            fixed (byte* bytes = address)
            {
                Errno.ThrowIfFailed(Libc.bind(socket.Number, bytes, (uint)address.Length), "bind");
            }

            return new SocketFile(place, place.Socket(), rights);
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    private static void MakeWay(FilePlace place, string path, uint owner, bool isOurs)
    {
        if (place.IsEmpty())
        {
            return;
        }

        if (place.Look() is not { IsSocket: true } there)
        {
            throw new IOException("there is something else than a socket");
        }

        if (!isOurs && SomeoneListens(path))
        {
            throw new IOException("another process listens on it");
        }

        if (there.Uid != owner && !there.IsSafeOwner(Libc.geteuid()))
        {
            throw new IOException($"there is a socket of uid {there.Uid}");
        }

        if (place.Remove() is var error and not 0)
        {
            throw new LinuxException("unlinkat", error);
        }
    }

    private static bool SomeoneListens(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode != SocketError.ConnectionRefused; // Otherwise its queue is full.
        }
    }
}
