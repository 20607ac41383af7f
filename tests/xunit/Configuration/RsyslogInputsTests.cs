using Aeterna.Configuration.Profiles.Rsyslog;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>What rsyslog's configuration says of where a message ends, for each listener.</summary>
public sealed class RsyslogInputsTests : IDisposable
{
    private readonly string _folder = Temp.Folder();

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [InlineData("module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"514\")", "imtcp")]
    [InlineData("MODULE(Load=\"imtcp\")\nINPUT(Type=\"imtcp\" PORT=\"514\" supportOctetCountedFraming=\"off\")", "imtcp octets=False")]
    [InlineData("module(load=\"imtcp\" octetCountedFraming=\"off\" AddtlFrameDelimiter=\"0\" maxFrameSize=\"8192\" discardTruncatedMsg=\"on\")\ninput(type=\"imtcp\" port=\"514\")", "imtcp octets=False delimiter=0 count=8192 cut")]
    [InlineData("module(load=\"imtcp\" disableLFDelimiter=\"on\" AddtlFrameDelimiter=\"59\")\ninput(type=\"imtcp\" port=\"514\" framingFix.cisco.asa=\"on\" addtlFrameDelimiter=\"60\")", "imtcp blanks lf=False delimiter=60")]
    [InlineData("module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"515\" supportOctetCountedFraming=\"off\")\ninput(type=\"imtcp\" port=\"514\")", "imtcp")]
    [InlineData("module(load=\"imptcp\")\ninput(type=\"imptcp\" port=\"514\" multiLine=\"on\" maxFrameSize=\"9\")", "imptcp count=9 multi")]
    [InlineData("module(load=\"imptcp\")\ninput(type=\"imptcp\" port=\"514\" framing.delimiter.regex=\"^<[0-9]{2}>\")", "imptcp start=^<[0-9]{2}>")]
    [InlineData("module(load=\"imptcp\")\ninput(type=\"imptcp\" port=\"514\" compression.mode=\"none\" addtlFrameDelimiter=\"-1\")", "imptcp")]
    [InlineData("global(maxMessageSize=\"64k\")\n$ModLoad imtcp\n$InputTCPServerRun 514", "imtcp largest=65536")]
    [InlineData("$MaxMessageSize 1K\n$ModLoad imptcp\n$InputPTCPServerRun 514", "imptcp largest=1000")]
    [InlineData("$ModLoad imtcp\n$InputTCPServerSupportOctetCountedFraming off\n$InputTCPServerAddtlFrameDelimiter 0\n$InputTCPServerRun 514\n$InputTCPServerDisableLFDelimiter on", "imtcp octets=False delimiter=0")]
    [InlineData("$ModLoad imtcp\n$InputTCPServerRun 514\n$InputTCPServerAddtlFrameDelimiter 0\n$InputTCPServerRun 515", "imtcp")]
    [InlineData("$InputTCPServerAddtlFrameDelimiter 0\n$ModLoad imtcp\n$InputTCPServerRun 514", "imtcp")] // Nobody knew it then.
    [InlineData("module(load=\"imtcp\" AddtlFrameDelimiter=\"7\" maxFrameSize=\"50\")\n$InputTCPServerAddtlFrameDelimiter 0\n$InputTCPServerRun 514", "imtcp count=50")]
    [InlineData("$ModLoad imtcp\n$InputTCPServerAddtlFrameDelimiter 0\ninput(type=\"imtcp\" port=\"514\")\n$InputTCPServerSupportOctetCountedFraming off", "imtcp octets=False")]
    [InlineData("$ModLoad imtcp\n$InputTCPServerAddtlFrameDelimiter 0\n$ResetConfigVariables\n$InputTCPServerRun 514", "imtcp largest=8192")]
    [InlineData("$ModLoad imptcp\n$InputPTCPServerListenIP 127.0.0.1\n$InputPTCPServerAddtlFrameDelimiter 0\n$InputPTCPServerRun 514", "imptcp delimiter=0")]
    [InlineData("$ModLoad imtcp\n$InputTCPServerStreamDriverMode 0\n$InputTCPServerInputName x\n$InputTCPServerKeepAlive on\n$InputTCPMaxSessions 500\n$InputTCPServerRun 514", "imtcp")]
    [InlineData("module(load=\"imtcp\" streamDriver.mode=\"1\")\ninput(type=\"imtcp\" port=\"514\" streamDriver.mode=\"0\" streamDriver.name=\"gtls\")", "imtcp")]
    public void Reads_the_rules_of_a_listener(string text, string expected) => Assert.Equal(expected, Rules(Of(text)));

