using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

using Aeterna.Linux;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Abi;

/// <summary>Every constant and structure of Linux/ is held against the machine's own headers by the C compiler.</summary>
public partial class LinuxAbiTests
{
    private const string Headers = """
        #define _GNU_SOURCE
        #include <stddef.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <poll.h>
        #include <sched.h>
        #include <signal.h>
        #include <spawn.h>
        #include <grp.h>
        #include <pwd.h>
        #include <netinet/in.h>
        #include <netinet/tcp.h>
        #include <sys/epoll.h>
        #include <sys/eventfd.h>
        #include <sys/ioctl.h>
        #include <sys/mman.h>
        #include <sys/mount.h>
        #include <sys/prctl.h>
        #include <sys/resource.h>
        #include <sys/signalfd.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/statvfs.h>
        #include <sys/timerfd.h>
        #include <sys/uio.h>
        #include <sys/un.h>
        #include <sys/wait.h>
        #include <unistd.h>
        #include <linux/audit.h>
        #include <linux/capability.h>
        #include <linux/close_range.h>
        #include <linux/filter.h>
        #include <linux/inet_diag.h>
        #include <linux/netlink.h>
        #include <linux/openat2.h>
        #include <linux/sock_diag.h>
        #include <linux/seccomp.h>
        #include <linux/sockios.h>
        #include <asm/unistd.h>
        #ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
        #define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64) /* Linux 6.6 */
        #define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
        #endif
        #define ERESTARTSYS 512 /* linux/errno.h; the kernel's own, not for programs */
        #ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
        #define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* Linux 5.19; older headers lack it */
        #endif

        """;

    [Fact]
    public void Constants_have_the_values_of_the_headers()
    {
        var constants = Constants().ToList();
        Assert.True(constants.Count > 60, $"only {constants.Count} constants found");
        var asserts = constants.Select(c => Assert_(
            $"(unsigned long long)({c.Name}) == {c.Value}ull", c.Name));
        Check(asserts);
    }

    /// <summary>A second opinion, from somebody who took them from the headers too.</summary>
    [Fact]
    public void Constants_are_those_of_Tmds_LibC()
    {
        var theirs = typeof(LibC).GetProperties(BindingFlags.Static | BindingFlags.Public).Where(p => p.PropertyType.IsPrimitive)
            .ToDictionary(p => p.Name, p => Low(p.GetValue(null)!));
        var shared = Constants().Where(c => theirs.ContainsKey(c.Name)).Distinct().ToList();
        Assert.True(shared.Count > 40, $"only {shared.Count} constants have the same name");
        Assert.All(shared, c => Assert.Equal((c.Name, theirs[c.Name]), (c.Name, Low(c.Value))));

        static uint Low(object value) =>
            unchecked((uint)(value is ulong large ? large : (ulong)Convert.ToInt64(value, CultureInfo.InvariantCulture)));
    }

    /// <summary>The C library's <c>netinet/tcp.h</c>, which cannot be had beside it, ends before these.</summary>
    [Fact]
    public void What_the_kernel_counts_of_a_connection_is_where_its_header_says() => Assert.Equal("", Gcc.Compile(
        $"""
        #include <stddef.h>
        #include <linux/tcp.h>
        {Assert_($"offsetof(struct tcp_info, tcpi_bytes_acked) == {SocketQueues.BytesAckedOffset}", "tcpi_bytes_acked")}
        {Assert_($"offsetof(struct tcp_info, tcpi_bytes_received) == {SocketQueues.BytesReceivedOffset}", "tcpi_bytes_received")}
        """, ["-fsyntax-only"]));

