using System.Text.Json;
using System.Text.RegularExpressions;
using Aeterna.Contract;

namespace Aeterna.Telemetry;

/// <summary>
/// Records as files, one <c>ID.json</c> each. Written beside and renamed, so that a reader never sees half a record. What is
/// not a record of ours is left alone.
/// </summary>
internal sealed partial class HistoryFiles(string directory)
{
    private const long LargestRecord = 1 << 20;

    /// <summary>Where the files are.</summary>
    public string Directory => directory;

    /// <summary>Whether an id can be a file's name.</summary>
    public static bool CanName(string id) => FileName().IsMatch(id);

    /// <summary>Reads all records.</summary>
    /// <returns>The records, and the names of files that cannot be read as one.</returns>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be read.</exception>
    public (List<ReloadRecord> Records, List<string> Broken) Load()
    {
        List<ReloadRecord> records = [];
        List<string> broken = [];
        if (!System.IO.Directory.Exists(directory))
        {
            return (records, broken);
        }

        foreach (var file in new DirectoryInfo(directory).EnumerateFiles("*.json"))
        {
            if (Read(file) is { } record)
            {
                records.Add(record);
            }
            else
            {
                broken.Add(file.Name);
            }
        }

        foreach (var leftover in System.IO.Directory.EnumerateFiles(directory, ".*.json.tmp"))
        {
            File.Delete(leftover);
        }

        return (records, broken);
    }

    /// <summary>Writes a record, in place of an older state of it.</summary>
    /// <exception cref="IOException">As when the disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written.</exception>
    public void Write(ReloadRecord record)
    {
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        System.IO.Directory.CreateDirectory(directory, Private | UnixFileMode.UserExecute);
        var beside = Path.Combine(directory, $".{record.Id}.json.tmp");
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = Private };
            using (var stream = new FileStream(beside, options))
            {
                JsonSerializer.Serialize(stream, record, ContractJson.Default.ReloadRecord);
                stream.Flush(flushToDisk: true);
            }

            File.Move(beside, PathOf(record.Id), overwrite: true);
        }
        catch (IOException)
        {
            File.Delete(beside);
            throw;
        }
    }

    /// <summary>Removes a record; nothing if there is none.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be removed.</exception>
    public void Delete(string id)
    {
        if (System.IO.Directory.Exists(directory))
        {
            File.Delete(PathOf(id));
        }
    }

    private string PathOf(string id) => Path.Combine(directory, id + ".json");

    private static ReloadRecord? Read(FileInfo file)
    {
        try
        {
            // A device or a pipe of that name would block for ever; a symbolic link is not ours.
            if (file.LinkTarget is not null || file.Length is 0 or > LargestRecord)
            {
                return null;
            }

            var record = JsonSerializer.Deserialize(File.ReadAllBytes(file.FullName), ContractJson.Default.ReloadRecord);
            return record is { Id: { } id } && CanName(id) && file.Name == id + ".json" && IsWhole(record) ? record : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // JSON may say null where the record promises a value.
    private static bool IsWhole(ReloadRecord record) =>
        record is { Service: not null, Kind: not null, RequestedBy: not null } && record.Phases.All(phase => phase is { Name: not null });

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    private static partial Regex FileName();
}
