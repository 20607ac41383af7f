using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Aeterna.Broker;
using Aeterna.Contract;
using Aeterna.Control;
using Aeterna.Generations;
using Aeterna.Keeper;
using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Listeners.Steering;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration;
using Aeterna.Relay;
using Aeterna.Relay.Datagrams;
using Aeterna.Relay.Frames;
using Aeterna.Relay.Sessions;
using Aeterna.Relay.Sides;
using Aeterna.Telemetry;
using Aeterna.Tests.Machine;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Keeper;

/// <summary>The ledger's text: all that can be in it, also what services seldom have, is read as it was written.</summary>
public class LedgerTextTests
{
    [Fact]
    public void All_that_can_be_in_it_is_read_as_it_was_written()
    {
        using var ledger = LedgerText.Write(Whole);
        var text = LedgerFile.Read(ledger);
        var read = LedgerText.Read(ledger);
        using var again = LedgerText.Write(read);
        Assert.Equal(Encoding.UTF8.GetString(text), Encoding.UTF8.GetString(LedgerFile.Read(again)));

        // Not by having lost the same twice.
        Assert.Equivalent(Whole, read, strict: true);
        Assert.Equal(Enumerable.Range(10, 23), read.Descriptors().Order());
    }

    /// <summary>
    /// What an engine of this version has written, as it was recorded: every later one has to read it. It is made anew with AETERNA_WRITE_DOCS=1 in the environment,
    /// which is right as long as no engine of the version has been released.
    /// </summary>
    [Theory]
    [InlineData("")]
    [InlineData("\"SomethingNewer\": { \"With\": [1, 2] },")]
    public void What_was_recorded_is_read_also_with_more_in_it_than_this_version_knows(string more)
    {
        var file = Repository.File("tests", "xunit", "Keeper", "ledger-1.json");
        if (Environment.GetEnvironmentVariable("AETERNA_WRITE_DOCS") == "1")
        {
            using var made = LedgerText.Write(Whole);
            File.WriteAllText(file, $"{JsonNode.Parse(LedgerFile.Read(made))!.ToJsonString(new JsonSerializerOptions { WriteIndented = true })}\n");
        }

        using var ledger = LedgerFile.Write(Encoding.UTF8.GetBytes("{" + more + File.ReadAllText(file).TrimStart()[1..]), version: 1);
        Assert.Equivalent(Whole, LedgerText.Read(ledger), strict: true);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[1")]
    [InlineData("{\"Bytes\": \"x\"}")]
    public void What_is_none_is_refused(string text)
    {
        using var ledger = LedgerFile.Write(Encoding.UTF8.GetBytes(text));
        Assert.Throws<LedgerException>(() => LedgerText.Read(ledger));
    }

    private static ScannerState Scanner { get; } = new()
    {
        At = 9,
        Cut = 8,
        CutFrames = 2,
        Frames = 3,
        IsSoft = true,
        RestKind = RestKind.Rest,
        RestCount = 5,
        Position = 3,
        Number = 4,
        Length = 1,
        IsOpen = true,
        LineAt = 2,
        Matched = ulong.MaxValue,
        MatchedFromSecond = 1,
        InLaterLine = true,
    };

    private static EngineState Whole { get; } = new()
    {
        Upgrade = new UpgradeState { Id = "u", From = "1", To = "2", RequestedBy = "tester", Since = 5 },
        Own = new OwnState
        {
            Background = true,
            Program = 10,
            ProgramPath = "/usr/bin/aeterna",
            NoFileSoft = ulong.MaxValue,
            PidFile = 11,
            Control = new ControlSocketsState(FileOf(12), [new ControlSocketState(null, 13), new ControlSocketState("127.0.0.1:9091", 14)]),
        },
        Bytes = 15,
        Service = new ServiceState
        {
            SourcePath = "/etc/a.yaml",
            SourceSha256 = "00",
            SourceText = "a: \"ü\"\n",
            Generation = 1,
            Pid = 100,
            Traffic = Script.Exclusive,
            Replaced = new Departed(0, 98, null),
            LastDeath = new Departed(1, 99, new ProcessExit(0, 9)),
            Deaths = 1,
            NextGeneration = 2,
            NextAttempt = 3,
            RestartsInRow = 1,
            RestartTimer = 4,
            ServedSince = 6,
            Handover = HandoverReport.None,
            LastRecord = "r1",
        },
        Listeners = new ListenersState
        {
            Sockets =
            [
                Held(ListenerScheme.Udp, "[::1]:514") with
                {
                    Fd = 16,
                    File = FileOf(17),
                    Seen = new SocketSeen(100, 5),
                    Memberships = [new MembershipState(0, 35, [1, 2], [7])],
                    Settings = new SettingsState(Traits([4]), Traits([5]), [new LaterState(1, "SO_KEEPALIVE", [1], [0])]),
                },
                Held(ListenerScheme.Tcp, "0.0.0.0:514") with { Fd = 18, Input = Streams },
                Held(ListenerScheme.Unixgram, null) with { Fd = 24, Input = Datagrams },
                Held(ListenerScheme.Udp, "0.0.0.0:514") with { Input = Steered },
            ],
            Groups = [new ReuseGroupState([0], true)],
            MainProcesses = new Dictionary<int, int> { [1] = 100 },
            Running = [1],
            Closed = Counts,
            AskedFor = 1,
            Missed = [new KeyState(ListenerScheme.Unixgram, null, "/dev/log", false, "", 0)],
            Main = 1,
        },
        Generation = new GenerationState
        {
            Number = 1,
            Pid = 100,
            StartedAt = DateTimeOffset.UnixEpoch,
            Processes = new ProcessSetState("/sys/fs/cgroup/a", 100, "/run/a/gen-1"),
            Broker = new BrokerState
            {
                Listener = 29,
                FirstLeg = 256,
                Legs = [new GivenLegState(100, 1023, 21)],
                Names = [new OwnName(Place("app.99"), ListenerScheme.Unix, 99, 77)],
                Parked = [new ParkedCallState(ulong.MaxValue, 100, 0, 43, 0xC000003E, 1, [1, 2, 3, 4, 5, 6])],
            },
            Notify = new NotifyState(30, "/run/a/gen-1/notify", true, false, "well", 100),
            Stdout = new PipeState(31, [1], false),
            Stderr = new PipeState(32, [], true),
            LastLines = ["a"],
            PidFile = "/run/a.pid",
            Renamed = "/var/lib/a",
        },
        Counts = [new CountState("aeterna_reloads_total", ["reload", "succeeded"], 2)],
        LastEvent = 8,
        Records = [Samples.Record("r1", Verdict.Succeeded)],
    };

    private static InputCounts Counts => InputCounts.None with { FramesIn = 7, ToGeneration = new Dictionary<int, GivenCounts> { [1] = new(7, 70) } };

    private static StreamRelayState Streams => new()
    {
        Framing = FramingState.Of(new StreamFraming { Kind = FramingKind.Syslog, Rules = new SyslogRules { Start = MessageStart.Parse("^<[0-9]+>"), Oversize = Oversize.Split } }),
        Sides = [new RelaySideState(1, 19, true, [21, -1], [], [])],
        Listens = true,
        Accepted = 3,
        Shards =
        [
            new ShardState(Counts,
            [
                new SessionState
                {
                    Client = 20, IsStandIn = false, HasEnded = true, PeerAddress = [2, 0], LocalAddress = [2, 1], Ordinal = 3, Course = Course.Finished, Since = 4, IsFramed = true,
                    Received = 10, Sent = 9, Released = 8, Frames = 1, Wanted = 1, IsForeign = true, Answers = new LedgerPlace(1, 2),
                    Legs = [new LegState(1, 21, 22, 5, true, true, true, true) { OwedKind = RestKind.Rest, OwedCount = 3, IsDeaf = true, HasEnded = true, IsClosing = true, LeftUnread = true }],
                    Stream = new StreamState
                    {
                        IsFramed = true, Scanner = Scanner, Received = 10, Sent = 9, Boundary = 8, Read = 7, SoftAt = 6, FramesGiven = 5, LastFrame = 1, IsOverlong = true, IsSkipping = true,
                        IsFinished = true, Segments = [new SegmentState(7, new LedgerPlace(0, 3), Scanner), new SegmentState(10, new LedgerPlace(3, 0), null)],
                    },
                },
                new SessionState
                {
                    Client = 23, IsStandIn = false, HasEnded = false, PeerAddress = [], LocalAddress = [], Ordinal = 4, Course = Course.Settled, Since = 4, IsFramed = false,
                    Received = 0, Sent = 0, Released = 0, Frames = 0, Legs = [],
                },
            ]),
        ],
    };

    private static DatagramRelayState Datagrams => new()
    {
        Sides = [new DatagramSideState(1, 25, 26, new GivenCounts(1, 2), true)],
        Waiting = [new DatagramState(new LedgerPlace(3, 4), new PeerCredentials(1, 2, 3)), new DatagramState(new LedgerPlace(7, 0), null)],
        FramesIn = 1,
        BytesIn = 2,
        Lost = 3,
    };

    private static SteeredState Steered => new()
    {
        Members = [new MemberState(27, 1, false, default), new MemberState(28, null, true, new GivenCounts(1, 1))],
        Order = [1, 0],
        Main = 0,
        Heir = -1,
        Lost = 1,
        Carried = 2,
        CarriedBytes = 3,
    };

    private static HeldState Held(ListenerScheme scheme, string? endpoint) => new()
    {
        Key = new KeyState(scheme, endpoint, endpoint is null ? "/dev/log" : null, true, "lo", 1),
        Name = "a",
        Handoff = Handoff.Relay,
        Configured = true,
        Owed = true,
        Backlog = 3,
        Bound = [1],
        Serving = [1],
        HeldSince = 1,
        MissedSince = 2,
    };

    private static Dictionary<int, IReadOnlyDictionary<string, byte[]>> Traits(byte[] value) =>
        new() { [1] = new Dictionary<string, byte[]> { ["SO_KEEPALIVE"] = value } };

    private static FileState FileOf(int folder) => new(folder, "log", new FileIdentity(1, 2, 3), Place("log"), new Rights(1, 2, [3], ulong.MaxValue));

    private static Whereabouts Place(string name) => new(new FileIdentity(4, 5, 6), name);
}
