using System.Net.Sockets;
using System.Runtime.InteropServices;
using Aeterna.Demo;
using Aeterna.Load.Rsyslogd;

const int Interrupted = 130;

var program = args.Length > 0 ? Path.GetFullPath(args[0]) : Repository.File("bin/aeterna");
foreach (var (file, remedy) in new[] { (PlainRsyslogd.Binary, "as root: apt-get install rsyslog"), (program, "run \"make build\"") })
{
    if (!File.Exists(file))
    {
        Console.Error.WriteLine($"cannot run the demo: {file} is not there ({remedy})");
        return 1;
    }
}

try
{
    var screen = new Screen();
    using var site = new EngineSite();
    var part = new EnginePart(screen, new EngineCli(program, site.Rsyslogd.Folder), site);
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, CleanUpAndExit);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, CleanUpAndExit);
    return await TwoParts.Run(screen, part) ? 0 : 1;

    void CleanUpAndExit(PosixSignalContext context)
    {
        context.Cancel = true;
        screen.Silent = true;
        part.CleanUp().GetAwaiter().GetResult();
        site.Dispose();
        Environment.Exit(Interrupted);
    }
}
catch (Exception e) when (e is InvalidOperationException or IOException or SocketException or OperationCanceledException)
{
    Console.Error.WriteLine($"cannot go on with the demo: {e.Message}");
    return 1;
}
