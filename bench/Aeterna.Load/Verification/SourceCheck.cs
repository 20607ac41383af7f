using System.Numerics;
using Aeterna.Load.Accounts;

namespace Aeterna.Load.Verification;

/// <summary>Which numbers of one source have been seen.</summary>
internal sealed class SourceCheck(string id)
{
    private readonly Dictionary<(int File, long Connection), long> _last = [];
    private ulong[] _seen = new ulong[64];

    public string Id { get; } = id;

    public long Doubled { get; private set; }

    public long OutOfOrder { get; private set; }

    public long WrongAddress { get; private set; }

    public long Torn { get; private set; }

    /// <summary>A message is there. Order is judged within a connection and a file. Returns what is wrong with it, or null.</summary>
    public string? See(int file, long connection, long number, bool addressIsTrue)
    {
        string? wrong = null;
        if (!addressIsTrue)
        {
            WrongAddress++;
            wrong = "has the wrong address";
        }

        if (!Mark(number))
        {
            Doubled++;
            return "is doubled";
        }

        if (_last.TryGetValue((file, connection), out var last) && number < last)
        {
            OutOfOrder++;
            return $"is behind {last}";
        }

        _last[(file, connection)] = number;
        return wrong;
    }

    public void SeeTorn() => Torn++;

    /// <summary>Sent and not seen.</summary>
    public IEnumerable<long> Lost(SourceSent sent)
    {
        var unsent = sent.Unsent.ToHashSet();
        for (long number = 1; number <= sent.Last; number++)
        {
            if (!Seen(number) && !unsent.Contains(number))
            {
                yield return number;
            }
        }
    }

    /// <summary>Different messages seen.</summary>
    public long Count => _seen.Sum(word => (long)BitOperations.PopCount(word));

    /// <summary>Seen, although this run did not send them; null: the run has no such source.</summary>
    public long Strangers(SourceSent? sent) =>
        sent is null ? Count : Count - Enumerable.Range(1, (int)sent.Last).LongCount(number => Seen(number));

    /// <summary>Seen, although not known to be sent.</summary>
    public long Unconfirmed(SourceSent sent) => sent.Unsent.Count(Seen);

    private bool Seen(long number) => number / 64 < _seen.Length && (_seen[number / 64] >> (int)(number % 64) & 1) != 0;

    private bool Mark(long number)
    {
        var word = (int)(number / 64);
        if (word >= _seen.Length)
        {
            Array.Resize(ref _seen, Math.Max(word + 1, _seen.Length * 2));
        }

        var bit = 1ul << (int)(number % 64);
        var isNew = (_seen[word] & bit) == 0;
        _seen[word] |= bit;
        return isNew;
    }
}
