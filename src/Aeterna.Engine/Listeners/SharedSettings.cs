using Aeterna.Linux;

namespace Aeterna.Listeners;

/// <summary>
/// What generations set on the one socket that they share. A later one set it on a socket of its own, before it got this in its place. What only adds
/// is set at once; the rest when no other generation uses the socket any more, and only where the older one's own socket showed another value at its
/// bind: what that one has set since, a later one of its kind sets too, and nobody can see that. A generation that goes while an older one stays
/// (a rollback) leaves the socket as it was before it came, whatever it did to it. Guarded by the table's lock.
/// </summary>
/// <param name="socket">The held socket; the owner's.</param>
/// <param name="traits">What is looked at.</param>
internal sealed class SharedSettings(FileDescriptor socket, IReadOnlyList<SocketTrait> traits)
{
    /// <summary>What the generations' own sockets showed at their bind; that of the first one, which this is, under 0.</summary>
    private readonly SortedDictionary<int, byte[]?[]> _own = new() { [0] = Read(traits, socket.Number) };
    private readonly Dictionary<int, byte[]?[]> _before = [];
    private readonly Dictionary<int, List<(SocketTrait Trait, byte[] Wanted, byte[] Left)>> _later = [];

    /// <summary>A generation is about to get the socket in the place of its own.</summary>
    /// <param name="generation">Its number.</param>
    /// <param name="own">Its own socket.</param>
    /// <param name="alone">No other generation uses the socket.</param>
    /// <returns>Names of what could not be set.</returns>
    public IReadOnlyList<string> Enter(int generation, int own, bool alone)
    {
        if (!alone)
        {
            _before.TryAdd(generation, Read(traits, socket.Number));
        }

        var older = _own.Last(o => o.Key < generation).Value;
        var fresh = _own[generation] = Read(traits, own);
        List<string> refused = [];
        List<(SocketTrait, byte[], byte[])> later = [];
        foreach (var (trait, at) in traits.Select((t, i) => (t, i)))
        {
            if (fresh[at] is not { } wanted || trait.Read(socket.Number) is not { } present || wanted.AsSpan().SequenceEqual(present))
            {
                continue;
            }

            if (alone || trait.OnlyAdds(wanted))
            {
                if (!trait.TrySet(socket.Number, wanted))
                {
                    refused.Add(trait.Name);
                }
            }
            else if (!wanted.AsSpan().SequenceEqual(older[at]))
            {
                later.Add((trait, wanted, present));
            }
        }

        if (later.Count > 0)
        {
            _later[generation] = later;
        }

        return refused;
    }

    /// <summary>A generation is gone.</summary>
    /// <param name="generation">Its number.</param>
    /// <param name="remaining">Those that have the socket still.</param>
    public void Leave(int generation, IReadOnlySet<int> remaining)
    {
        _later.Remove(generation);
        _own.Remove(generation);
        var wasThere = _before.Remove(generation, out var before);
        if (wasThere && remaining.Any(g => g < generation))
        {
            PutBack(before!);
        }
        else if (remaining.Count == 1 && _later.Remove(remaining.First(), out var later))
        {
            // What the program has changed since is its own last word.
            foreach (var (trait, wanted, left) in later.Where(l => l.Trait.Read(socket.Number) is { } now && now.AsSpan().SequenceEqual(l.Left)))
            {
                trait.TrySet(socket.Number, wanted);
            }
        }
    }

    /// <summary>They as plain data.</summary>
    public SettingsState State() => new(
        _own.ToDictionary(own => own.Key, IReadOnlyDictionary<string, byte[]> (own) => Named(own.Value)),
        _before.ToDictionary(before => before.Key, IReadOnlyDictionary<string, byte[]> (before) => Named(before.Value)),
        [.. _later.SelectMany(later => later.Value.Select(set => new LaterState(later.Key, set.Trait.Name, set.Wanted, set.Left)))]);

    /// <summary>Knows what a predecessor knew. A trait that only one of the two looks at counts as never set.</summary>
    public void Take(SettingsState state)
    {
        foreach (var (generation, values) in state.Own)
        {
            _own[generation] = Placed(values);
        }

        foreach (var (generation, values) in state.Before)
        {
            _before[generation] = Placed(values);
        }

        foreach (var later in state.Later.GroupBy(later => later.Generation))
        {
            _later[later.Key] = [.. later.SelectMany(l => traits.Where(trait => trait.Name == l.Trait).Select(trait => (trait, l.Wanted, l.Left)))];
        }
    }

    private Dictionary<string, byte[]> Named(byte[]?[] values) =>
        traits.Zip(values).Where(pair => pair.Second is not null).ToDictionary(pair => pair.First.Name, pair => pair.Second!);

    private byte[]?[] Placed(IReadOnlyDictionary<string, byte[]> values) => [.. traits.Select(trait => values.GetValueOrDefault(trait.Name))];

    private static byte[]?[] Read(IReadOnlyList<SocketTrait> traits, int socket) => [.. traits.Select(t => t.Read(socket))];

    private void PutBack(byte[]?[] before)
    {
        foreach (var (trait, value) in traits.Zip(before))
        {
            if (value is not null && trait.Read(socket.Number) is { } now && !value.AsSpan().SequenceEqual(now))
            {
                trait.TrySet(socket.Number, value);
            }
        }
    }
}
