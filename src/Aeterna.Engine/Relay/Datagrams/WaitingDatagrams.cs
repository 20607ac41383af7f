namespace Aeterna.Relay.Datagrams;

/// <summary>Datagrams in the order in which they came, that no generation has been given. Bounded by whoever asks before adding.</summary>
internal sealed class WaitingDatagrams
{
    /// <summary>Most bytes that are held; also the longest datagram that is relayed.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Most datagrams that are held.</summary>
    public const int MaxCount = 4096;

    private Queue<Datagram> _queue = new();

    /// <summary>All, oldest first.</summary>
    public IReadOnlyCollection<Datagram> All => _queue;

    public int Count => _queue.Count;

    public long Bytes { get; private set; }

    /// <summary>No more is to be added: senders wait, or are told so, as they are by a program that does not read.</summary>
    public bool IsFull => Count >= MaxCount || Bytes >= MaxBytes;

    public void Add(Datagram datagram)
    {
        _queue.Enqueue(datagram);
        Bytes += datagram.Bytes.Length;
    }

    /// <summary>Puts older ones before all others, also beyond the bound: they come from a queue that is bounded itself.</summary>
    public void PutInFront(IReadOnlyCollection<Datagram> older)
    {
        _queue = new Queue<Datagram>(older.Concat(_queue));
        Bytes += older.Sum(d => (long)d.Bytes.Length);
    }

    /// <summary>The oldest.</summary>
    public bool TryPeek(out Datagram datagram) => _queue.TryPeek(out datagram);

    /// <summary>Takes the oldest away.</summary>
    public void Remove() => Bytes -= _queue.Dequeue().Bytes.Length;
}
