using System.Text.Json;
using System.Text.RegularExpressions;
using Aeterna.Contract;
using Aeterna.Linux;
using Microsoft.Win32.SafeHandles;

namespace Aeterna.Telemetry;

/// <summary>
/// Records as files, one <c>ID.json</c> each. Written beside and renamed, so that a reader never sees half a record. What is
/// not a record of ours is left alone. The directory must be one that no other user can exchange, and no link is followed in it.
/// </summary>
internal sealed partial class HistoryFiles(string directory)
{
    private const long LargestRecord = 1 << 20;
    private const uint Private = 0x180; // 0600

    /// <summary>Where the files are.</summary>
    public string Directory => directory;

    /// <summary>Whether an id can be a file's name.</summary>
    public static bool CanName(string id) => FileName().IsMatch(id);

    /// <summary>Reads all records, and removes what an engine that was killed has left half written.</summary>
    /// <returns>The records, and the names of files that cannot be read as one.</returns>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public (List<ReloadRecord> Records, List<string> Broken) Load()
    {
        var read = Read();
        if (System.IO.Directory.Exists(directory))
        {
            using var folder = Folder.OpenSafe(directory);
            foreach (var leftover in folder.Names().Where(n => n.StartsWith('.') && n.EndsWith(".json.tmp", StringComparison.Ordinal)))
            {
                Remove(folder, leftover);
            }
        }

        return read;
    }

    /// <summary>Reads all records and changes nothing, as is right for whoever is not the engine.</summary>
    /// <returns>The records, and the names of files that cannot be read as one.</returns>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public (List<ReloadRecord> Records, List<string> Broken) Read()
    {
        List<ReloadRecord> records = [];
        List<string> broken = [];
        if (!System.IO.Directory.Exists(directory))
        {
            return (records, broken);
        }

        using var folder = Folder.OpenSafe(directory);
        foreach (var name in folder.Names().Where(n => !n.StartsWith('.') && n.EndsWith(".json", StringComparison.Ordinal)))
        {
            if (Read(folder, name) is { } record)
            {
                records.Add(record);
            }
            else
            {
                broken.Add(name);
            }
        }

        return (records, broken);
    }

    /// <summary>Writes a record, in place of an older state of it.</summary>
    /// <exception cref="IOException">As when the disk is full.</exception>
    public void Write(ReloadRecord record)
    {
        using var folder = Folder.OpenSafe(directory, make: true);
        var beside = $".{record.Id}.json.tmp";
        Remove(folder, beside);
        try
        {
            using (var stream = Open(folder, beside, FileAccess.Write))
            {
                JsonSerializer.Serialize(stream, record, ContractJson.Default.ReloadRecord);
                stream.Flush(flushToDisk: true);
            }

            folder.Rename(beside, record.Id + ".json");
        }
        catch (LinuxException e)
        {
            throw new IOException(e.Message, e);
        }
        catch (IOException)
        {
            Remove(folder, beside);
            throw;
        }
    }

    /// <summary>Removes a record; nothing if there is none.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    public void Delete(string id)
    {
        if (System.IO.Directory.Exists(directory))
        {
            using var folder = Folder.OpenSafe(directory);
            Remove(folder, id + ".json");
        }
    }

    private static FileStream Open(Folder folder, string name, FileAccess access)
    {
        try
        {
            using var file = access == FileAccess.Write
                ? folder.Open(name, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL, Private)
                : folder.Open(name, Libc.O_RDONLY | Libc.O_NONBLOCK); // A pipe of that name must not hold anybody up.
            var stream = new FileStream(new SafeFileHandle(file.Number, ownsHandle: true), access);
            file.SetHandleAsInvalid();
            return stream;
        }
        catch (LinuxException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private static void Remove(Folder folder, string name)
    {
        try
        {
            folder.Remove(name);
        }
        catch (LinuxException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private static ReloadRecord? Read(Folder folder, string name)
    {
        try
        {
            using var stream = Open(folder, name, FileAccess.Read);
            if (FileStatus.Of(stream.SafeFileHandle) is not { IsRegular: true } status
                || !status.IsSafeOwner(Libc.geteuid()) || stream.Length is 0 or > LargestRecord)
            {
                return null;
            }

            var record = JsonSerializer.Deserialize(stream, ContractJson.Default.ReloadRecord);
            return record is { Id: { } id } && CanName(id) && name == id + ".json" && IsWhole(record) ? record : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }

    // JSON may say null where the record promises a value.
    private static bool IsWhole(ReloadRecord record) =>
        record is { Service: not null, Kind: not null, RequestedBy: not null } && record.Phases.All(phase => phase is { Name: not null }) && record.Output.All(line => line is not null);

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    private static partial Regex FileName();
}
