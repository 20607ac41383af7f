using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Aeterna.Contract;
using Aeterna.Control;
using Aeterna.Load;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Control;

public sealed class ControlTransportTests
{
    [Theory]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\0")]
    [InlineData("garbage\r\n\r\n")]
    [InlineData("GET / HTTP/9.9\r\n\r\n")]
    [InlineData("GET /v1/status HTTP/1.1\r\n\r\n")]
    [InlineData("GET /v1/status HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    public async Task Bytes_that_are_not_HTTP_get_a_4xx_or_505_and_do_no_harm(string bytes)
    {
        await using var rig = await ControlRig.Start();

        // HTTP/2 in plain text gets its own answer: a GOAWAY frame with HTTP_1_1_REQUIRED.
        Assert.Matches("^(HTTP/1.1 (4[0-9][0-9]|505) |\0\0\b\a.*\r$)", await rig.Exchange(Encoding.Latin1.GetBytes(bytes)));

        Assert.Empty(rig.Orchestrator.Calls);
        await AssertAlive(rig);
    }

    [Fact]
    public async Task Headers_without_end_are_cut_off()
    {
        await using var rig = await ControlRig.Start();

        Assert.StartsWith("HTTP/1.1 431 ", await rig.Exchange(
            Encoding.ASCII.GetBytes($"GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX: {new string('x', 200_000)}\r\n\r\n")), StringComparison.Ordinal);
        await AssertAlive(rig);
    }

    [Fact]
    public async Task A_body_may_have_64_KiB_and_no_more_with_and_without_a_length()
    {
        await using var rig = await ControlRig.Start();
        using var http = rig.OverSocket();
        var fits = $$"""{"reason":"{{new string('r', 1_000)}}","more":"{{new string('m', 60_000)}}"}""";
        Assert.Equal(HttpStatusCode.Accepted, (await http.PostAsync(Routes.Reload, new StringContent(fits))).StatusCode);

        foreach (var chunked in new[] { false, true })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Routes.Reload) { Content = new StringContent(new string(' ', 65_537)) };
            request.Headers.TransferEncodingChunked = chunked;
            using var response = await http.SendAsync(request);
            var problem = await response.Content.ReadFromJsonAsync(ContractJson.Default.Problem);
            Assert.Equal((413, ProblemCode.TooLarge), ((int)response.StatusCode, problem!.Code));
        }

        Assert.Single(rig.Orchestrator.Calls);
    }

    // More than all buffers between the two take: a client that is in the midst of sending must not see a reset in place of the answer.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_still_sends_a_body_that_is_too_large_gets_its_answer(bool unix)
    {
        await using var rig = await ControlRig.Start();
        using var client = new Socket(unix ? AddressFamily.Unix : AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(unix ? new UnixDomainSocketEndPoint(rig.Socket) : new IPEndPoint(IPAddress.Loopback, rig.Port));
        await using var stream = new NetworkStream(client);
        const int Size = 12 << 20;
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Size}\r\nConnection: close\r\n\r\n"));
        for (var sent = 0; sent < Size; sent += 1 << 16)
        {
            await stream.WriteAsync(new byte[1 << 16]);
        }

        using var answer = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 413 ", await answer.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60)), StringComparison.Ordinal);
        Assert.Empty(rig.Orchestrator.Calls);
    }

