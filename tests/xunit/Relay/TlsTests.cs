using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

using Aeterna.Listeners;
using Aeterna.Load;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>TLS is ended by the engine: the program sees lines and the client's address, and the connection outlives generations.</summary>
public class TlsTests
{
    private const string Program = """
        import os, socket, sys
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(5)
        generation = os.environ['AETERNA_GENERATION']
        while True:
            c, address = s.accept()
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if os.fork() == 0:
                for line in c.makefile('rb'):
                    c.sendall(b'%s %d %s' % (generation.encode(), address[1], line))
                os._exit(0)
            c.close()
        """;

    [Fact]
    public async Task A_tls_connection_goes_on_to_the_next_generation()
    {
        await using var rig = new Rig();
        var (port, plans) = Prepare(rig, clientCa: false);
        await Start(rig, port, plans);
        using var client = new TcpClient("127.0.0.1", port);
        await using var tls = await Encrypt(client, null);
        Assert.Equal($"1 {Port(client)} first\n", await Say(tls, "first"));

        await Start(rig, port, plans);
        rig.Listeners.Traffic.Direct(new Route(2));
        Assert.Equal($"2 {Port(client)} second\n", await Say(tls, "second"));
    }

    [Fact]
    public async Task A_new_certificate_is_shown_to_those_who_come_after_it_was_read()
    {
        await using var rig = new Rig();
        var (port, plans) = Prepare(rig, clientCa: false);
        await Start(rig, port, plans);
        using var before = new TcpClient("127.0.0.1", port);
        await using var old = await Encrypt(before, null);
        Assert.Equal("CN=server", old.RemoteCertificate!.Subject);
        Certificate(rig.Directory, "server", "renewed");
        rig.Listeners.Configure(plans);
        using var after = new TcpClient("127.0.0.1", port);
        await using var renewed = await Encrypt(after, null);
        Assert.Equal("CN=renewed", renewed.RemoteCertificate!.Subject);
        Assert.StartsWith("1 ", await Say(old, "still there"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_without_a_certificate_of_the_authority_is_refused()
    {
        await using var rig = new Rig();
        var (port, plans) = Prepare(rig, clientCa: true);
        using var known = Certificate(rig.Directory, "client", "client");
        using var stranger = Certificate(rig.Directory, "stranger", "stranger");
        await Start(rig, port, plans);
        using var first = new TcpClient("127.0.0.1", port);
        await using (var tls = await Encrypt(first, known))
        {
            Assert.StartsWith("1 ", await Say(tls, "hello"), StringComparison.Ordinal);
        }

        foreach (var refused in new[] { null, stranger })
        {
            using var second = new TcpClient("127.0.0.1", port);
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await using var tls = await Encrypt(second, refused);
                _ = (await Say(tls, "hello")).Length > 0 ? 0 : throw new AuthenticationException("the connection was closed");
            });
        }
    }

    [Fact]
    public async Task Only_the_peers_that_are_permitted_are_let_in()
    {
        await using var rig = new Rig();
        using var known = Certificate(rig.Directory, "one", "one", "one.example.net");
        using var other = Certificate(rig.Directory, "two", "one.example.net", "two.example.net"); // Its common name does not count beside a name of DNS.
        using var common = Certificate(rig.Directory, "three", "three.example.net");
        using var printed = Certificate(rig.Directory, "four", "four");
        using var authorities = new StreamWriter(Path.Combine(rig.Directory, "authorities.pem"));
        foreach (var certificate in new[] { known, other, common, printed })
        {
            authorities.WriteLine(certificate.ExportCertificatePem());
        }

        authorities.Close();
        var (port, plans) = Prepare(rig, clientCa: false);
        var fingerprint = string.Join(':', printed.GetCertHashString(HashAlgorithmName.SHA256).Chunk(2).Select(pair => new string(pair)));
        List<PermittedPeer> peers = [.. new[] { "one.*.net", "three.example.net", $"SHA256:{fingerprint}" }.Select(text => PermittedPeer.TryParse(text, out var peer) ? peer : throw new ArgumentException(text))];
        plans[0] = plans[0] with { Tls = plans[0].Tls! with { ClientCa = Path.Combine(rig.Directory, "authorities.pem"), PermittedPeers = peers, MinVersion = new Version(1, 3) } };
        await Start(rig, port, plans);
        foreach (var (certificate, isLetIn) in new[] { (known, true), (other, false), (common, true), (printed, true) })
        {
            Assert.Equal(isLetIn, await IsServed(port, certificate, SslProtocols.None));
        }

        Assert.False(await IsServed(port, known, SslProtocols.Tls12));
        plans[0] = plans[0] with { Tls = plans[0].Tls! with { MinVersion = null, ClientCa = null, PermittedPeers = [peers[^1]], Ciphers = [TlsCipherSuite.TLS_AES_256_GCM_SHA384] } };
        rig.Listeners.Configure(plans);
        Assert.True(await IsServed(port, printed, SslProtocols.None));
        Assert.False(await IsServed(port, known, SslProtocols.None));
        Assert.False(await IsServed(port, null, SslProtocols.None));
        Assert.False(await IsServed(port, printed, SslProtocols.Tls12)); // None of its suites is permitted.
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_read_refuses_the_configuration()
    {
        await using var rig = new Rig();
        var (_, plans) = Prepare(rig, clientCa: false);
        File.WriteAllText(plans[0].Tls!.Certificate, "nonsense");
        var refused = Assert.Throws<ListenerException>(() => rig.Listeners.Configure(plans));
        Assert.StartsWith($"cannot use the certificate {plans[0].Tls!.Certificate} with the key ", refused.Message, StringComparison.Ordinal);
    }

    private static (int Port, ListenerPlan[] Plans) Prepare(Rig rig, bool clientCa)
    {
        var port = Ports.Next();
        File.WriteAllText(Path.Combine(rig.Directory, "tls.py"), Program);
        Certificate(rig.Directory, "server", "server").Dispose();
        Certificate(rig.Directory, "client", "client").Dispose();
        var tls = new TlsPlan(
            Path.Combine(rig.Directory, "server.pem"), Path.Combine(rig.Directory, "server.key"), clientCa ? Path.Combine(rig.Directory, "client.pem") : null);
        return (port, [new ListenerPlan { Name = "in", Address = Temp.Tcp(port), Handoff = Handoff.Relay, Framing = FramingKind.Line, Tls = tls }]);
    }

    private static async Task Start(Rig rig, int port, ListenerPlan[] plans)
    {
        rig.Listeners.Configure(plans);
        if (rig.Generations.Count == 0)
        {
            rig.Listeners.Traffic.Direct(new Route(1));
        }

        var generation = rig.Start(new ServicePlan
        {
            Name = "test",
            Command = ["/usr/bin/python3", "-S", "-u", Path.Combine(rig.Directory, "tls.py"), $"{port}"],
            Listeners = plans,
        });
        Assert.Null(await generation.WaitReady(Rig.Requires(Temp.Tcp(port)), default));
    }

    /// <summary>Makes NAME.pem and NAME.key, signed by itself.</summary>
    private static X509Certificate2 Certificate(string folder, string name, string subject, string? dns = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        if (dns is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(dns);
            request.CertificateExtensions.Add(names.Build());
        }

        var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Combine(folder, $"{name}.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, $"{name}.key"), key.ExportPkcs8PrivateKeyPem());
        return certificate;
    }

    private static async Task<SslStream> Encrypt(TcpClient client, X509Certificate2? own, SslProtocols versions = SslProtocols.None)
    {
        await Temp.Until(() => client.Connected, "the client is connected");
        var tls = new SslStream(client.GetStream(), false, (_, certificate, _, _) => certificate is not null);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "server", ClientCertificates = own is null ? null : [own], EnabledSslProtocols = versions }, limit.Token);
        return tls;
    }

    private static async Task<bool> IsServed(int port, X509Certificate2? own, SslProtocols versions)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port);
            await using var tls = await Encrypt(client, own, versions);
            return (await Say(tls, "hello")).Length > 0;
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return false;
        }
    }

    private static async Task<string> Say(SslStream tls, string line)
    {
        await tls.WriteAsync(System.Text.Encoding.ASCII.GetBytes(line + "\n"));
        var reader = new StreamReader(tls, leaveOpen: true);
        return await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)) is { } answer ? answer + "\n" : "";
    }

    private static int Port(TcpClient client) => ((IPEndPoint)client.Client.LocalEndPoint!).Port;
}