    [Fact]
    public void Structures_have_the_sizes_and_offsets_of_the_headers()
    {
        Check(
        [
            .. Structure<SeccompData>("struct seccomp_data", ("Nr", "nr"), ("Arch", "arch"), ("InstructionPointer", "instruction_pointer"), ("Args", "args")),
            .. Structure<SeccompNotif>("struct seccomp_notif", ("Id", "id"), ("Pid", "pid"), ("Flags", "flags"), ("Data", "data")),
            .. Structure<SeccompNotifResp>("struct seccomp_notif_resp", ("Id", "id"), ("Val", "val"), ("Error", "error"), ("Flags", "flags")),
            .. Structure<SeccompNotifAddfd>(
                "struct seccomp_notif_addfd", ("Id", "id"), ("Flags", "flags"), ("Srcfd", "srcfd"), ("Newfd", "newfd"), ("NewfdFlags", "newfd_flags")),
            .. Structure<SockFilter>("struct sock_filter", ("Code", "code"), ("Jt", "jt"), ("Jf", "jf"), ("K", "k")),
            .. Structure<SockFprog>("struct sock_fprog", ("Len", "len"), ("Filter", "filter")),
            .. Structure<Pollfd>("struct pollfd", ("Fd", "fd"), ("Events", "events"), ("Revents", "revents")),
            .. Structure<Iovec>("struct iovec", ("Base", "iov_base"), ("Length", "iov_len")),
            .. Structure<Linger>("struct linger", ("OnOff", "l_onoff"), ("Seconds", "l_linger")),
            .. Structure<Itimerspec>(
                "struct itimerspec", ("IntervalSeconds", "it_interval.tv_sec"), ("IntervalNanoseconds", "it_interval.tv_nsec"),
                ("ValueSeconds", "it_value.tv_sec"), ("ValueNanoseconds", "it_value.tv_nsec")),
            Assert_($"sizeof(struct epoll_event) == {EpollEvents.Size}", "epoll_event"),
            Assert_($"offsetof(struct epoll_event, data) == {EpollEvents.DataOffset}", "epoll_event.data"),
            Assert_($"sizeof(struct ucred) == {Marshal.SizeOf<PeerCredentials>()}", "ucred"),
            .. Structure<ResourceLimit.RLimit>("struct rlimit64", ("Soft", "rlim_cur"), ("Hard", "rlim_max")),
            .. Structure<Wait.SigInfo>("siginfo_t", ("Signo", "si_signo"), ("Code", "si_code"), ("Pid", "si_pid"), ("Uid", "si_uid"), ("Status", "si_status")),
            .. Structure<FileStatus.Statx>(
                "struct statx", ("Uid", "stx_uid"), ("Gid", "stx_gid"), ("Size", "stx_size"), ("ModifiedSeconds", "stx_mtime.tv_sec"),
                ("ModifiedNanoseconds", "stx_mtime.tv_nsec"), ("Mode", "stx_mode"), ("Inode", "stx_ino"), ("DeviceMajor", "stx_dev_major"), ("DeviceMinor", "stx_dev_minor")),
            .. Structure<UnixFiles.OpenHow>("struct open_how", ("Flags", "flags"), ("Mode", "mode"), ("Resolve", "resolve")),
            Assert_($"O_DIRECTORY == {Libc.O_DIRECTORY} && O_NOFOLLOW == {Libc.O_NOFOLLOW}", "O_DIRECTORY"),
            .. Nested(typeof(InetDiag), "MessageHeader", "struct nlmsghdr", ("Length", "nlmsg_len"), ("Type", "nlmsg_type"), ("Flags", "nlmsg_flags"), ("Sequence", "nlmsg_seq"), ("Port", "nlmsg_pid")),
            .. Nested(
                typeof(InetDiag), "SockId", "struct inet_diag_sockid", ("SourcePort", "idiag_sport"), ("DestinationPort", "idiag_dport"), ("Source", "idiag_src"),
                ("Destination", "idiag_dst"), ("Interface", "idiag_if"), ("CookieLow", "idiag_cookie")),
            .. Nested(
                typeof(InetDiag), "InetDiagRequest", "struct inet_diag_req_v2", ("Family", "sdiag_family"), ("Protocol", "sdiag_protocol"), ("States", "idiag_states"), ("Id", "id")),
            .. Nested(
                typeof(InetDiag), "InetDiagMessage", "struct inet_diag_msg", ("Family", "idiag_family"), ("State", "idiag_state"), ("Id", "id"), ("Uid", "idiag_uid"), ("Inode", "idiag_inode")),
            .. Structure<MountFlags.Statvfs>("struct statvfs", ("Flag", "f_flag")),
            .. Nested(typeof(FdPassing), "MsgHdr", "struct msghdr", ("Iov", "msg_iov"), ("Control", "msg_control"), ("ControlLength", "msg_controllen"), ("Flags", "msg_flags")),
            .. Nested(typeof(FdPassing), "CMsgHdr", "struct cmsghdr", ("Length", "cmsg_len"), ("Level", "cmsg_level"), ("Type", "cmsg_type")),
            .. Nested(typeof(FdPassing), "IoVec", "struct iovec", ("Base", "iov_base"), ("Length", "iov_len")),
            .. Nested(typeof(Pause), "Timespec", "struct timespec", ("Seconds", "tv_sec"), ("Nanoseconds", "tv_nsec")),
            .. Nested(typeof(Signals), "SigAction", "struct sigaction", ("Handler", "sa_handler")),
            Assert_($"offsetof(struct passwd, pw_uid) == {OffsetOf(typeof(Accounts), "Passwd", "Uid")}", "passwd.pw_uid"),
            Assert_($"offsetof(struct passwd, pw_gid) == {OffsetOf(typeof(Accounts), "Passwd", "Gid")}", "passwd.pw_gid"),
            Assert_($"offsetof(struct group, gr_gid) == {OffsetOf(typeof(Accounts), "Group", "Gid")}", "group.gr_gid"),
            .. Structure<PeerCredentials>("struct ucred"),
            Assert_("offsetof(struct ucred, pid) == 0 && offsetof(struct ucred, uid) == 4 && offsetof(struct ucred, gid) == 8", "ucred"),
            Assert_($"offsetof(struct tcp_info, tcpi_unacked) == {SocketQueues.UnackedOffset}", "tcpi_unacked"),
            Assert_($"offsetof(struct tcp_info, tcpi_sacked) == {SocketQueues.SackedOffset}", "tcpi_sacked"),
            Assert_($"offsetof(struct in_pktinfo, ipi_addr) == {Messages.PktInfoAddressOffset}", "in_pktinfo"),
            Assert_("offsetof(struct in6_pktinfo, ipi6_addr) == 0", "in6_pktinfo"),
            Assert_($"sizeof(struct sockaddr_un) == {SockAddr.MaxLength}", "sockaddr_un"),
            Assert_("sizeof(posix_spawn_file_actions_t) <= 128 && sizeof(posix_spawnattr_t) <= 512 && sizeof(sigset_t) == 128", "posix_spawn"),
        ]);
    }