    [Theory]
    [InlineData("", "no input for it")]
    [InlineData("module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"515\")", "no input for it")]
    [InlineData("module(load=\"imptcp\")\ninput(type=\"imptcp\" port=\"514\" compression.mode=\"stream:always\")", "compressed stream (", 2)]
    [InlineData("module(load=\"imptcp\")\ninput(type=\"imptcp\" port=\"514\"\n framing.delimiter.regex=\"^(a|b)\")", "pattern that cannot be followed (", 3)]
    [InlineData("module(load=\"imtcp\" streamDriver.mode=\"1\" streamDriver.name=\"gtls\")\ninput(type=\"imtcp\" port=\"514\")", "imtcp itself ends TLS on it (", 1)]
    [InlineData("$ModLoad imtcp\n$InputTCPServerStreamDriverMode 1\n$InputTCPServerRun 514", "imtcp itself ends TLS on it (", 2)]
    [InlineData("module(load=\"imtcp\" someNewOption=\"x\")\ninput(type=\"imtcp\" port=\"514\")", "someNewOption is not known", 1)]
    [InlineData("module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"514\" multiLine=\"on\")", "multiline is not known", 2)]
    [InlineData("$ModLoad imtcp\n$InputTCPServerSomethingNew 3\n$InputTCPServerRun 514", "$inputtcpserversomethingnew is not known", 2)]
    [InlineData("module(load=\"imtcp\" AddtlFrameDelimiter=`echo $D`)\ninput(type=\"imtcp\" port=\"514\")", "value that only rsyslogd knows", 1)]
    [InlineData("module(load=\"imtcp\" AddtlFrameDelimiter=\"0x1e\")\ninput(type=\"imtcp\" port=\"514\")", "value that only rsyslogd knows", 1)]
    [InlineData("module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"514\" supportOctetCountedFraming=\"On\")", "neither on nor off", 2)]
    [InlineData("module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"514\" addtlFrameDelimiter=\"1\" AddtlFrameDelimiter=\"2\")", "is there twice", 2)]
    [InlineData("module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"514\")\ninput(type=\"imtcp\" port=`echo $P` supportOctetCountedFraming=\"off\")", "different rules", 2)]
    [InlineData("module(load=\"imrelp\")\ninput(type=\"imrelp\" port=\"514\")", "imrelp has frames", 2)]
    [InlineData("$ModLoad imgssapi\n$InputGSSServerRun 514", "imgssapi has frames", 2)]
    [InlineData("module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"514\")\ninclude(text=`echo $X`)", "includes what only rsyslogd knows", 3)]
    public void Says_why_it_does_not_know_them(string text, string why, int line = 0)
    {
        var framing = Of(text);
        Assert.False(framing.IsFramed);
        Assert.Contains(why, framing.Reason, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(line == 0 ? "" : $"main.conf:{line}", framing.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Tells_listeners_apart_by_address_port_and_path()
    {
        var inputs = Inputs(
            "module(load=\"imtcp\") module(load=\"imptcp\")\n" +
            "input(type=\"imtcp\" port=\"514\" address=\"127.0.0.1\" addtlFrameDelimiter=\"1\")\n" +
            "input(type=\"imtcp\" port=\"514\" address=\"127.0.0.2\" addtlFrameDelimiter=\"2\")\n" +
            "input(type=\"imptcp\" path=\"/run/x\" addtlFrameDelimiter=\"3\")\n" +
            "input(type=\"imptcp\" port=\"601\" addtlFrameDelimiter=\"4\")");
        string[] addresses = ["tcp://127.0.0.1:514", "tcp://127.0.0.2:514", "unix:///run/x", "tcp://0.0.0.0:601", "tcp://[::]:601"];
        Assert.Equal([1, 2, 3, 4, 4], addresses.Select(address => RsyslogInputs.Of(inputs, Address(address)).Rules!.Delimiter));
        Assert.False(RsyslogInputs.Of(inputs, Address("unix:///run/y")).IsFramed);
    }

    [Theory]
    [InlineData("^<[0-9]{1,3}>", "<13>", true)]
    [InlineData("^<[0-9]{1,3}>", "<1345>", false)]
    [InlineData("^[[:digit:]]+-", "2026-", true)]
    [InlineData("^a*b?c", "aaac", true)]
    [InlineData("^a*b?c", "abbc", false)]
    [InlineData("^[^ ]{2,}\\[", "x[", false)]
    [InlineData("^[^ ]{2,}\\[", "xyz[", true)]
    [InlineData("^.x", "zx", true)]
    public void Patterns_match_as_posix_has_it(string pattern, string line, bool matches)
    {
        var start = MessageStart.Parse(pattern)!;
        var state = start.First;
        foreach (var c in line)
        {
            Assert.False(start.IsMatch(state));
            state = start.Next(state, (byte)c);
        }

        Assert.Equal(matches, start.IsMatch(state));
    }

    [Theory]
    [InlineData("<13>")]
    [InlineData("^")]
    [InlineData("^(a|b)")]
    [InlineData("^a*")]
    [InlineData("^a{2,1}")]
    [InlineData("^a**b")]
    [InlineData("^[a")]
    [InlineData("^a$")]
    [InlineData("^\\w")]
    public void Other_patterns_are_not_followed(string pattern) => Assert.Null(MessageStart.Parse(pattern));

    private static ListenerAddress Address(string text) => ListenerAddress.TryParse(text, out var address, out _) ? address! : throw new ArgumentException(text);

    private static string Rules(StreamFraming framing)
    {
        Assert.True(framing.IsFramed, framing.Reason);
        var (rules, usual) = (framing.Rules!, new SyslogRules());
        string[] words =
        [
            rules.Oversize == Oversize.Open ? "imptcp" : "imtcp",
            rules.OctetCounted ? "" : "octets=False",
            rules.SkipsBlanks ? "blanks" : "",
            rules.EndsAtLf ? "" : "lf=False",
            rules.Delimiter == usual.Delimiter ? "" : $"delimiter={rules.Delimiter}",
            rules.LargestCount == usual.LargestCount ? "" : $"count={rules.LargestCount}",
            rules.LargestMessage == 8096 ? "" : $"largest={rules.LargestMessage}",
            rules.Oversize == Oversize.Cut ? "cut" : "",
            rules.IsMultiLine ? "multi" : "",
            rules.Start is { } start ? $"start={start}" : "",
        ];
        return string.Join(' ', words.Where(word => word.Length > 0));
    }

    private StreamFraming Of(string text) => RsyslogInputs.Of(Inputs(text), Address("tcp://127.0.0.1:514"));

    private IReadOnlyList<RsyslogInput> Inputs(string text)
    {
        var file = Path.Combine(_folder, "main.conf");
        File.WriteAllText(file, text);
        return RsyslogInputs.Read(RsyslogConfiguration.Read(file, _folder));
    }
}
