namespace Aeterna.Relay.Loop;

/// <summary>Gives sinks numbers that epoll can carry. A number is not used again, so that a late event finds nobody.</summary>
internal sealed class SinkTable
{
    private readonly List<(ISink? Sink, uint Use)> _places = [];
    private readonly Stack<int> _free = new();

    public ulong Add(ISink sink)
    {
        if (!_free.TryPop(out var place))
        {
            place = _places.Count;
            _places.Add((null, 0));
        }

        var use = _places[place].Use + 1;
        _places[place] = (sink, use);
        return ((ulong)use << 32) | (uint)place;
    }

    public ISink? Find(ulong number)
    {
        var (sink, use) = _places[(int)(uint)number];
        return use == (uint)(number >> 32) ? sink : null;
    }

    public void Remove(ulong number)
    {
        var place = (int)(uint)number;
        _places[place] = (null, _places[place].Use);
        _free.Push(place);
    }
}