    [Fact]
    public async Task A_crowd_of_silent_connections_on_TCP_leaves_the_control_socket_free()
    {
        await using var rig = await ControlRig.Start();
        List<TcpClient> crowd = [];
        try
        {
            for (var i = 0; i < ConnectionGate.MostOfTrusted + 50; i++)
            {
                var client = new TcpClient();
                crowd.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, rig.Port);
                await client.GetStream().WriteAsync("GET /v1/st"u8.ToArray());
            }

            await AssertAlive(rig);
        }
        finally
        {
            crowd.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task Requests_leave_no_descriptor_behind()
    {
        await using var rig = await ControlRig.Start();
        await Requests(rig, 5);
        await Waiting.Until(() => OpenDescriptors(rig) == 4); // What listens, and the duplicates of it that another server could follow on.
        var before = OpenDescriptors(rig);
        await using (await rig.Raw())
        {
            // Both ends of it are in this process.
            await Waiting.Until(() => OpenDescriptors(rig) > before);
        }

        await Requests(rig, 60);

        await Waiting.Until(() => OpenDescriptors(rig) <= before);
    }

    [Theory]
    [InlineData("GET", "/v1/status", "localhost", null, 200)]
    [InlineData("GET", "/metrics", "evil.example", null, 403)]
    [InlineData("POST", "/v1/reload", "localhost", null, 202)]
    [InlineData("POST", "/v1/reload", "localhost", "http://localhost", 403)]
    [InlineData("POST", "/v1/stop", "evil.example", null, 403)]
    [InlineData("PUT", "/nothing", "localhost", "http://x", 403)]
    public async Task Over_TCP_the_access_rules_hold(string method, string path, string host, string? origin, int expected)
    {
        await using var rig = await ControlRig.Start();
        using var http = rig.OverTcp();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Host = host;
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        using var response = await http.SendAsync(request);

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal(expected == 202 ? 1 : 0, rig.Orchestrator.Calls.Count);
        if (expected == 403)
        {
            Assert.Equal(ProblemCode.Forbidden, (await response.Content.ReadFromJsonAsync(ContractJson.Default.Problem))!.Code);
        }
        else if (expected == 202)
        {
            Assert.EndsWith(" from 127.0.0.1", rig.Orchestrator.Calls.Single().By, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_wrong_token_is_401_and_says_which_scheme()
    {
        using var files = new ScratchDirectory();
        File.WriteAllText(files["token"], "0123456789abcdef0123\n");
        await using var rig = await ControlRig.Start(control => control with { TokenFile = files["token"] });
        using var http = rig.OverTcp();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "wrong");

        using var response = await http.GetAsync(Routes.Status);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "0123456789abcdef0123");
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(Routes.Status)).StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("a token with spaces in it")]
    public async Task A_token_file_that_is_no_good_is_a_warning_in_the_status(string? content)
    {
        using var files = new ScratchDirectory();
        if (content is not null)
        {
            File.WriteAllText(files["token"], content);
        }

        await using var rig = await ControlRig.Start(control => control with { TokenFile = files["token"] });

        Assert.Contains("control.token_file", rig.Notices.All().Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_user_may_not_use_the_socket()
    {
        await using var rig = await ControlRig.Start(engineUid: Aeterna.Linux.Session.EffectiveUser() + 1);
        using var http = rig.OverSocket();

        // Root may everything, so as root this is allowed.
        var expected = Environment.IsPrivilegedProcess ? HttpStatusCode.OK : HttpStatusCode.Forbidden;
        Assert.Equal(expected, (await http.GetAsync(Routes.Status)).StatusCode);
    }

    [Fact]
    public async Task Control_listen_speaks_TLS_and_the_metrics_port_does_not()
    {
        using var files = new ScratchDirectory();
        WriteCertificate(files);
        var port = Ports.Next();
        await using var rig = await ControlRig.Start(control => control with
        {
            Listen = new IPEndPoint(IPAddress.Loopback, port),
            Tls = new TlsPlan(files["cert.pem"], files["key.pem"], null),
        });
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate!.Subject == "CN=aeterna test",
        };
        using var https = new HttpClient(handler);

        Assert.Equal(HttpStatusCode.OK, (await https.GetAsync($"https://127.0.0.1:{port}/v1/status")).StatusCode);
        using var http = rig.OverTcp();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(Routes.Metrics)).StatusCode);
    }

    [Fact]
    public async Task A_bad_certificate_closes_the_encrypted_port_and_nothing_else()
    {
        using var files = new ScratchDirectory();
        File.WriteAllText(files["cert.pem"], "junk");
        File.WriteAllText(files["key.pem"], "junk");
        var port = Ports.Next();
        await using var rig = await ControlRig.Start(control => control with
        {
            Listen = new IPEndPoint(IPAddress.Loopback, port),
            Tls = new TlsPlan(files["cert.pem"], files["key.pem"], null),
        });

        Assert.Contains("control.tls", rig.Notices.All().Single(), StringComparison.Ordinal);
        using var probe = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => probe.ConnectAsync(IPAddress.Loopback, port));
        await AssertAlive(rig);
    }

    private static async Task AssertAlive(ControlRig rig)
    {
        using var http = rig.OverSocket();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(Routes.Status)).StatusCode);
    }

    private static async Task Requests(ControlRig rig, int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var http = i % 2 == 0 ? rig.OverSocket() : rig.OverTcp();
            await http.GetAsync(Routes.Status);
            await http.PostAsync(Routes.Reload, null);
            using var events = await http.GetAsync(Routes.Events, HttpCompletionOption.ResponseHeadersRead);
        }
    }

    // Other tests of this process open and close descriptors at the same time: only this server's connections count.
    private static int OpenDescriptors(ControlRig rig)
    {
        var ours = File.ReadLines("/proc/net/unix").Where(l => l.EndsWith(rig.Socket, StringComparison.Ordinal)).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[6])
            .Concat(File.ReadLines("/proc/net/tcp").Where(l => l.Contains($"0100007F:{rig.Port:X4}", StringComparison.Ordinal)).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[9]))
            .ToHashSet();
        return new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos()
            .Select(fd => fd.LinkTarget)
            .Count(target => target is not null && target.StartsWith("socket:[", StringComparison.Ordinal) && ours.Contains(target[8..^1]));
    }

    private static void WriteCertificate(ScratchDirectory files)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=aeterna test", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(files["cert.pem"], certificate.ExportCertificatePem());
        File.WriteAllText(files["key.pem"], key.ExportPkcs8PrivateKeyPem());
    }
}
