using System.Net;
using Aeterna.Control;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Control;

public class AccessTests
{
    [Theory]
    // engine, peer, expected
    [InlineData(0u, 0u, 200)]
    [InlineData(1000u, 1000u, 200)]
    [InlineData(1000u, 0u, 200)]
    [InlineData(0u, 1000u, 403)]
    [InlineData(1000u, 1001u, 403)]
    [InlineData(1000u, null, 403)]
    public void The_control_socket_is_for_the_engines_user_and_root(uint engine, uint? peer, int expected) =>
        Assert.Equal(expected, Access.Decide(new AccessFacts { EngineUid = engine, OverSocket = true, PeerUid = peer, Changing = true, Origin = "http://evil" }).Status);

    [Theory]
    // remote, changing, host, origin, expected
    [InlineData("127.0.0.1", false, "localhost:9091", null, 200)]
    [InlineData("127.0.0.1", false, "localhost:9091", "http://evil.example", 200)]
    [InlineData("::1", false, "[::1]:9091", null, 200)]
    [InlineData("::ffff:127.0.0.1", false, "127.0.0.1", null, 200)]
    [InlineData("127.0.0.1", false, null, null, 200)]
    [InlineData("127.0.0.1", false, "evil.example", null, 403)]
    [InlineData("127.0.0.1", false, "127.0.0.1.evil.example", null, 403)]
    [InlineData("127.0.0.1", true, "localhost:9091", null, 200)]
    [InlineData("127.0.0.1", true, "127.0.0.1:9091", null, 200)]
    [InlineData("::1", true, "[::1]:9091", null, 200)]
    [InlineData("127.0.0.1", true, "localhost:9091", "http://localhost:9091", 403)]
    [InlineData("127.0.0.1", true, "localhost:9091", "null", 403)]
    [InlineData("127.0.0.1", true, "localhost:9091", "", 403)]
    [InlineData("127.0.0.1", true, "evil.example:9091", null, 403)]
    [InlineData("127.0.0.1", true, null, null, 403)]
    [InlineData("127.0.0.1", true, "", null, 403)]
    public void Loopback_reads_freely_and_changes_only_for_roots_programs(string remote, bool changing, string? host, string? origin, int expected)
    {
        var facts = new AccessFacts { EngineUid = 0, Remote = IPAddress.Parse(remote), Changing = changing, Host = host, Origin = origin, PeerUid = 0 };
        Assert.Equal(expected, Access.Decide(facts).Status);
        // Where there is a token, a change needs it.
        Assert.Equal(changing && expected == 200 ? 401 : expected, Access.Decide(facts with { TokenConfigured = true }).Status);
    }

    [Theory]
    // engine, owner of the peer's socket, expected
    [InlineData(0u, 0u, 200)]
    [InlineData(1000u, 1000u, 200)]
    [InlineData(1000u, 0u, 200)]
    [InlineData(0u, 1000u, 403)]
    [InlineData(1000u, 1001u, 403)]
    [InlineData(0u, null, 403)]
    public void On_loopback_root_and_the_engines_user_change_and_others_read(uint engine, uint? owner, int expected)
    {
        var facts = new AccessFacts { EngineUid = engine, Remote = IPAddress.Loopback, Host = "localhost", PeerUid = owner };

        Assert.Equal(expected, Access.Decide(facts with { Changing = true }).Status);
        Assert.Equal(200, Access.Decide(facts).Status);
    }

    [Theory]
    [InlineData("Right", 200)]
    [InlineData("Wrong", 401)]
    public void On_loopback_a_token_decides_when_there_is_one(string token, int expected) =>
        Assert.Equal(expected, Access.Decide(new AccessFacts
        {
            EngineUid = 0,
            Remote = IPAddress.Loopback,
            Changing = true,
            Host = "loghost",
            Origin = "https://admin.example",
            Token = Enum.Parse<TokenCheck>(token),
            TokenConfigured = true,
        }).Status);

    [Theory]
    // configured, tls, plaintext, token, expected
    [InlineData(false, true, true, "Absent", 403)]
    [InlineData(true, false, false, "Right", 403)]
    [InlineData(true, false, false, "Absent", 403)]
    [InlineData(true, false, true, "Right", 200)]
    [InlineData(true, false, true, "Wrong", 401)]
    [InlineData(true, true, false, "Right", 200)]
    [InlineData(true, true, false, "Wrong", 401)]
    [InlineData(true, true, false, "Absent", 401)]
    public void From_elsewhere_reading_and_changing_need_the_token_over_TLS(bool configured, bool tls, bool plaintext, string token, int expected)
    {
        foreach (var changing in new[] { false, true })
        {
            var decision = Access.Decide(new AccessFacts
            {
                EngineUid = 0,
                Remote = IPAddress.Parse("192.0.2.7"),
                Changing = changing,
                Host = "localhost",
                TokenConfigured = configured,
                Tls = tls,
                AllowPlaintext = plaintext,
                Token = Enum.Parse<TokenCheck>(token),
            });
            Assert.Equal(expected, decision.Status);
            Assert.Equal(expected == 200, decision.Why is null);
        }
    }

    [Fact]
    public void Without_an_address_nobody_is_trusted() => Assert.Equal(403, Access.Decide(new AccessFacts { EngineUid = 0, Host = "localhost" }).Status);

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST:80", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.8.9.10:1", true)]
    [InlineData("[::1]", true)]
    [InlineData("[::1]:9091", true)]
    [InlineData("", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("localhost:evil", false)]
    [InlineData("localhost:80:80", false)]
    [InlineData("localhost:99999", false)]
    [InlineData("127.evil.example.com", false)]
    [InlineData("127.0.0.256", false)]
    [InlineData("127.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::1", false)]
    [InlineData("[::1", false)]
    [InlineData("[::1]evil", false)]
    [InlineData("[::2]", false)]
    [InlineData("10.0.0.1", false)]
    public void Loopback_hosts(string host, bool expected) => Assert.Equal(expected, Access.IsLoopbackHost(host));

    [Theory]
    [InlineData("Bearer 0123456789abcdef", "Right")]
    [InlineData("bearer   0123456789abcdef ", "Right")]
    [InlineData("Bearer 0123456789abcdeX", "Wrong")]
    [InlineData("Bearer 0123456789abcdef0", "Wrong")]
    [InlineData("Bearer ", "Wrong")]
    [InlineData("Basic 0123456789abcdef", "Absent")]
    [InlineData("0123456789abcdef", "Absent")]
    [InlineData(null, "Absent")]
    public void Tokens(string? header, string expected) => Assert.Equal(Enum.Parse<TokenCheck>(expected), new BearerToken("0123456789abcdef").Check(header));

    [Theory]
    [InlineData("0123456789abcdef", null)]
    [InlineData(" 0123456789abcdef\n", null)]
    [InlineData("0123456789abcde", "at least 16 printable ASCII characters")]
    [InlineData("0123456789 abcdef", "at least 16 printable ASCII characters")]
    public void A_token_has_sixteen_characters(string text, string? error)
    {
        using var scratch = new ScratchDirectory();
        File.WriteAllText(scratch["token"], text);
        var problem = Record.Exception(() => BearerToken.Read(scratch["token"]));
        Assert.True(error is null ? problem is null : problem is IOException && problem.Message.Contains(error, StringComparison.Ordinal), problem?.Message);
    }
}
