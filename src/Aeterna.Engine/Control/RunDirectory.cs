using System.Globalization;
using System.Text;
using Aeterna.Configuration;
using Aeterna.Linux;
using Microsoft.Win32.SafeHandles;

namespace Aeterna.Control;

/// <summary>
/// The engine's place under /run, and the proof that it is the only engine of its name: the lock on <c>engine.pid</c>, which
/// ends with the process however that ends.
/// </summary>
internal sealed class RunDirectory : IDisposable
{
    private const UnixFileMode ForAll = OnlyOwner
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>A service that runs as another user has its own folder below; what else is there is the engine's alone by its own mode.</summary>
    private const UnixFileMode OnlyThrough = OnlyOwner | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly EnginePaths _paths;
    private readonly SafeFileHandle _pidFile;
    private bool _pointed;

    private RunDirectory(EnginePaths paths, SafeFileHandle pidFile)
    {
        _paths = paths;
        _pidFile = pidFile;
    }

    private string DefaultSocket => Path.Combine(_paths.RunDirectory, "control.sock");

    /// <summary>Makes the directory, takes the lock and writes the process id.</summary>
    /// <param name="service">The service's name.</param>
    /// <param name="paths">Where it is.</param>
    /// <param name="pid">The process id that its file is to have: whoever is sent the signals.</param>
    /// <exception cref="EngineStartException">Another engine has it, or the directory cannot be made.</exception>
    public static RunDirectory Take(string service, EnginePaths paths, int pid)
    {
        try
        {
            Make(paths.RunDirectory);
            return new RunDirectory(paths, TakeLock(service, paths.PidFile, pid));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngineStartException(
                $"cannot start {service}: cannot use the run directory {paths.RunDirectory}: {e.Message} "
                + "(start the engine as root, or set XDG_RUNTIME_DIR to a directory of your own)", e);
        }
    }

    /// <summary>Goes on with a predecessor's, whose lock it takes over: the process is the same.</summary>
    public static RunDirectory From(EnginePaths paths, int pidFile) => new(paths, new SafeFileHandle(pidFile, ownsHandle: true)) { _pointed = true };

    /// <summary>The descriptor that has the lock; stays this object's.</summary>
    public int Lock => (int)_pidFile.DangerousGetHandle();

    /// <summary>Lets clients find a control socket that the plan has put elsewhere by the service's name all the same.</summary>
    public void PointToSocket()
    {
        if (_paths.ControlSocket != DefaultSocket)
        {
            File.Delete(DefaultSocket);
            File.CreateSymbolicLink(DefaultSocket, _paths.ControlSocket);
            _pointed = true;
        }
    }

    /// <summary>Removes what the engine has made here, and gives the name free.</summary>
    public void Dispose()
    {
        if (_pointed && _paths.ControlSocket != DefaultSocket)
        {
            Remove(DefaultSocket);
        }

        // Before the lock ends: whoever opens the file afterwards makes a new one, and whoever has opened this one sees that it is gone.
        Remove(_paths.PidFile);
        _pidFile.Dispose();
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody removed the directory, or took it from us. Left-overs do no harm: only the lock counts.
        }
    }

    // In a directory that somebody else could change, the control socket could be somebody else's too.
    private static void Make(string directory)
    {
        var root = Path.GetDirectoryName(directory)!;
        using (Folder.OpenSafe(Path.GetDirectoryName(root)!, make: true))
        {
            if (!Directory.Exists(root))
            {
                Directory.CreateDirectory(root);
                File.SetUnixFileMode(root, ForAll);
            }
        }

        using var made = Folder.OpenSafe(directory, make: true);
        File.SetUnixFileMode(directory, OnlyThrough);
    }

    private static SafeFileHandle TakeLock(string service, string path, int own)
    {
        while (true)
        {
            var file = PlainFile.OpenUnlocked(path);
            if (!FileLock.TryTake(file))
            {
                var pid = ReadPid(file);
                file.Dispose();
                throw new EngineStartException(
                    $"cannot start {service}: an engine with this name is running{(pid is null ? "" : $" as pid {pid}")} "
                    + $"(aeterna status -n {service}, or aeterna stop -n {service})");
            }

            if (FileStatus.Of(path) is { IsLink: true })
            {
                file.Dispose();
                throw new IOException($"{path} is a symbolic link");
            }

            if (IsStillThere(path, file))
            {
                RandomAccess.SetLength(file, 0);
                RandomAccess.Write(file, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{own}\n")), 0);
                return file;
            }

            // An engine that was ending has removed the file between our open and our lock.
            file.Dispose();
        }
    }

    private static bool IsStillThere(string path, SafeFileHandle file) =>
        FileStatus.Of(path) is { } named && FileStatus.Of(file).Inode == named.Inode;

    private static int? ReadPid(SafeFileHandle file)
    {
        Span<byte> text = stackalloc byte[16];
        var length = RandomAccess.Read(file, text, 0);
        return int.TryParse(Encoding.ASCII.GetString(text[..length]).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;
    }
}
