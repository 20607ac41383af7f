using System.Globalization;
using Aeterna.Configuration;
using Aeterna.Linux;
using Aeterna.Listeners;

namespace Aeterna.Broker;

/// <summary>bind(2): the first generation's socket is bound here and held; a later one gets the held socket in its own one's place.</summary>
internal sealed class BindTrap(BrokerSubject subject, ListenerTable listeners, Action<ListenerAddress, int> onFailed)
{
    private const int FirstUnprivilegedPort = 1024;

    private static readonly char[] _separators = ['-', '.', '_', '@', ':', ' '];

    public Answer Handle(Caller caller)
    {
        var length = (int)Math.Min(caller.Argument(2), SockAddr.MaxLength);
        Span<byte> buffer = stackalloc byte[SockAddr.MaxLength];
        var address = buffer[..length];
        var fd = caller.IntArgument(0);
        if (length < 3 || !ProcessMemory.TryRead(caller.Tid, caller.Argument(1), address) || !caller.SharesRoot)
        {
            return Answer.Untouched;
        }

        caller.ThrowIfGone();
        using var socket = caller.Duplicate(fd);
        if (socket is null || SocketKey.Of(socket.Number, address, path => caller.Absolute(UnixFiles.AT_FDCWD, path)) is not { } key)
        {
            return Answer.Untouched;
        }

        if (IsOfOneProcess(key.Address, caller.Process))
        {
            return Answer.Untouched;
        }

        var bytes = address.ToArray();
        var error = listeners.Bind(new BindCall
        {
            Generation = subject.Generation,
            Service = subject.Service,
            Key = key,
            Socket = socket,
            BindNow = () => BindAs(caller, key.Address, socket, bytes),
            Give = held => caller.Give(held, fd),
            IsOpen = inode => IsOpen(caller, inode),
        });
        if (error != 0)
        {
            onFailed(key.Address, error);
        }

        return Answer.Of(error);
    }

    /// <summary>
    /// A socket file with the process's own number in its name (.NET's diagnostics port is one) is that process's own: no later
    /// generation binds it. Only a number that stands by itself counts, as php8.2-fpm.sock shows where process ids are small.
    /// </summary>
    private static bool IsOfOneProcess(ListenerAddress address, int process) =>
        address.IsUnixPath
        && Path.GetFileName(address.Path!).Split(_separators).Contains(process.ToString(CultureInfo.InvariantCulture));

    private static int BindAs(Caller caller, ListenerAddress address, FileDescriptor socket, byte[] bytes)
    {
        if (address.Endpoint is { } endpoint)
        {
            // The engine may be allowed what the program is not; a bind must not succeed for that reason.
            return endpoint.Port < UnprivilegedPortStart() && !caller.MayBindLowPorts() ? Errno.EACCES : Bind(socket, bytes);
        }

        return caller.InItsPlace(() => Bind(socket, bytes));
    }

    private static unsafe int Bind(FileDescriptor socket, byte[] address)
    {
        fixed (byte* p = address)
        {
            return Libc.bind(socket.Number, p, (uint)address.Length) == 0 ? 0 : Errno.Last;
        }
    }

    private static int UnprivilegedPortStart()
    {
        const string file = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
        return File.Exists(file) && int.TryParse(File.ReadAllText(file), out var port) ? port : FirstUnprivilegedPort;
    }

    private static bool IsOpen(Caller caller, ulong inode)
    {
        // The socket that is to be bound is another one, so a match is an earlier one of the same process or its relatives.
        var parent = ProcFs.Stat(caller.Process)?.Parent ?? 0;
        return new[] { caller.Process, parent }.Any(
            pid => pid > 1 && pid != Environment.ProcessId && ProcFs.Descriptors(pid).Any(d => ProcFs.SocketInode(pid, d) == inode));
    }
}
