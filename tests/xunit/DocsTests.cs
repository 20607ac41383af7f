using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Aeterna.Cli;
using Aeterna.Contract;
using Aeterna.Telemetry;
using Aeterna.Tests.Cli;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests;

/// <summary>What the pages list is what there is.</summary>
public sealed class DocsTests
{
    [Fact]
    public void The_metrics_page_lists_every_metric_with_its_type()
    {
        var instruments = new EngineInstruments(TimeProvider.System);
        var existing = PrometheusParser.Parse(instruments.Page(Samples.Status())).Values.Select(f => $"{f.Name} {f.Type}").Order();
        var page = Docs.Read("metrics.md");

        Assert.Equal(existing, page.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal))
            .Select(l => l.Split('|')).Select(c => $"{c[1].Trim().Trim('`')} {c[2].Trim()}").Order());
    }

    [Fact]
    public void The_metrics_page_lists_the_labels()
    {
        var instruments = new EngineInstruments(TimeProvider.System);
        instruments.AttemptFinished(Samples.Record("r1"));
        instruments.Spawned(TimeSpan.FromSeconds(1));
        instruments.HandedOver("snapshot", "success", TimeSpan.FromSeconds(1));
        instruments.TrappedCall("bind", "captured");
        instruments.HttpRequest("/v1/status", 200);
        var page = Docs.Read("metrics.md").Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('|'))
            .ToDictionary(c => c[1].Trim().Trim('`'), c => c[3].Replace("`", "", StringComparison.Ordinal).Trim());

        foreach (var family in PrometheusParser.Parse(instruments.Page(Samples.Status())).Values)
        {
            var labels = family.Samples.SelectMany(s => s.Labels.Keys).Where(l => l != "le").Distinct().Order();
            Assert.Equal((family.Name, string.Join(", ", labels)), (family.Name, string.Join(", ", page[family.Name].Split(", ").Order())));
        }
    }

    [Fact]
    public void The_command_line_page_lists_every_verb_and_each_of_its_options()
    {
        using var cli = new CliRig();
        using var nowhere = new StringWriter();
        var verbs = CommandLine.Build(cli.Context(nowhere, nowhere)).Subcommands;
        var page = Docs.Read("cli.md");

        Assert.Equal(verbs.Select(v => v.Name).Order(), Docs.FirstColumn(page).Order());
        Assert.All(verbs, verb => Assert.Contains($"\n## aeterna {verb.Name}\n", page, StringComparison.Ordinal));
        Assert.All(
            verbs.SelectMany(v => v.Options).Where(o => !o.Hidden),
            option => Assert.True(option.Aliases.Append(option.Name).Any(name => page.Contains(name, StringComparison.Ordinal)), option.Name));
    }

    [Fact]
    public void The_examples_of_the_command_line_page_are_good_usage()
    {
        using var cli = new CliRig();
        using var nowhere = new StringWriter();
        var root = CommandLine.Build(cli.Context(nowhere, nowhere));

        Assert.All(Docs.Shell(Docs.Read("cli.md")), line => Assert.Empty(root.Parse(line["aeterna ".Length..]).Errors));
    }

    [Fact]
    public void The_command_line_page_lists_every_exit_code()
    {
        var page = Docs.Read("cli.md");

        Assert.All(Constants<int>(typeof(ExitCode)), code => Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"\n| {code} | "), page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_HTTP_page_lists_every_page_and_problem_code()
    {
        var page = Docs.Read("http-api.md");
        var routes = Constants<string>(typeof(Routes)).Append(Routes.Reloads + "/{id}");

        Assert.All(routes, route => Assert.Matches($"(?m)^\\| `(GET|POST) {System.Text.RegularExpressions.Regex.Escape(route)}` \\|", page));
        Assert.Equal(
            Constants<string>(typeof(ProblemCode)).Order(),
            Docs.FirstColumn(page[page.IndexOf("## Errors", StringComparison.Ordinal)..]).Order());
    }

    [Fact]
    public async Task The_curl_examples_of_the_HTTP_page_work()
    {
        await using var rig = await ControlRig.Start();
        rig.Journal.Save(Samples.Record("20261122T120000Z-1"));
        rig.Journal.Publish(Samples.Event("generation 1 serves"));
        var examples = Docs.Shell(Docs.Read("http-api.md"));
        Assert.Equal(15, examples.Count);

        foreach (var example in examples)
        {
            var command = example
                .Replace("/run/aeterna/rsyslogd/control.sock", rig.Socket, StringComparison.Ordinal)
                .Replace("127.0.0.1:9091", $"127.0.0.1:{rig.Port}", StringComparison.Ordinal)
                .Replace("curl ", "curl --fail-with-body -sS --noproxy '*' ", StringComparison.Ordinal);
            using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = await shell.StandardOutput.ReadToEndAsync();
            await shell.WaitForExitAsync();

            // 28: the time limit that ends the endless stream of events.
            Assert.Equal((example.Contains("/v1/events", StringComparison.Ordinal) ? 28 : 0, example), (shell.ExitCode, example));
            Assert.NotEmpty(output);
        }
    }

    private static IEnumerable<T> Constants<T>(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(field => field.IsLiteral && field.FieldType == typeof(T)).Select(field => (T)field.GetRawConstantValue()!);
}
