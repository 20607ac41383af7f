using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Aeterna.Contract;
using Aeterna.Control;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Control;

/// <summary>What the users of a machine may do over TCP with an engine that root has started.</summary>
public sealed class LocalUserTests
{
    private static readonly string[] _asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

    [RootFact]
    public async Task Root_may_change_the_service_as_ever_and_is_in_the_record()
    {
        await using var rig = await ControlRig.Start();

        Assert.Equal(202, await Curl([], "-X", "POST", Url(rig, Routes.Reload)));

        Assert.Equal("uid 0 (root) from 127.0.0.1", Assert.Single(rig.Orchestrator.Calls).By);
    }

    [RootTheory]
    [InlineData("/v1/reload")]
    [InlineData("/v1/rollback")]
    [InlineData("/v1/promote")]
    [InlineData("/v1/stop")]
    public async Task Another_user_reads_and_changes_nothing(string path)
    {
        await using var rig = await ControlRig.Start();

        Assert.Equal(403, await Curl(_asNobody, "-X", "POST", Url(rig, path)));
        Assert.Equal(200, await Curl(_asNobody, Url(rig, Routes.Status)));
        Assert.Equal(200, await Curl(_asNobody, Url(rig, Routes.Metrics)));
        Assert.Equal(200, await Curl(_asNobody, "--head", Url(rig, Routes.Status)));

        Assert.Empty(rig.Orchestrator.Calls);
    }

    [RootFact]
    public async Task The_engines_own_user_may_change_the_service()
    {
        await using var rig = await ControlRig.Start(engineUid: 65534);

        Assert.Equal(202, await Curl(_asNobody, "-X", "POST", Url(rig, Routes.Reload)));

        Assert.StartsWith("uid 65534", Assert.Single(rig.Orchestrator.Calls).By, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task Root_of_a_user_namespace_is_who_it_is_outside()
    {
        await using var rig = await ControlRig.Start();
        string[] root = [.. _asNobody, "unshare", "--user", "--map-root-user"];
        Assert.Equal("0", Shell.Output(root[0], [.. root[1..], "id", "-u"]).Trim());

        Assert.Equal(403, await Curl(root, "-X", "POST", Url(rig, Routes.Stop)));

        Assert.Empty(rig.Orchestrator.Calls);
    }

    // A kernel shows the socket of one who has gone as root's.
    [RootFact]
    public async Task One_who_asks_and_leaves_at_once_is_not_taken_for_root()
    {
        await using var rig = await ControlRig.Start();
        var script = string.Create(CultureInfo.InvariantCulture, $$"""
            for i in $(seq 200); do
                exec 3<> /dev/tcp/127.0.0.1/{{rig.Port}}
                printf 'POST /v1/stop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n' >&3
                exec 3>&-
            done
            """);

        await Task.Run(() => Shell.Output(_asNobody[0], [.. _asNobody[1..], "bash", "-c", script]));

        Assert.Equal(200, await Curl(_asNobody, Url(rig, Routes.Status)));
        Assert.Empty(rig.Orchestrator.Calls);
    }

    [RootTheory]
    [InlineData("0123456789abcdef0123", "POST", 202)]
    [InlineData(null, "POST", 401)]
    [InlineData("wrong", "POST", 401)]
    [InlineData(null, "GET", 200)]
    public async Task With_a_token_file_whoever_changes_something_over_TCP_needs_the_token_root_too(string? token, string method, int expected)
    {
        using var files = new ScratchDirectory();
        File.WriteAllText(files["token"], "0123456789abcdef0123\n");
        await using var rig = await ControlRig.Start(control => control with { TokenFile = files["token"] });
        string[] header = token is null ? [] : ["-H", $"Authorization: Bearer {token}"];

        foreach (var user in new[] { [], _asNobody })
        {
            Assert.Equal(expected, await Curl(user, [.. header, "-X", method, Url(rig, method == "GET" ? Routes.Status : Routes.Reload)]));
        }
    }

    /// <summary>The program runs with the engine's rights: a token gives nobody one of his own choice.</summary>
    [RootFact]
    public async Task Only_root_and_the_engines_user_may_name_the_program_of_an_upgrade()
    {
        using var files = new ScratchDirectory();
        File.WriteAllText(files["token"], "0123456789abcdef0123\n");
        await using var rig = await ControlRig.Start(control => control with { TokenFile = files["token"] });
        string[] asked = ["-H", "Authorization: Bearer 0123456789abcdef0123", "-X", "POST", Url(rig, Routes.Upgrade), "-d"];

        Assert.Equal(403, await Curl(_asNobody, [.. asked, """{"program": "/tmp/mine"}"""]));
        Assert.Empty(rig.Orchestrator.Calls);
        Assert.Equal(202, await Curl(_asNobody, [.. asked, "{}"]));
        Assert.Equal(202, await Curl([], [.. asked, """{"program": "/tmp/mine"}"""]));
        Assert.Equal(["upgrade", "upgrade /tmp/mine"], rig.Orchestrator.Calls.Select(call => call.Call));
    }

    [RootFact]
    public async Task A_token_file_that_cannot_be_read_closes_what_it_should_guard()
    {
        using var files = new ScratchDirectory();
        await using var rig = await ControlRig.Start(control => control with { TokenFile = files["none"] });

        Assert.Equal(401, await Curl([], "-X", "POST", Url(rig, Routes.Reload)));
        Assert.Equal(200, await Curl([], Url(rig, Routes.Status)));
        using var http = rig.OverSocket();
        Assert.Equal(HttpStatusCode.Accepted, (await http.PostAsync(Routes.Reload, null)).StatusCode);
    }

    [RootFact]
    public async Task One_user_cannot_close_the_door_to_others()
    {
        await using var rig = await ControlRig.Start(idle: TimeSpan.FromMinutes(10));
        List<Socket> crowd = [];
        try
        {
            Unprivileged.Run(
                () =>
                {
                    for (var i = 0; i < 2 * ConnectionGate.MostOfOthers; i++)
                    {
                        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                        crowd.Add(client);
                        client.Connect(IPAddress.Loopback, rig.Port);
                    }
                },
                1234);

            await Temp.Until(() => crowd.Count(IsClosed) >= crowd.Count - ConnectionGate.MostOfOne, "all but those that it may have are closed");
            Assert.Equal(ConnectionGate.MostOfOne, crowd.Count(client => !IsClosed(client)));
            Assert.Equal(200, await Curl(_asNobody, Url(rig, Routes.Status)));
            Assert.Equal(202, await Curl([], "-X", "POST", Url(rig, Routes.Reload)));
        }
        finally
        {
            crowd.ForEach(client => client.Dispose());
        }
    }

    [RootFact]
    public async Task Others_together_have_so_many_places_which_root_does_not_need_and_who_leaves_gives_back()
    {
        await using var rig = await ControlRig.Start(idle: TimeSpan.FromMinutes(10));
        var request = Encoding.ASCII.GetBytes("GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n");
        List<Socket> crowd = [];
        Socket Come(uint user)
        {
            Unprivileged.Run(
                () =>
                {
                    crowd.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 60_000 });
                    crowd[^1].Connect(IPAddress.Loopback, rig.Port);
                },
                user);
            return crowd[^1];
        }

        bool IsServed(Socket client)
        {
            try
            {
                client.Send(request);
                return client.Receive(new byte[1]) == 1;
            }
            catch (SocketException)
            {
                return false; // Closed with the request unread.
            }
        }

        try
        {
            for (var i = 0; i < ConnectionGate.MostOfOthers; i++)
            {
                Assert.True(IsServed(Come(2000 + (uint)(i / ConnectionGate.MostOfOne))));
            }

            Assert.False(IsServed(Come(3000)));
            Assert.Equal(200, await Curl([], Url(rig, Routes.Status)));
        }
        finally
        {
            crowd.ForEach(client => client.Dispose());
        }

        crowd.Clear();
        await Temp.Until(() => IsServed(Come(3000)), "there is room again");
        crowd.ForEach(client => client.Dispose());
    }

