using System.Globalization;
using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>A stock rsyslogd that keeps state in files: two never coexist, and nothing that it reads from a file is lost or doubled.</summary>
[Collection(Alone.Name)]
public class SequentialTests
{
    private const int Reloads = 3;
    private const int LinesBetween = 500;

    [RootFact]
    public async Task An_imfile_input_and_a_queue_on_disk_go_from_one_rsyslogd_to_the_next()
    {
        var folder = Temp.Folder();
        var (input, output, port) = (Path.Combine(folder, "in"), Path.Combine(folder, "out"), Ports.Next());
        File.WriteAllText(input, "");
        File.WriteAllText(Path.Combine(folder, "rsyslog.conf"), $$"""
            global(workDirectory="{{folder}}")
            module(load="imudp")
            input(type="imudp" address="127.0.0.1" port="{{port}}")
            module(load="imfile" mode="inotify")
            input(type="imfile" file="{{input}}" tag="in:")
            template(name="line" type="string" string="%msg%\n")
            if $syslogtag == "in:" then action(type="omfile" file="{{output}}" template="line"
              queue.type="LinkedList" queue.filename="disk" queue.saveOnShutdown="on" queue.size="1000")
            """);
        await using var engine = await LiveEngine.Start($$"""
            version: "v1"
            service: { name: "NAME", command: ["/usr/sbin/rsyslogd", "-n", "-f", "{{folder}}/rsyslog.conf"] }
            orchestration: { canary: { soak_time: "100ms" }, state_handoff: { enabled: true } }
            """, folder);
        Assert.Equal("sequential", (await engine.Status()).Traffic);
        var written = 0;
        for (var i = 0; i < Reloads; i++)
        {
            written = Write(input, written);
            var id = await engine.BeginReload();
            written = Write(input, written);
            var record = await engine.Finished(id);
            Assert.Equal((Verdict.Succeeded, "sequential"), (record.Verdict, record.Traffic));
            Assert.Equal($"{folder}/rsyslog.conf:4 loads imfile, which does not bear two rsyslogds at a time", record.TrafficReason);
            Assert.True(record.PausedMs > 0);
            Assert.Equal(("success", 2), (record.Handover?.Status, record.Handover?.Carried?.ConfigState?.Modules.Count));
            Assert.Equal("success", (await engine.Status()).LastHandover.Status);
            Assert.Equal(["configuration", "pre_flight", "drain", "start", "soak"], record.Phases.Select(phase => phase.Name));
        }

        await Temp.Until(() => File.Exists(output) && File.ReadLines(output).Count() >= written, "all lines have come through");
        Assert.Equal(Enumerable.Range(0, written), File.ReadLines(output).Select(line => int.Parse(line.Trim(), CultureInfo.InvariantCulture)).Order());
    }

    private static int Write(string file, int from)
    {
        File.AppendAllLines(file, Enumerable.Range(from, LinesBetween).Select(n => n.ToString(CultureInfo.InvariantCulture)));
        return from + LinesBetween;
    }
}
