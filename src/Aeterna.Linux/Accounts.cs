using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>Users and groups (getpwnam(3), getpwuid(3), getgrnam(3), getgrouplist(3)), by whatever nsswitch says.</summary>
internal static partial class Accounts
{
    // The record is in memory of libc's until the next call of the kind, so calls are serialised.
    private static readonly Lock _gate = new();

    /// <summary>The head of <c>struct passwd</c> (pwd.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Passwd
    {
        public nint Name;
        public nint Password;
        public uint Uid;
        public uint Gid;
    }

    /// <summary>The head of <c>struct group</c> (grp.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Group
    {
        public nint Name;
        public nint Password;
        public uint Gid;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial Passwd* getpwnam(string name);

    [LibraryImport("libc")]
    private static unsafe partial Passwd* getpwuid(uint uid);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial Group* getgrnam(string name);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int getgrouplist(string user, uint group, uint* groups, int* count);

    /// <summary>A user by name or number, with its primary group and the groups that it is in. Null when there is none of that name.</summary>
    public static unsafe (uint Uid, uint Gid, uint[] Groups)? FindUser(string nameOrNumber)
    {
        lock (_gate)
        {
            var isNumber = uint.TryParse(nameOrNumber, out var number);
            var record = getpwnam(nameOrNumber);
            if (record is null && isNumber)
            {
                record = getpwuid(number);
                if (record is null)
                {
                    return (number, number, [number]);
                }
            }

            if (record is null)
            {
                return null;
            }

            var (uid, gid) = (record->Uid, record->Gid);
            var name = Marshal.PtrToStringUTF8(record->Name)!;
            var groups = new uint[32];
            while (true)
            {
                var count = groups.Length;
                fixed (uint* list = groups)
                {
                    if (getgrouplist(name, gid, list, &count) >= 0)
                    {
                        return (uid, gid, groups[..count]);
                    }
                }

                groups = new uint[Math.Max(count, groups.Length * 2)];
            }
        }
    }

    /// <summary>A group by name or number. Null when there is none of that name.</summary>
    public static unsafe uint? FindGroup(string nameOrNumber)
    {
        lock (_gate)
        {
            var record = getgrnam(nameOrNumber);
            return record is not null ? record->Gid : uint.TryParse(nameOrNumber, out var number) ? number : null;
        }
    }
}
