using Aeterna.Configuration.Profiles;
using Aeterna.Configuration.Profiles.Rsyslog;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>What in an rsyslog configuration keeps state that two processes must not share.</summary>
public sealed class RsyslogStateTests : IDisposable
{
    private readonly string _folder = Temp.Folder();

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [InlineData("module(load=\"imfile\")", "loads imfile")]
    [InlineData("module ( Load = \"imjournal\" StateFile=\"x\" )", "loads imjournal")]
    [InlineData("module(\n\n  load='imfile.so')", "loads imfile", 3)]
    [InlineData("$ModLoad imfile", "loads imfile")]
    [InlineData("  $modload /usr/lib/rsyslog/imjournal.so # yes", "loads imjournal")]
    [InlineData("module(load=\"imuxsock\")\nmodule(load=\"imklog\")   # provides kernel logging support", "loads imklog", 2)]
    [InlineData("$ModLoad imklog", "loads imklog")]
    [InlineData("module(load=\"imkmsg\")", "loads imkmsg")]
    [InlineData("module(load=\"improg\")", "loads improg")]
    [InlineData("module(load=\"imdocker\")", "loads imdocker")]
    [InlineData("module(load=\"imkafka\")", "loads imkafka")]
    [InlineData("module(load=\"/opt/own/imhouse\")", "loads imhouse")]
    [InlineData("main_queue(queue.filename=\"main\")", "has a queue on disk")]
    [InlineData("action(type=\"omfwd\" target=\"#\"\n  Queue.FileName = \"q\")", "has a queue on disk", 2)]
    [InlineData("$ActionQueueFileName q", "has a queue on disk")]
    [InlineData("global(workDirectory=\"/x\" processInternalMessages=\"on\")", "has processInternalMessages on")]
    [InlineData("# a\n$MainMsgQueueFileName q", "has a queue on disk", 2)]
    [InlineData("$IncludeConfig /etc/nowhere/*.conf\nmodule(load=\"imfile\") /* \n */", "loads imfile", 2)]
    [InlineData("*.* /var/log/don't\nmodule(load=\"imfile\")", "loads imfile", 2)]
    public void Finds_it_in_both_syntaxes_with_its_line(string text, string what, int line = 1) =>
        Assert.Equal($"{Write("a.conf", text)}:{line} {what}", Find("a.conf"));

    [Theory]
    [InlineData("module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"514\")")]
    [InlineData("module(load=\"imuxsock\")\nmodule(load=\"imudp\")\n$ModLoad immark\nmodule(load=\"impstats\" interval=\"5\")\nmodule(load=\"mmjsonparse\")")]
    [InlineData("# module(load=\"imfile\")\n#$ModLoad imfile")]
    [InlineData("/* module(load=\"imfile\")\n queue.filename=\"x\" */ *.* /var/log/all")]
    [InlineData("template(name=\"t\" string=\"/* %msg% #\") # queue.filename=\"x\"")]
    [InlineData("main_queue(queue.type=\"LinkedList\")")]
    [InlineData("$IncludeConfig /a\0b\ninclude(file=\"\0\")\n\"/*")]
    public void Comments_and_other_things_do_not_count(string text)
    {
        Write("a.conf", text);
        Assert.Null(Find("a.conf"));
    }

    [Fact]
    public void Follows_includes_of_both_syntaxes_and_each_file_once()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "d"));
        Write("a.conf", $"$IncludeConfig {_folder}/d/*.conf\ninclude(mode=\"optional\" file=\"{_folder}/missing.conf\")\n");
        Write("d/1.conf", $"include(file=\"{_folder}/a.conf\")");
        Write("d/2.conf", "include(file=\"d/last.inc\" mode=\"optional\")");
        Assert.Null(Find("a.conf"));
        Write("d/last.inc", "\n\nmodule(load=\"imfile\")");
        Assert.Equal($"{_folder}/d/last.inc:3 loads imfile", Find("a.conf"));
    }

    [Fact]
    public void The_profile_reads_the_file_of_the_command()
    {
        var file = Write("a.conf", "module(load=\"imtcp\")");
        TrafficAdvice Advice() => RsyslogProfile.Profile.Traffic!(new ServicePlan { Name = "a", Command = ["rsyslogd", "-n", "-f", "a.conf"], WorkingDirectory = _folder })!;
        Assert.Equal(Traffic.Exclusive, Advice().Traffic);
        File.AppendAllText(file, "\nmodule(load=\"imfile\")");
        Assert.Equal((Traffic.Sequential, $"{file}:2 loads imfile, which does not bear two rsyslogds at a time"), (Advice().Traffic, Advice().Reason));
        Assert.Equal(Traffic.Split, NginxProfile.Profile.Traffic!(new ServicePlan { Name = "a", Command = ["nginx"] })!.Traffic);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private string? Find(string name) => RsyslogState.Find(RsyslogConfiguration.Read(Path.Combine(_folder, name), _folder));
}
