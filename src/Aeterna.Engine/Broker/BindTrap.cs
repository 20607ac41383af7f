using Aeterna.Linux;
using Aeterna.Listeners;

using Aeterna.Machine.Plans;
using Microsoft.Extensions.Logging;

namespace Aeterna.Broker;

/// <summary>bind(2): the first generation's socket is bound here and held; a later one gets the held socket in its own one's place.</summary>
internal sealed class BindTrap(
    BrokerSubject subject, ListenerTable listeners, OptionTraps options, OwnNames names, Action<ListenerAddress, int> onFailed, ILogger log)
{
    public Answer Handle(Caller caller)
    {
        var length = (int)Math.Min(caller.Argument(2), SockAddr.MaxLength);
        Span<byte> buffer = stackalloc byte[SockAddr.MaxLength];
        var address = buffer[..length];
        var fd = caller.IntArgument(0);
        if (length < 3 || !ProcessMemory.TryRead(caller.Tid, caller.Argument(1), address))
        {
            return Answer.Untouched;
        }

        caller.ThrowIfGone();
        using var socket = caller.Duplicate(fd);
        return socket is null || SocketKey.Of(socket.Number, address) is not { } key ? Answer.Untouched
            : key.Address.IsUnixPath ? BindPath(caller, socket, key, address.ToArray())
            : Bind(caller, socket, key, address.ToArray(), null);
    }

    /// <summary>A path is resolved once, as the caller sees it; after that only the place counts that it led to.</summary>
    private Answer BindPath(Caller caller, FileDescriptor socket, SocketKey key, byte[] address)
    {
        var path = key.Address.Path!;
        FilePlace? place = null;
        try
        {
            place = caller.Find(UnixFiles.AT_FDCWD, path);
            return place is null
                ? Answer.Untouched
                : Bind(caller, socket, key with { Address = key.Address with { Path = caller.NameOf(path, place) } }, address, place);
        }
        catch (LinuxException e) when (place is null && e.Call == UnixFiles.Walking)
        {
            // For the kernel it may be another one, or none. It is told as what it most likely is.
            onFailed(key.Address, e.Number);
            return Answer.Untouched;
        }
        finally
        {
            place?.Dispose();
        }
    }

    private Answer Bind(Caller caller, FileDescriptor socket, SocketKey key, byte[] address, FilePlace? place)
    {
        if (OwnNames.IsOne(key.Address, caller.Process))
        {
            if (ProcFs.SocketInode(Environment.ProcessId, socket.Number) is { } inode)
            {
                names.Note(new OwnName(place!.Where, key.Address.Scheme, caller.Process, inode));
            }

            return Answer.Untouched;
        }

        if (!subject.Service.Holds(key.Address))
        {
            return Answer.Untouched;
        }

        using var exchange = new SocketExchange(caller, socket, caller.IntArgument(0), listeners.IsHeld, log);
        exchange.Look();
        var error = listeners.Bind(new BindCall
        {
            Generation = subject.Generation,
            Service = subject.Service,
            Key = key,
            Place = place,
            Rights = caller.Rights,
            Socket = socket,
            BindNow = () => BindAs(caller, key.Address, socket, address),
            Give = exchange.Give,
            Displace = exchange.Displace,
            Process = caller.Process,
            Number = caller.IntArgument(0),
            MainProcess = subject.MainProcess,
            Memberships = options.Early(exchange.Inode),
            WhichAreOpen = inodes => WhichAreOpen(caller, inodes),
        });
        if (error is null)
        {
            return Answer.Untouched; // It is not held.
        }

        if (error is Errno.EACCES or Errno.EPERM && !caller.SharesUsers)
        {
            return Answer.Untouched; // It may have the right where the engine counts none: over what belongs to its own namespace.
        }

        error = error == 0 ? exchange.Finish() : error;
        if (error != 0)
        {
            onFailed(key.Address, error.Value);
        }
        else
        {
            options.Forget(exchange.Inode);
        }

        return Answer.Of(error.Value);
    }

    /// <summary>The engine may be allowed what the program is not; a bind must not succeed for that reason.</summary>
    private static int BindAs(Caller caller, ListenerAddress address, FileDescriptor socket, byte[] bytes) =>
        address.IsUnixPath
            ? caller.InItsPlace(SockAddr.ReadUnix(bytes) ?? "", () => Bind(socket, bytes))
            : Capabilities.With(caller.Rights.Capabilities, () => Bind(socket, bytes));

    private static unsafe int Bind(FileDescriptor socket, byte[] address)
    {
        fixed (byte* p = address)
        {
            return Libc.bind(socket.Number, p, (uint)address.Length) == 0 ? 0 : Errno.Last;
        }
    }

    private static IEnumerable<ulong> WhichAreOpen(Caller caller, IReadOnlyCollection<ulong> inodes)
    {
        // The socket that is to be bound is another one, so a match is an earlier one of the same process or its relatives.
        var parent = ProcFs.Stat(caller.Process)?.Parent ?? 0;
        return new[] { caller.Process, parent }.Where(pid => pid > 1 && pid != Environment.ProcessId).SelectMany(ProcFs.Sockets).Where(inodes.Contains);
    }
}