    [Fact]
    public void System_call_numbers_are_those_of_both_architectures()
    {
        var native = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? SyscallTable.X64 : SyscallTable.Arm64;
        Check(Numbers(native));
        Check(Numbers(RuntimeInformation.ProcessArchitecture == Architecture.X64 ? WaitCalls.X64 : WaitCalls.Arm64));
        Check(Numbers(GuardCalls.Native));
        var generic = "#define __ARCH_WANT_RENAMEAT\n#include <asm-generic/unistd.h>\n#include <linux/audit.h>\n"
            + string.Join('\n', Numbers(SyscallTable.Arm64).Concat(Numbers(WaitCalls.Arm64)).Concat(Numbers(GuardCalls.Arm64)).Append(Assert_($"AUDIT_ARCH_AARCH64 == {SyscallTable.Arm64.AuditArch}u", "arch")));
        Assert.Equal("", Gcc.Compile(generic, "-fsyntax-only", "-Wno-cpp"));
        Check([Assert_($"AUDIT_ARCH_X86_64 == {SyscallTable.X64.AuditArch}u", "arch")]);
    }

    private static IEnumerable<string> Numbers<T>(T table) =>
        typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.PropertyType == typeof(int) && (int)p.GetValue(table)! >= 0)
            .Select(p => Assert_($"__NR_{WordStart().Replace(p.Name, "_").ToLowerInvariant()} == {p.GetValue(table)}", p.Name));

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex WordStart();

    private static IEnumerable<(string Name, object Value)> Constants()
    {
        foreach (var type in typeof(Errno).Assembly.GetTypes().Where(t => t.Namespace == "Aeterna.Linux"))
        {
            foreach (var field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                // The kernel's names are upper case; our own constants are not.
                if (field.IsLiteral && KernelName().IsMatch(field.Name))
                {
                    var name = field.Name.StartsWith("NR_", StringComparison.Ordinal) ? "__" + field.Name : field.Name;
                    var value = field.GetRawConstantValue()!;
                    yield return (name, value is int or long or short ? unchecked((ulong)Convert.ToInt64(value, CultureInfo.InvariantCulture)) : value);
                }
            }
        }
    }

    private static IEnumerable<string> Structure<T>(string c, params (string Managed, string C)[] fields)
        where T : unmanaged => Layout(typeof(T), c, fields);

    private static IEnumerable<string> Nested(Type outer, string name, string c, params (string Managed, string C)[] fields) =>
        Layout(outer.GetNestedType(name, BindingFlags.NonPublic)!, c, fields);

    private static IEnumerable<string> Layout(Type type, string c, (string Managed, string C)[] fields)
    {
        yield return Assert_($"sizeof({c}) == {Marshal.SizeOf(type)}", c);
        foreach (var (managed, native) in fields)
        {
            yield return Assert_($"offsetof({c}, {native}) == {Marshal.OffsetOf(type, managed)}", $"{c}.{native}");
        }
    }

    private static nint OffsetOf(Type outer, string name, string field) =>
        Marshal.OffsetOf(outer.GetNestedType(name, BindingFlags.NonPublic)!, field);

    private static string Assert_(string condition, string name) => $"_Static_assert({condition}, \"{name}\");";

    private static void Check(IEnumerable<string> asserts, params string[] arguments)
    {
        var source = new StringBuilder(Headers).AppendJoin('\n', asserts).Append('\n').ToString();
        Assert.Equal("", Gcc.Compile(source, ["-fsyntax-only", .. arguments]));
    }

    [GeneratedRegex("^(NR_)?[A-Za-z_]*[A-Z][A-Z0-9_]+$|^NR_[a-z_0-9]+$")]
    private static partial Regex KernelName();
}
