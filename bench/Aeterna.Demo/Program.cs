using System.Globalization;
using Aeterna.Demo;
using Aeterna.Load.Rsyslogd;

var screen = new Screen();
var program = args.Length > 0 ? Path.GetFullPath(args[0]) : Repository.File("bin/aeterna");
foreach (var (file, remedy) in new[] { (PlainRsyslogd.Binary, "as root: apt-get install rsyslog"), (program, "run \"make build\"") })
{
    if (!File.Exists(file))
    {
        Console.Error.WriteLine($"cannot run the demo: {file} is not there ({remedy})");
        return 1;
    }
}

screen.Heading("A stock rsyslogd, replaced under load by Aeterna");
using var site = new EngineSite();
var part = new EnginePart(screen, new EngineCli(program, site.Rsyslogd.Folder), site);
Outcome? engine;
try
{
    engine = await part.Run();
}
finally
{
    await part.CleanUp();
}

if (engine is null)
{
    return 1;
}

screen.Heading(string.Create(CultureInfo.InvariantCulture, $"The same rsyslogd and load, stopped and started: {part.Swaps} new processes too"));
var plain = await PlainPart.Run(screen, part.Swaps);

screen.Write(Comparison.Of(engine, plain));
var broken = Promises.Broken(engine);
foreach (var promise in broken)
{
    screen.Text($"not kept: {promise}");
}

var held = broken.Count == 0 && part.AsExpected;
screen.Text(held ? "The promise held." : "The promise did not hold.");
return held ? 0 : 1;
