using Aeterna.Linux;

namespace Aeterna.Generations.Footprints;

/// <summary>
/// What the running processes of a program, of which nothing is known, show of things that a second one beside them would spoil or take
/// from them: files that they write, locks, devices, pipes, files that grow, a file with their process id. It is taken for data until
/// somebody says otherwise: a pause is better than a lost write. What a program opens only now and then, or keeps in memory until its end,
/// is seen by the names that it was given and by what it has renamed; what shows in neither way is not seen.
/// </summary>
internal static class Footprint
{
    /// <summary>As in "has /var/lib/a/b.db open for writing"; null when nothing shows. Never throws for what /proc shows.</summary>
    public static string? Of(FootprintSubject subject)
    {
        try
        {
            var alive = subject.Pids.Where(ProcFs.Runs).ToList();
            return alive.Select(pid => OpenFiles.Find(pid, subject)).FirstOrDefault(found => found is not null)
                ?? alive.Select(pid => MappedFiles.Find(pid, subject)).FirstOrDefault(found => found is not null)
                ?? PacketSockets.Find(alive)
                ?? (subject.Renames.Last is { } renamed ? $"has put a new {renamed} in the place of an old one" : null)
                ?? PidFiles.Find(subject.Main, alive, subject)
                ?? NamedFiles.Find(subject.Main, subject);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or FormatException or OverflowException)
        {
            return null;
        }
    }
}

/// <summary>Whose footprint.</summary>
/// <param name="Main">The main process.</param>
/// <param name="Pids">All of its processes.</param>
/// <param name="StartedAt">When the generation was started.</param>
/// <param name="InstanceDirectory">Its private folder: what is in there is no other generation's.</param>
/// <param name="Environment">Variables that the configuration gives it, as <c>NAME=value</c>.</param>
/// <param name="Renames">What the service's processes have renamed.</param>
internal sealed record FootprintSubject(
    int Main, IReadOnlyList<int> Pids, DateTimeOffset StartedAt, string InstanceDirectory, IReadOnlyList<string> Environment, RenameTrail Renames)
{
    /// <summary>Whether a file is one process's alone: in the private folder, or with the process's number in its name.</summary>
    public bool IsOwn(int pid, string path) =>
        path.StartsWith(InstanceDirectory + "/", StringComparison.Ordinal) || PathKinds.HasNumber(Path.GetFileName(path), pid);
}
