using System.Text;

using Aeterna.Linux;

using Aeterna.Machine.Plans;
using Aeterna.Relay.Frames;
using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>
/// Random streams through the relay's stream and a model of the program: the same messages as without it, none later, whenever it goes over
/// to another generation.
/// </summary>
public sealed class RsyslogFramesTests
{
    private static readonly string[] _pieces =
    [
        "<13>a\n", "<13>bc\0", "\n", "\n\n", " 404 x\n", "  <13>sp\n", "5 hello", "7 he\nl\0o;", "0 zero\n", "007 seven77", "40 too large\n", "99999999999 huge\n",
        "3x abc", "1 \n", "9\n", "x", ";", "\0", "<13>", "<1", "<", "12", " ", "line two\n", "a long line without an end ", "\xff\xfe", "30 012345678901234567890123456789",
        "60 <14>0123456789012345678901234567890123456789012345678901234",
    ];

    [Fact]
    public void The_messages_are_those_of_the_program_alone_and_none_is_late()
    {
        for (var seed = 0; seed < 5_000; seed++)
        {
            Run(seed);
        }
    }

    private static void Run(int seed)
    {
        var random = new Random(seed);
        var rules = RandomRules(random);
        var stream = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Range(0, random.Next(25)).Select(_ => _pieces[random.Next(_pieces.Length)])));
        var alone = new RsyslogModel(rules);
        var frames = new FrameRules(Framing.Syslog, rules);
        var subject = new FrameStream(frames, new SegmentPool(_ => { }));
        List<string> got = [];
        var program = new RsyslogModel(rules);
        subject.Enter(frames);
        Rest owed = default;
        for (var at = 0; at < stream.Length;)
        {
            var piece = stream.AsSpan(at, Math.Min(stream.Length - at, 1 + random.Next(random.Next(2) == 0 ? 3 : 40)));
            at += piece.Length;
            alone.Read(piece);
            piece.CopyTo(subject.Room());
            subject.Receive(piece.Length);
            Give(subject, program, ref owed);
            var what = $"seed {seed}, {rules}, after {Encoding.Latin1.GetString(stream, 0, at)}";
            Assert.True(alone.Messages.SequenceEqual([.. got, .. program.Messages]), $"{what}: {string.Join('|', alone.Messages)}, not {string.Join('|', [.. got, .. program.Messages])}");
            if (!subject.IsFramed)
            {
                Assert.NotNull(rules.Start); // A message whose first line matches from its second character on.
                return;
            }

            if (random.Next(4) == 0)
            {
                subject.Release(0);
            }

            if (random.Next(3) == 0 && !subject.IsInOverlong)
            {
                // Another generation: all has been read. The client may end before it goes over.
                subject.Stop();
                Assert.True(subject.IsStopped, what);
                if (at == stream.Length)
                {
                    subject.Finish();
                }

                subject.Release(0);
                subject.GoBack();
                subject.Resume();
                owed = subject.Enter(frames);
                got.AddRange(program.Messages);
                program = new RsyslogModel(rules);
                if (owed is { Kind: RestKind.Rest, Count: 0 } && rules is { SkipsBlanks: true, OctetCounted: false })
                {
                    return; // Blanks that come next are lost.
                }

                if (at == stream.Length)
                {
                    Give(subject, program, ref owed);
                    Assert.Equal((alone.Unfinished, $"{what}, and the client ended"), (program.Unfinished, $"{what}, and the client ended"));
                }
            }
        }
    }

    private static unsafe void Give(FrameStream subject, RsyslogModel program, ref Rest owed)
    {
        Span<Iovec> pieces = stackalloc Iovec[4];
        while (subject.HasSendable)
        {
            program.Read(owed.Prelude(subject.Next, subject.Rules));
            owed = default;
            var count = subject.Gather(pieces);
            var all = new List<byte>();
            foreach (var piece in pieces[..count])
            {
                all.AddRange(new ReadOnlySpan<byte>(piece.Base, (int)piece.Length));
            }

            program.Read([.. all]);
            subject.Advance(all.Count);
        }
    }

    private static SyslogRules RandomRules(Random random)
    {
        var isImptcp = random.Next(2) == 0;
        var rules = new SyslogRules
        {
            OctetCounted = random.Next(4) > 0,
            SkipsBlanks = random.Next(3) == 0,
            Delimiter = random.Next(3) switch { 0 => 0, 1 => ';', _ => -1 },
            LargestCount = random.Next(2) == 0 ? 200_000 : 35,
            LargestMessage = random.Next(3) == 0 ? 20 : 8096,
            Oversize = isImptcp ? Oversize.Open : Oversize.Split,
        };
        return isImptcp
            ? random.Next(4) switch
            {
                0 => rules with { IsMultiLine = true },
                1 => rules with { Start = MessageStart.Parse("^<[0-9]{2}>") },
                _ => rules,
            }
            : rules with { EndsAtLf = random.Next(4) > 0, Oversize = random.Next(3) == 0 ? Oversize.Cut : Oversize.Split };
    }
}
