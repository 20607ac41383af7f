using System.Text;
using Aeterna.Load.Accounts;
using Aeterna.Load.Messages;

namespace Aeterna.Load.Verification;

/// <summary>
/// Reads the output files of a run, as they grow or afterwards, and says of every message that was sent whether it is there
/// once, whole, in order and with its true address.
/// </summary>
internal sealed class Verifier : IDisposable
{
    private const int KeptFindings = 20;
    private const int ExcerptLength = 160;
    private const long HighestNumber = 1L << 30;

    private readonly Dictionary<string, SourceCheck> _sources = [];
    private readonly Dictionary<string, SourceCheck>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    private readonly List<LogFollower> _files = [];
    private readonly List<string> _first = [];
    private readonly string _folder;
    private readonly string _pattern;
    private readonly bool _addressFirst;
    private SourceCheck? _lastSource;
    private long _torn;
    private long _ownLines;

    /// <param name="pattern">A file, or a pattern for the last part of the path, as in <c>/tmp/x/out.*.log</c>; files may come later.</param>
    /// <param name="addressFirst">Lines begin with <c>%fromhost-ip%</c> and a space.</param>
    public Verifier(string pattern, bool addressFirst = false)
    {
        _folder = Path.GetDirectoryName(Path.GetFullPath(pattern))!;
        _pattern = Path.GetFileName(pattern);
        _addressFirst = addressFirst;
        _bySpan = _sources.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Reads what has been added to the files since the last time, and returns how many bytes that were.</summary>
    public long Poll()
    {
        if (Directory.Exists(_folder))
        {
            foreach (var path in Directory.EnumerateFiles(_folder, _pattern).Order(StringComparer.Ordinal))
            {
                if (!_files.Exists(f => f.Path == path))
                {
                    _files.Add(new LogFollower(path));
                }
            }
        }

        return _files.Sum(file => file.Read((number, line) => Judge(file, number, line)));
    }

    /// <summary>Every message that was sent is there.</summary>
    public bool IsComplete(IEnumerable<SourceSent> sent) =>
        sent.All(s => Check(s.Id).Count >= s.Last - s.Unsent.Count && !Check(s.Id).Lost(s).Any());

    /// <summary>Messages that were sent and are not there.</summary>
    public IEnumerable<LostMessage> Lost(IEnumerable<SourceSent> sent) =>
        sent.SelectMany(s => Check(s.Id).Lost(s).Select(number => new LostMessage(s.Id, s.Protocol, number)));

    /// <summary>What has been found up to now.</summary>
    public VerificationReport Report(IReadOnlyCollection<SourceSent> sent)
    {
        var lost = Lost(sent).Take(KeptFindings).Select(l => $"{l.Source} {l.Number} is lost");
        return new VerificationReport
        {
            Protocols = [.. sent.GroupBy(s => s.Protocol).OrderBy(g => g.Key).Select(g => Findings(g.Key, [.. g]))],
            Torn = _torn,
            Strangers = _sources.Values.Sum(check => check.Strangers(sent.FirstOrDefault(s => s.Id == check.Id))),
            OwnLines = _ownLines,
            CutFiles = [.. _files.Where(f => !f.Unfinished.IsEmpty).Select(f => f.Path)],
            First = [.. _first, .. lost],
        };
    }

    public void Dispose() => _files.ForEach(f => f.Dispose());

    // What rsyslogd says of itself: [origin software="rsyslogd" ...] start, or a message that ends in [v8.2302.0 ...].
    private static bool IsOwnLine(ReadOnlySpan<byte> line) =>
        line.IndexOf(MessageWriter.Mark) < 0
        && (line.IndexOf("[origin software=\"rsyslogd\""u8) >= 0 || (line.IndexOf(" [v8."u8) >= 0 && line.EndsWith("]"u8)));

    private static string Excerpt(ReadOnlySpan<byte> line) =>
        Encoding.Latin1.GetString(line[..Math.Min(line.Length, ExcerptLength)]) + (line.Length > ExcerptLength ? "..." : "");

    private ProtocolFindings Findings(Protocol protocol, IReadOnlyList<SourceSent> sent)
    {
        var checks = sent.Select(s => (Sent: s, Check: Check(s.Id))).ToList();
        var total = sent.Sum(s => s.Last - s.Unsent.Count);
        var lost = checks.Sum(c => c.Check.Lost(c.Sent).LongCount());
        return new ProtocolFindings
        {
            Protocol = protocol,
            Sent = total,
            Written = total - lost,
            Lost = lost,
            Doubled = checks.Sum(c => c.Check.Doubled),
            Torn = checks.Sum(c => c.Check.Torn),
            OutOfOrder = checks.Sum(c => c.Check.OutOfOrder),
            WrongAddress = checks.Sum(c => c.Check.WrongAddress),
            Unconfirmed = checks.Sum(c => c.Check.Unconfirmed(c.Sent)),
        };
    }

    private void Judge(LogFollower file, long number, ReadOnlySpan<byte> line)
    {
        if (!MessageReader.TryRead(line, _addressFirst, out var message) || message.Number is < 1 or > HighestNumber)
        {
            JudgeTorn(file, number, line, message.Source);
            return;
        }

        var addressIsTrue = !_addressFirst || message.SentFrom.SequenceEqual("-"u8) || message.LoggedFrom.SequenceEqual(message.SentFrom);
        var source = Check(message.Source);
        if (source.See(_files.IndexOf(file), message.Connection, message.Number, addressIsTrue) is { } wrong)
        {
            Note($"{file.Path}:{number}: {source.Id} {message.Number} {wrong}");
        }
    }

    private void JudgeTorn(LogFollower file, long number, ReadOnlySpan<byte> line, ReadOnlySpan<byte> source)
    {
        if (IsOwnLine(line))
        {
            _ownLines++;
            return;
        }

        _torn++;
        if (!source.IsEmpty && _sources.TryGetValue(Encoding.Latin1.GetString(source), out var check))
        {
            check.SeeTorn();
        }

        Note($"{file.Path}:{number}: torn: {Excerpt(line)}");
    }

    private void Note(string finding)
    {
        if (_first.Count < KeptFindings)
        {
            _first.Add(finding);
        }
    }

    private SourceCheck Check(ReadOnlySpan<byte> id)
    {
        Span<char> chars = stackalloc char[Math.Min(id.Length, 256)];
        var length = Encoding.Latin1.GetChars(id[..chars.Length], chars);
        return Check(chars[..length]);
    }

    private SourceCheck Check(ReadOnlySpan<char> id)
    {
        if (_lastSource is { } last && id.SequenceEqual(last.Id))
        {
            return last;
        }

        if (!_bySpan.TryGetValue(id, out var source))
        {
            source = new SourceCheck(id.ToString());
            _sources.Add(source.Id, source);
        }

        return _lastSource = source;
    }
}
