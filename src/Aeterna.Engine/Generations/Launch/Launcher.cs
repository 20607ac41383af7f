using System.Buffers.Binary;
using System.Globalization;

using Aeterna.Broker;
using Aeterna.Linux;

namespace Aeterna.Generations.Launch;

/// <summary>
/// The hidden verb <c>__launch</c>: a process that waits for an order, puts the seccomp filter on itself, sends the notification
/// descriptor to the engine, and becomes the service's command by execve. It is started in advance, so that a generation costs
/// a message and not the start of a runtime.
/// </summary>
/// <remarks>
/// On its control socket: it sends one byte <see cref="Ready"/>; gets a length (u32, little-endian) with the descriptors
/// attached, and a <see cref="LaunchOrder"/>; sends <see cref="Notify"/> with the notification descriptor attached; and then
/// closes it by execve, or sends <see cref="Failed"/> with an errno and the name of the step.
/// </remarks>
internal static class Launcher
{
    public const string Verb = "__launch";

    /// <summary>Number of the control socket in the launcher. Below it are placeholders, so that nothing of the runtime's is where
    /// inherited descriptors have to go.</summary>
    public const int ControlFd = 67;

    public const byte Ready = 1;
    public const byte Notify = 2;
    public const byte Failed = 3;

    /// <summary>How the steps begin that need a capability.</summary>
    public const string Becoming = "becoming user";
    public const string Limiting = "setting limit";

    private const int FirstInherited = 3;

    /// <summary>Runs the launcher; returns only when there was no order, or it could not be carried out.</summary>
    public static int Run()
    {
        var step = "waiting for an order";
        try
        {
            Signals.IgnoreRequests();
            Rehearse();
            Signals.IgnoreRequests(); // The rehearsal has ended that.
            FdPassing.Send(ControlFd, [Ready], []);
            if (ReceiveOrder() is not var (order, descriptors))
            {
                return 0; // The engine is gone, or does not need this one.
            }

            step = "setting it up";
            Prepare(order, ref step);
            var inherited = Place(descriptors, ref step);
            var environment = order.Environment.ToList();
            if (inherited > 0)
            {
                environment.Add(string.Create(CultureInfo.InvariantCulture, $"LISTEN_PID={Environment.ProcessId}"));
            }

            Execute(order, environment, TrapFilter.Build(SyscallTable.Native, order.FirstLeg), ref step);
            return 127;
        }
        catch (LinuxException e)
        {
            Report(step, e.Number);
            return 127;
        }
    }

    /// <summary>
    /// Goes the whole way to execve once, with an order that changes nothing, so that the runtime compiles all of it now and not
    /// between the real order and its exec: the difference is some ten milliseconds.
    /// </summary>
    private static void Rehearse()
    {
        var step = "";
        var (soft, hard) = ResourceLimit.Get(0, ResourceLimit.NoFile);
        var order = LaunchOrder.FromBytes(new LaunchOrder
        {
            Path = "/nonexistent",
            Arguments = ["/nonexistent"],
            Environment = ["NAME=value"],
            User = new LaunchUser(0, 0, [0]),
            Limits = [new LaunchLimit(ResourceLimit.NoFile, soft, hard)],
        }.ToBytes());
        Prepare(order, ref step);
        Limit(order, ref step);
        var inherited = Place([], ref step);
        _ = TrapFilter.Build(SyscallTable.Native, FirstInherited);
        Replace(order, [.. order.Environment, string.Create(CultureInfo.InvariantCulture, $"LISTEN_PID={inherited}")]);
    }

    /// <summary>execve(2), with default signals; returns only when it failed, with the errno.</summary>
    private static unsafe int Replace(LaunchOrder order, IReadOnlyList<string> environment)
    {
        using var path = new NativeStrings([order.Path]);
        using var arguments = new NativeStrings(order.Arguments);
        using var variables = new NativeStrings(environment);
        Signals.ResetForExec();
        return LibC.execve(path.Pointer[0], arguments.Pointer, variables.Pointer) == 0 ? 0 : Errno.Last;
    }

