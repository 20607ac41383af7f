using Aeterna.Linux;
using Aeterna.Listeners;

namespace Aeterna.Broker;

/// <summary>
/// The relayed connections that one generation's processes have, by process and descriptor. Used by the broker's thread only. A program
/// that hands a connection to another of its processes keeps it here under the one that accepted it.
/// </summary>
/// <param name="lowest">The lowest number that a connection may get.</param>
/// <param name="mainProcess">The generation's main process: what it leaves behind at its death is for the orchestrator to decide.</param>
internal sealed class LegTable(int lowest, int mainProcess) : IDisposable
{
    /// <summary>The table of descriptors of a process grows with its highest one.</summary>
    private const ulong HighestLimit = 65_536;

    /// <summary>For a process whose limit cannot be seen: Linux's own default.</summary>
    private const ulong UsualLimit = 1024;

    private readonly Dictionary<(int Process, int Number), IRelayLeg> _legs = [];
    private readonly Dictionary<int, Owner> _owners = [];

    /// <summary>Processes other than the main one that have connections: their end closes these. For the broker to poll.</summary>
    public IEnumerable<FileDescriptor> Watched => _owners.Values.Select(o => o.Process).OfType<FileDescriptor>();

    /// <summary>The connection that a process has under a number; null when it is none of ours.</summary>
    public IRelayLeg? Find(int process, int number) => _legs.GetValueOrDefault((process, number));

    /// <summary>A number for the next connection of a process; null when it has no more.</summary>
    public int? Reserve(int process)
    {
        if (!_owners.TryGetValue(process, out var owner))
        {
            var soft = ProcFs.OpenFileLimit(process) ?? UsualLimit;
            owner = new Owner(new LegNumbers(lowest, (int)Math.Min(soft, HighestLimit)), process == mainProcess ? null : PidFd.TryOpen(process));
            _owners[process] = owner;
        }

        return owner.Numbers.Take(number => ProcFs.HasDescriptor(process, number));
    }

    /// <summary>A reserved number was not used.</summary>
    public void Free(int process, int number) => _owners[process].Numbers.Free(number);

    /// <summary>A process got a connection under a reserved number.</summary>
    public void Add(int process, int number, IRelayLeg leg) => _legs[(process, number)] = leg;

    /// <summary>A process is about to close these numbers.</summary>
    public void Close(int process, uint first, uint last)
    {
        var numbers = first == last
            ? (_legs.ContainsKey((process, (int)first)) ? [(int)first] : [])
            : _legs.Keys.Where(k => k.Process == process && k.Number >= first && k.Number <= last).Select(k => k.Number).ToList();
        foreach (var number in numbers)
        {
            _legs.Remove((process, number), out var leg);
            leg!.Closing();
            _owners[process].Numbers.Free(number);
        }
    }

    /// <summary>Closes what ended processes had.</summary>
    public void CloseOfEnded()
    {
        foreach (var (process, owner) in _owners.Where(o => o.Value.Process is not null && !ProcFs.Runs(o.Key)).ToList())
        {
            Close(process, 0, int.MaxValue);
            owner.Process!.Dispose();
            _owners.Remove(process);
        }
    }

    /// <summary>Forgets everything; the relay closes what it has of the generation.</summary>
    public void Dispose()
    {
        foreach (var owner in _owners.Values)
        {
            owner.Process?.Dispose();
        }
    }

    private sealed record Owner(LegNumbers Numbers, FileDescriptor? Process);
}
