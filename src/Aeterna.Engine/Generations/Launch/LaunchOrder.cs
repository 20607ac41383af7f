using System.Text;

namespace Aeterna.Generations.Launch;

/// <summary>All that a launcher has to be told to become the service's command. Goes over its control socket as one length-prefixed block.</summary>
internal sealed record LaunchOrder
{
    /// <summary>The program's file, resolved.</summary>
    public required string Path { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The whole environment, without LISTEN_PID, which only the launcher knows.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>"" = the launcher's own.</summary>
    public string WorkingDirectory { get; init; } = "";

    /// <summary>-1 = the launcher's own.</summary>
    public int Umask { get; init; } = -1;

    /// <summary>Null = the launcher's own.</summary>
    public LaunchUser? User { get; init; }

    /// <summary>By number.</summary>
    public IReadOnlyList<LaunchLimit> Limits { get; init; } = [];

    /// <summary>How many descriptors come with the order, for 3, 4, ….</summary>
    public int Descriptors { get; init; }

    /// <summary>PR_SET_NO_NEW_PRIVS: needed for the filter when the engine is not root.</summary>
    public bool NoNewPrivileges { get; init; }

    /// <summary>The lowest descriptor that a relayed connection may have; 0: nothing is relayed.</summary>
    public int FirstLeg { get; init; }

    /// <summary>As bytes, without the length in front. Not JSON: the launcher would pay for the serializer before every exec.</summary>
    public byte[] ToBytes()
    {
        using var memory = new MemoryStream();
        using (var w = new BinaryWriter(memory, Encoding.UTF8, leaveOpen: true))
        {
            w.Write(Path);
            WriteList(w, Arguments);
            WriteList(w, Environment);
            w.Write(WorkingDirectory);
            w.Write(Umask);
            w.Write(User is not null);
            if (User is not null)
            {
                w.Write(User.Uid);
                w.Write(User.Gid);
                w.Write(User.Groups.Count);
                foreach (var group in User.Groups)
                {
                    w.Write(group);
                }
            }

            w.Write(Limits.Count);
            foreach (var limit in Limits)
            {
                w.Write(limit.Resource);
                w.Write(limit.Soft);
                w.Write(limit.Hard);
            }

            w.Write(Descriptors);
            w.Write(NoNewPrivileges);
            w.Write(FirstLeg);
        }

        return memory.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    public static LaunchOrder FromBytes(byte[] bytes)
    {
        using var r = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        return new LaunchOrder
        {
            Path = r.ReadString(),
            Arguments = ReadList(r, x => x.ReadString()),
            Environment = ReadList(r, x => x.ReadString()),
            WorkingDirectory = r.ReadString(),
            Umask = r.ReadInt32(),
            User = r.ReadBoolean() ? new LaunchUser(r.ReadUInt32(), r.ReadUInt32(), ReadList(r, x => x.ReadUInt32())) : null,
            Limits = ReadList(r, x => new LaunchLimit(x.ReadInt32(), x.ReadUInt64(), x.ReadUInt64())),
            Descriptors = r.ReadInt32(),
            NoNewPrivileges = r.ReadBoolean(),
            FirstLeg = r.ReadInt32(),
        };
    }

    private static void WriteList(BinaryWriter w, IReadOnlyList<string> list)
    {
        w.Write(list.Count);
        foreach (var item in list)
        {
            w.Write(item);
        }
    }

    private static T[] ReadList<T>(BinaryReader r, Func<BinaryReader, T> read)
    {
        var list = new T[r.ReadInt32()];
        for (var i = 0; i < list.Length; i++)
        {
            list[i] = read(r);
        }

        return list;
    }
}

/// <summary>User, group and supplementary groups of a child.</summary>
internal sealed record LaunchUser(uint Uid, uint Gid, IReadOnlyList<uint> Groups);

/// <summary>A resource limit by its number (setrlimit(2)).</summary>
internal sealed record LaunchLimit(int Resource, ulong Soft, ulong Hard);