    private static (LaunchOrder Order, List<int> Descriptors)? ReceiveOrder()
    {
        var descriptors = new List<int>();
        var head = new byte[4];
        if (!ReceiveAll(head, descriptors))
        {
            return null;
        }

        var body = new byte[BinaryPrimitives.ReadInt32LittleEndian(head)];
        return ReceiveAll(body, descriptors) ? (LaunchOrder.FromBytes(body), descriptors) : null;
    }

    private static bool ReceiveAll(byte[] buffer, List<int> descriptors)
    {
        for (var done = 0; done < buffer.Length;)
        {
            var received = FdPassing.Receive(ControlFd, buffer.AsSpan(done), descriptors);
            if (received == 0)
            {
                return false;
            }

            done += received;
        }

        return true;
    }

    private static void Prepare(LaunchOrder order, ref string step)
    {
        if (order.Umask >= 0)
        {
            _ = Libc.umask(order.Umask);
        }

        if (order.NoNewPrivileges)
        {
            step = "setting no_new_privs";
            Errno.ThrowIfFailed(Libc.prctl(Libc.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
        }

        if (order.WorkingDirectory.Length > 0)
        {
            step = $"entering {order.WorkingDirectory}";
            Errno.ThrowIfFailed(Libc.chdir(order.WorkingDirectory), "chdir");
        }
    }

    /// <summary>Puts the received descriptors to 3, 4, … and marks everything above CLOEXEC. Returns how many there are.</summary>
    private static int Place(List<int> descriptors, ref string step)
    {
        step = "placing the inherited descriptors";
        for (var i = 0; i < descriptors.Count; i++)
        {
            Errno.ThrowIfFailed(LibC.dup2(descriptors[i], FirstInherited + i), "dup2");
        }

        Errno.ThrowIfFailed(
            Libc.close_range((uint)(FirstInherited + descriptors.Count), uint.MaxValue, Libc.CLOSE_RANGE_CLOEXEC), "close_range");
        return descriptors.Count;
    }

    private static void Execute(LaunchOrder order, List<string> environment, SockFilter[] filter, ref string step)
    {
        step = "installing the seccomp filter";

        // Before the user changes: without no_new_privs the filter needs CAP_SYS_ADMIN.
        var notify = Seccomp.InstallWithListener(filter);
        Limit(order, ref step);
        if (order.User is { } user)
        {
            step = $"{Becoming} {user.Uid}, group {user.Gid}";
            Become(user);
        }

        step = "sending the notification descriptor";
        FdPassing.Send(ControlFd, [Notify], [notify]);
        step = $"executing {order.Path}";
        throw new LinuxException("execve", Replace(order, environment));
    }

    /// <summary>After the last descriptor was opened, and while hard limits may still be raised.</summary>
    private static void Limit(LaunchOrder order, ref string step)
    {
        foreach (var limit in order.Limits)
        {
            step = $"{Limiting} {ResourceLimit.Name(limit.Resource)}";
            ResourceLimit.Set(0, limit.Resource, limit.Soft, limit.Hard);
        }
    }

    private static unsafe void Become(LaunchUser user)
    {
        var groups = user.Groups.ToArray();
        fixed (uint* list = groups)
        {
            Errno.ThrowIfFailed(Libc.setgroups((nuint)groups.Length, list), "setgroups");
        }

        Errno.ThrowIfFailed(LibC.setgid(user.Gid), "setgid");
        Errno.ThrowIfFailed(LibC.setuid(user.Uid), "setuid");
    }

    private static void Report(string step, int errno)
    {
        var text = System.Text.Encoding.UTF8.GetBytes(step);
        var message = new byte[5 + text.Length];
        message[0] = Failed;
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(1), errno);
        text.CopyTo(message, 5);
        try
        {
            FdPassing.Send(ControlFd, message, []);
        }
        catch (LinuxException)
        {
            // The engine is gone; nobody is left to be told.
            LibC._exit(127);
        }
    }
}
