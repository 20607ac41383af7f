namespace Aeterna.Configuration;

/// <summary>
/// Where each key of the file stands, by its path as in <c>service.listeners[0].address</c>; so that a check which runs
/// after the file was read can still point at a line. A path is here if and only if the file has the key.
/// </summary>
internal sealed class SourceMap
{
    private readonly Dictionary<string, Place> _places = [];

    /// <summary>Whether the file has this key.</summary>
    public bool Has(string path) => _places.ContainsKey(path);

    /// <summary>The place of a key; of its nearest parent when the file does not have it.</summary>
    public Place Of(string path)
    {
        while (true)
        {
            if (_places.TryGetValue(path, out var place))
            {
                return place;
            }

            var cut = path.LastIndexOfAny(['.', '[']);
            if (cut < 0)
            {
                return Place.Start;
            }

            path = path[..cut];
        }
    }

    public void Add(string path, Place place) => _places.TryAdd(path, place);
}
