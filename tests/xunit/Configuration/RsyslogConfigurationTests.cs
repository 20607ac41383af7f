using Aeterna.Configuration.Profiles.Rsyslog;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>The reader of rsyslog's configuration, in both syntaxes.</summary>
public sealed class RsyslogConfigurationTests : IDisposable
{
    private readonly string _folder = Temp.Folder();

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [InlineData("module(load=\"imtcp\" MaxFrameSize = \"8k\")", "1 module load=imtcp maxframesize=8k")]
    [InlineData("Input (\n type=\"imtcp\" # \")\"\n /* ) */ permittedPeer=[\"a\", \"b\"]\n)", "1 input type=imtcp permittedpeer=a|b")]
    [InlineData("global(a=\"x\\\"y\\\\\" b=\"\\101\\n\")", "1 global a=x\"y\\ b=A\n")]
    [InlineData("input(type=\"imtcp\" port=`echo $PORT`)", "1 input type=imtcp port=?")]
    [InlineData("$ModLoad imtcp # and more\n  $InputTCPServerRun\t514", "1 $modload imtcp # and more;2 $inputtcpserverrun 514")]
    [InlineData("$Input\\\n  TCPServerRun 514\n$a b", "1 $inputtcpserverrun 514;3 $a b")]
    [InlineData("# gone \\\ninput(type=\"x\")\nmodule(load=\"y\")", "3 module load=y")]
    [InlineData("if $msg contains 'module(load=\"x\")' or $msg == \"$a b\" then { action(type=\"omfile\") }\n$b c", "1 action type=omfile;2 $b c")]
    [InlineData("set $!a = re_extract($msg, \"(\", 0, 1, \"\");\nmodule(load=\"y\")", "2 module load=y")]
    [InlineData("*.*;mail.none /var/log/don't(x=\"y\nmail.* -/a\n*.emerg :omusrmsg:*\n& stop\nmodule(load=\"y\")", "1 :selector;2 :selector;3 :selector;5 module load=y")]
    [InlineData(":msg, contains, \"module(\" /var/log/x\n:msg, regex, \"a\\\"b\" stop\nlocal0.* action(type=\"omfwd\")", "3 :selector;3 action type=omfwd")]
    [InlineData("ruleset(name=\"r\") {\n action(type=\"omfile\" file=\"/x\")\n if $a == 1 then stop\n *.* @@host:514\n}\ninput(type=\"imptcp\")", "1 ruleset name=r;2 action type=omfile file=/x;4 :selector;6 input type=imptcp")]
    [InlineData("input(type=\"a\" config.enabled=\"off\") module(load=\"b\" config.enabled=\"on\")", "1 module load=b config.enabled=on")]
    public void Finds_the_statements_and_their_lines(string text, string expected)
    {
        var configuration = Read(text);
        Assert.Null(configuration.Unread);
        Assert.Equal(expected, string.Join(';', configuration.Statements.Select(Text)));
    }

    [Fact]
    public void Includes_stand_where_they_are_and_may_come_twice()
    {
        Write("b.inc", "$b\n");
        Directory.CreateDirectory(Path.Combine(_folder, "d"));
        Write("d/2.conf", "$two");
        Write("d/1.conf", $"$one\n$IncludeConfig {_folder}/main.conf");
        var all = Read($"$a\ninclude(file=\"b.inc\" mode=\"optional\")\n$c\n$IncludeConfig {_folder}/d/*.conf # all\n$d\ninclude(file=\"{_folder}/b.inc\")\ninclude(file=\"no\" mode=\"optional\")");
        Assert.Equal("$a $b $c $one $two $d $b", string.Join(' ', all.Statements.Select(s => s.Name).Where(n => n is not ("include" or "$includeconfig"))));
        Assert.Null(all.Unread);
    }

    [Theory]
    [InlineData("include(text=`echo $X`)")]
    [InlineData("include(file=`echo $X`)")]
    [InlineData("$IncludeConfig /etc/*/x.conf")]
    [InlineData("include(file=\"other.yaml\")")]
    public void Says_what_it_could_not_follow(string text) => Assert.StartsWith(Path.Combine(_folder, "main.conf:1 includes "), Read(text).Unread, StringComparison.Ordinal);

    [Fact]
    public void Nothing_makes_it_stop()
    {
        var random = new Random(7);
        const string Pieces = "$a(){}[]\"'`#/*\\\n =if then:,.;&|-~x0";
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            Assert.All(RsyslogGrammar.Read("x", text), statement => Assert.InRange(statement.Line, 1, text.Count(c => c == '\n') + 1));
        }
    }

    private static string Text(RsyslogStatement statement) =>
        $"{statement.Line} {statement.Name}{(statement.Text.Length > 0 ? " " + statement.Text : "")}" +
        string.Concat(statement.Parameters.Select(p => $" {p.Name}={(p.Values is { } values ? string.Join('|', values) : "?")}"));

    private RsyslogConfiguration Read(string text)
    {
        Write("main.conf", text);
        return RsyslogConfiguration.Read(Path.Combine(_folder, "main.conf"), _folder);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);
}
