using Aeterna.Contract;

namespace Aeterna.Client;

/// <summary>The processes of a service on this machine, noted while its engine answers, to see after its end that they have ended too.</summary>
internal sealed class ServiceProcesses
{
    // They are killed before the engine ends; the kernel may need a moment.
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);

    private readonly List<ProcessStat> _main;

    private ServiceProcesses(List<ProcessStat> main) => _main = main;

    /// <summary>Those of the generations that a status names.</summary>
    public static ServiceProcesses Of(StatusReport status) => new([.. status.Generations.Select(generation => ProcessStat.Of(generation.Pid)).OfType<ProcessStat>()]);

    /// <summary>Those that are still there a moment later: the main processes, and what is in their sessions.</summary>
    public async Task<IReadOnlyList<int>> Left()
    {
        var until = DateTime.UtcNow + _grace;
        IReadOnlyList<int> alive;
        while ((alive = Alive()).Count > 0 && DateTime.UtcNow < until)
        {
            await Task.Delay(_look).ConfigureAwait(false);
        }

        return alive;
    }

    // The main processes first: a child's number is the smaller one where they have begun anew.
    private IReadOnlyList<int> Alive() =>
        [.. ProcessStat.All().Where(process => _main.Exists(main => Belongs(process, main))).Select(process => process.Pid).OrderBy(pid => _main.Exists(main => main.Pid == pid) ? 0 : 1)];

    // A number that another process has by now is not a session's of before: that one is still taken as long as the session lives.
    private static bool Belongs(ProcessStat process, ProcessStat main) =>
        process.Pid == main.Pid
            ? process.Started == main.Started
            : process.Session == main.Session && (main.Session != main.Pid || process.Started >= main.Started);
}
