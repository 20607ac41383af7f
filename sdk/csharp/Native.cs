using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Aeterna.Sdk;

/// <summary>What .NET has no calls for: descriptors over a unix socket, and sealed memory. Layouts and numbers are those of 64-bit Linux.</summary>
internal static unsafe partial class Native
{
    private const int SOL_SOCKET = 1;
    private const int SO_PEERCRED = 17;
    private const int SCM_RIGHTS = 1;
    private const int MSG_NOSIGNAL = 0x4000;
    private const int MSG_CMSG_CLOEXEC = 0x40000000;
    private const int F_SETFD = 2;
    private const int FD_CLOEXEC = 1;
    private const int F_DUPFD_CLOEXEC = 1030;
    private const int F_ADD_SEALS = 1033;
    private const int AllSeals = 1 | 2 | 4 | 8;
    private const uint MFD_CLOEXEC = 1;
    private const uint MFD_ALLOW_SEALING = 2;
    private const int EINTR = 4;
    private const int HeaderOfControl = 16;
    private const int MostDescriptors = 253;

    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public void* Name;
        public uint NameLength;
        public nuint* Parts;
        public nuint PartCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>Sends bytes and a descriptor, which stays the caller's; returns how many bytes went.</summary>
    public static int Send(int socket, ReadOnlySpan<byte> bytes, int descriptor)
    {
        var control = stackalloc byte[HeaderOfControl + 8];
        *(nuint*)control = HeaderOfControl + sizeof(int);
        ((int*)control)[2] = SOL_SOCKET;
        ((int*)control)[3] = SCM_RIGHTS;
        ((int*)control)[4] = descriptor;
        fixed (byte* data = bytes)
        {
            var part = stackalloc nuint[2] { (nuint)data, (nuint)bytes.Length };
            var message = new Message { Parts = part, PartCount = 1, Control = control, ControlLength = HeaderOfControl + 8 };
            nint sent;
            while ((sent = sendmsg(socket, &message, MSG_NOSIGNAL)) < 0 && Marshal.GetLastPInvokeError() == EINTR)
            {
            }

            return (int)Checked(sent, "sendmsg");
        }
    }

    /// <summary>Receives bytes, and the descriptors with them, which are the caller's. 0: the end.</summary>
    public static int Receive(int socket, Span<byte> to, Queue<int> descriptors)
    {
        var control = stackalloc byte[HeaderOfControl + (MostDescriptors * sizeof(int)) + 4];
        fixed (byte* data = to)
        {
            var part = stackalloc nuint[2] { (nuint)data, (nuint)to.Length };
            var message = new Message
            {
                Parts = part,
                PartCount = 1,
                Control = control,
                ControlLength = HeaderOfControl + (MostDescriptors * sizeof(int)) + 4,
            };
            nint got;
            while ((got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && Marshal.GetLastPInvokeError() == EINTR)
            {
            }

            Checked(got, "recvmsg");
            if (message.ControlLength >= HeaderOfControl && ((int*)control)[2] == SOL_SOCKET && ((int*)control)[3] == SCM_RIGHTS)
            {
                for (nuint at = HeaderOfControl; at + sizeof(int) <= *(nuint*)control; at += sizeof(int))
                {
                    descriptors.Enqueue(*(int*)(control + at));
                }
            }

            return (int)got;
        }
    }

    /// <summary>Empty memory behind a descriptor.</summary>
    public static SafeFileHandle CreateMemory() => new((nint)Checked(memfd_create("aeterna-state", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create"), ownsHandle: true);

    /// <summary>Nobody changes it any more.</summary>
    public static void Seal(SafeFileHandle memory) => Checked(fcntl((int)memory.DangerousGetHandle(), F_ADD_SEALS, AllSeals), "fcntl(F_ADD_SEALS)");

    /// <summary>Another descriptor of the same file; neither of both goes on to programs that this one starts. -1: it is none.</summary>
    public static int Duplicate(int descriptor)
    {
        var own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
        if (own >= 0)
        {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        }

        return own;
    }

    /// <summary>Whether the other end of a unix connection is root's or this process's user's, as the engine's is.</summary>
    public static bool IsEngine(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12]; // struct ucred: process, user, group
        return socket.GetRawSocketOption(SOL_SOCKET, SO_PEERCRED, credentials) == credentials.Length
            && BitConverter.ToUInt32(credentials[4..]) is var uid && (uid == 0 || uid == geteuid());
    }

    public static void Close(int descriptor) => _ = close(descriptor);

    private static nint Checked(nint result, string call) =>
        result >= 0 ? result : throw new IOException($"{call}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendmsg(int socket, Message* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recvmsg(int socket, Message* message, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int memfd_create(string name, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc")]
    private static partial uint geteuid();
}
