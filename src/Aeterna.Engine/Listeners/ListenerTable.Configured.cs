using System.Net.Sockets;

using Aeterna.Linux;
using Aeterna.Machine.Plans;

namespace Aeterna.Listeners;

/// <content>Listeners that the configuration names.</content>
internal sealed partial class ListenerTable
{
    /// <inheritdoc/>
    public void Configure(IReadOnlyList<ListenerPlan> listeners)
    {
        inputs.Configure(listeners);
        lock (_gate)
        {
            List<HeldSocket> opened = [];
            try
            {
                // Only those that are handed over as descriptors have to exist beforehand; the others are captured from the
                // program's own bind, with the options that it sets.
                foreach (var plan in listeners.Where(p => p.Handoff == Handoff.Inherit && !_byKey.Values.Any(h => h.Key.Address == p.Address)))
                {
                    opened.Add(Open(plan));
                }
            }
            catch (Exception)
            {
                opened.ForEach(h => h.Dispose());
                throw;
            }

            opened.ForEach(Add);
            _plans = listeners;
            foreach (var held in _byKey.Values)
            {
                var plan = PlanFor(held.Key.Address);
                held.Configured = plan is not null;
                if (plan?.ReceiveBuffer is { } bytes)
                {
                    ReceiveBuffer.Widen(held, bytes, log);
                }
            }
        }
    }

    /// <summary>The descriptors for a generation's 3, 4, … in the order of the configuration, with their names. They stay the table's.</summary>
    /// <param name="generation">Its number.</param>
    /// <param name="user">As whom it runs.</param>
    /// <param name="listeners">Of the configuration.</param>
    public IReadOnlyList<(int Fd, string Name)> Inherit(int generation, uint user, IReadOnlyList<ListenerPlan> listeners)
    {
        List<(int Fd, string Name)> descriptors = [];
        lock (_gate)
        {
            foreach (var plan in listeners.Where(p => p.Handoff == Handoff.Inherit))
            {
                var held = _byKey.Values.First(h => h.Key.Address == plan.Address);
                held.Bound.Add(generation);
                held.Serving.Add(generation);
                FollowOwner(held, user);
                descriptors.Add((held.Fd.Number, plan.Name));
            }
        }

        return descriptors;
    }

    private HeldSocket Open(ListenerPlan plan)
    {
        var address = plan.Address;
        var (family, type, bytes) = address.Endpoint is { } endpoint
            ? (endpoint.AddressFamily == AddressFamily.InterNetworkV6 ? Libc.AF_INET6 : Libc.AF_INET,
                address.IsStream ? Libc.SOCK_STREAM : Libc.SOCK_DGRAM,
                SockAddr.Write(endpoint))
            : (Libc.AF_UNIX,
                address.Scheme switch
                {
                    ListenerScheme.Unix => Libc.SOCK_STREAM,
                    ListenerScheme.Unixpacket => Libc.SOCK_SEQPACKET,
                    _ => Libc.SOCK_DGRAM,
                },
                SockAddr.WriteUnix(address.Path!));
        FileDescriptor? socket = null;
        try
        {
            socket = new FileDescriptor(Errno.ThrowIfFailed(LibC.socket(family, type | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, 0), "socket"));
            if (address.Scheme == ListenerScheme.Tcp)
            {
                Libc.SetOption(socket.Number, Libc.SOL_SOCKET, Libc.SO_REUSEADDR, 1);
            }

            var rights = address.IsUnixPath ? SocketFile.RightsIn(Path.GetDirectoryName(address.Path)!) : null;
            var place = rights is null ? BindHere(socket, address, bytes) : Deputy.Do(rights, null, () => BindHere(socket, address, bytes));
            var held = new HeldSocket(new SocketKey(address, false, "", 0), socket, plan.Name, Handoff.Inherit)
            {
                Configured = true,
                File = place is null ? null : new SocketFile(place, place.Socket(), rights),
            };
            if (address.IsStream)
            {
                held.Backlog = plan.Backlog ?? LongestBacklog;
                Errno.ThrowIfFailed(LibC.listen(socket.Number, held.Backlog.Value), "listen");
            }

            ReceiveBuffer.Widen(held, plan.ReceiveBuffer ?? ReceiveBuffer.Default, plan.ReceiveBuffer is null ? null : log);
            return held;
        }
        catch (LinuxException e)
        {
            socket?.Dispose();
            throw new ListenerException($"cannot bind {address}: {BindAdvice.Of(e.Number, address)}", e);
        }
    }

    private static unsafe void Bind(FileDescriptor socket, byte[] address)
    {
        fixed (byte* p = address)
        {
            Errno.ThrowIfFailed(Libc.bind(socket.Number, p, (uint)address.Length), "bind");
        }
    }

    /// <summary>Binds it, and says where its file is.</summary>
    private static FilePlace? BindHere(FileDescriptor socket, ListenerAddress address, byte[] bytes)
    {
        var place = address.IsUnixPath ? FilePlace.Resolve(UnixFiles.AT_FDCWD, address.Path!) : null;
        try
        {
            RemoveStaleFile(address, place);
            Bind(socket, bytes);
            return place;
        }
        catch
        {
            place?.Dispose();
            throw;
        }
    }

    /// <summary>Removes the file of a socket on which nobody listens any more; one in use is left, and bind then fails.</summary>
    private static void RemoveStaleFile(ListenerAddress address, FilePlace? place)
    {
        if (place?.Socket() is null)
        {
            return;
        }

        using var probe = new Socket(
            AddressFamily.Unix, address.Scheme == ListenerScheme.Unixgram ? SocketType.Dgram : SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(address.Path!));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            place.Remove();
        }
        catch (SocketException)
        {
            // In use by a socket of another kind, or no socket at all: not ours to remove.
        }
    }
}

/// <summary>Says what to do about a failed bind(2).</summary>
internal static class BindAdvice
{
    /// <summary>"why (what to do)".</summary>
    public static string Of(int errno, ListenerAddress address) => errno switch
    {
        Errno.EADDRINUSE => InUse(address.Endpoint is { } endpoint ? PortHolders.Of(endpoint, address.IsStream) : []),
        Errno.EACCES => "permission denied (ports below net.ipv4.ip_unprivileged_port_start need root or CAP_NET_BIND_SERVICE; a path needs write access to its folder)",
        Errno.EADDRNOTAVAIL => "this machine has no such address (see: ip address)",
        Errno.ENOENT => "the folder does not exist (create it)",
        _ => $"{Errno.Text(errno).ToLowerInvariant()} (errno {errno})",
    };

    private static string InUse(IReadOnlyList<int> holders) =>
        holders.Contains(Environment.ProcessId) ? "the engine itself has it (for this service, which must not bind it twice, or as observability.metrics_port)"
        : holders is [var holder, ..] ? $"the address is in use by {PortHolders.Describe(holder)} (stop that, or choose another address)"
        : "the address is in use by another program (find it with: ss -lnptux)";
}