    [RootFact]
    public async Task A_connection_without_a_request_is_closed_after_a_while()
    {
        await using var rig = await ControlRig.Start(idle: TimeSpan.FromSeconds(1));
        using var silent = new TcpClient();
        await silent.ConnectAsync(IPAddress.Loopback, rig.Port);

        Assert.Equal(0, await silent.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [RootFact]
    public async Task A_reason_may_have_a_kibibyte()
    {
        await using var rig = await ControlRig.Start();
        foreach (var (length, expected) in new[] { (ChangeEndpoints.LongestReason, 202), (ChangeEndpoints.LongestReason + 1, 400) })
        {
            Assert.Equal(expected, await Curl([], "-X", "POST", "-d", $$"""{"reason":"{{new string('r', length)}}"}""", Url(rig, Routes.Reload)));
        }

        Assert.Single(rig.Orchestrator.Calls);
    }

    private static bool IsClosed(Socket client) => client.Poll(0, SelectMode.SelectRead);

    private static string Url(ControlRig rig, string path) => string.Create(CultureInfo.InvariantCulture, $"http://localhost:{rig.Port}{path}");

    /// <summary>The status of a request that curl makes as a user.</summary>
    private static async Task<int> Curl(string[] user, params string[] arguments)
    {
        string[] command = [.. user, "curl", "-4", "-sS", "--max-time", "60", "-o", "/dev/null", "-w", "%{http_code}", .. arguments];
        return int.Parse(await Task.Run(() => Shell.Output(command[0], command[1..])), CultureInfo.InvariantCulture);
    }
}
