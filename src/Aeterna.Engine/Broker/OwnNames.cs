using System.Globalization;

using Aeterna.Linux;
using Aeterna.Machine.Plans;

namespace Aeterna.Broker;

/// <summary>
/// Sockets that processes of one generation have bound under names of their own, with their process id in them: they are not held, but one that is
/// then renamed is meant for a path that is nobody's own. For any thread.
/// </summary>
internal sealed class OwnNames
{
    // A program that makes such sockets without end must not make this grow.
    private const int Most = 256;

    private static readonly char[] _separators = ['-', '.', '_', '@', ':', ' '];

    private readonly Lock _gate = new();
    private readonly List<OwnName> _names = [];

    /// <summary>
    /// Whether the name of a socket file has the process's own number in it (.NET's diagnostics port is one): it is that process's own, and no later
    /// generation binds it. Only a number that stands by itself counts, as php8.2-fpm.sock shows where process ids are small.
    /// </summary>
    public static bool IsOne(ListenerAddress address, int process) =>
        address.IsUnixPath
        && Path.GetFileName(address.Path!).Split(_separators).Contains(process.ToString(CultureInfo.InvariantCulture));

    /// <summary>A socket is about to get such a name, by its bind(2) or by a rename.</summary>
    public void Note(OwnName name)
    {
        lock (_gate)
        {
            _names.RemoveAll(n => n.Where == name.Where);
            if (_names.Count >= Most)
            {
                _names.RemoveAt(0);
            }

            _names.Add(name);
        }
    }

    /// <summary>All that are known.</summary>
    public IReadOnlyList<OwnName> All()
    {
        lock (_gate)
        {
            return [.. _names];
        }
    }

    /// <summary>Whether one has a last name: a cheap question before <see cref="Find"/>.</summary>
    public bool HasName(string? name)
    {
        lock (_gate)
        {
            return name is not null && _names.Exists(n => n.Where.Name == name);
        }
    }

    /// <summary>The one at a place where a socket is; null when none is known.</summary>
    public OwnName? Find(FilePlace place)
    {
        lock (_gate)
        {
            return _names.Find(n => n.Where == place.Where) is { } name && place.Socket() is not null ? name : null;
        }
    }
}

/// <summary>A socket under a name of its process's own.</summary>
/// <param name="Where">Its file's place.</param>
/// <param name="Scheme">Which kind of socket.</param>
/// <param name="Process">Who bound it.</param>
/// <param name="Inode">The socket's.</param>
internal sealed record OwnName(Whereabouts Where, ListenerScheme Scheme, int Process, ulong Inode);
