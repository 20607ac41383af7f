using System.Globalization;
using System.Net;

namespace Aeterna.Load.Rsyslogd;

/// <summary>
/// A folder with a variant of <c>examples/rsyslogd/rsyslog.conf</c> on free ports of 127.0.0.1, which touches nothing outside of
/// the folder and writes each message as its client's address and the raw message. The folder goes when this is disposed.
/// </summary>
internal sealed class RsyslogdSite : IDisposable
{
    private const string OneFile = "action(type=\"omfile\" file=\"/var/log/aeterna/messages.log\"";

    private readonly bool _perGeneration;

    /// <param name="perGeneration">Each generation writes a file of its own, by which can be seen who wrote what.</param>
    public RsyslogdSite(bool perGeneration = false)
    {
        _perGeneration = perGeneration;
        Folder = Directory.CreateTempSubdirectory("aeterna-").FullName;
        Port = Ports.Next();
        Restore();
    }

    public string Folder { get; }

    /// <summary>The port of both the TCP and the UDP input.</summary>
    public int Port { get; }

    public IPEndPoint EndPoint => new(IPAddress.Loopback, Port);

    public string UnixPath => Path.Combine(Folder, "log.sock");

    public string ConfigPath => Path.Combine(Folder, "rsyslog.conf");

    /// <summary>All output files.</summary>
    public string OutputPattern => Path.Combine(Folder, "messages*.log");

    /// <summary>The output file of a generation, where each has its own.</summary>
    public string OutputOf(int generation) => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"messages.{generation}.log"));

    private const string PerGeneration = """
        set $.generation = getenv("AETERNA_GENERATION");
        template(name="file" type="string" string="/var/log/aeterna/messages.%$.generation%.log")
        action(type="omfile" dynaFile="file"
        """;

    /// <summary>Writes the configuration as it was at the beginning.</summary>
    public void Restore() => File.WriteAllText(ConfigPath, Variant.Of(
        Repository.File("examples/rsyslogd/rsyslog.conf"),
        [
            ("/var/spool/rsyslog", Folder),
            .. _perGeneration ? [(OneFile, PerGeneration)] : Array.Empty<(string, string)>(),
            ("/var/log/aeterna/", Folder + "/"),
            ("sysSock.name=\"/dev/log\"", $"sysSock.name=\"{UnixPath}\""),
            ("port=\"514\" address=\"0.0.0.0\"", string.Create(CultureInfo.InvariantCulture, $"port=\"{Port}\" address=\"127.0.0.1\"")),
            ("%timegenerated:::date-rfc3339% %hostname% %syslogtag%%msg:::sp-if-no-1st-sp%%msg:::drop-last-lf%", "%fromhost-ip% %rawmsg%"),
        ]));

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
