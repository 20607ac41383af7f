using System.Net.Sockets;

using Aeterna.Machine;
using Aeterna.Relay.Sessions;
using Aeterna.Tests.Support;

using FsCheck;
using FsCheck.Fluent;

using Microsoft.Extensions.Logging;

using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>The courses of a connection: which changes there are, that each occurs, and that no other does.</summary>
public sealed class CourseTests
{
    public static TheoryData<string, string> Listed
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (from, to) in CourseKeeper.Table)
            {
                data.Add(from.ToString(), to.ToString());
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Listed))]
    public async Task A_change_that_is_listed_occurs(string from, string to)
    {
        var (start, end) = (Enum.Parse<Course>(from), Enum.Parse<Course>(to));
        using var story = await Story.Begin(start == Course.Dismissed || end == Course.Dismissed ? "none" : "syslog");
        if (start != Course.Settled)
        {
            await story.Change(Course.Settled, start);
        }

        await story.Change(start, end);
        Assert.DoesNotContain(story.Rig.Log.Lines, line => line.Level >= LogLevel.Error);
    }

    [Fact]
    public void A_change_that_is_not_listed_is_refused_and_changes_nothing()
    {
        foreach (var from in Enum.GetValues<Course>())
        {
            foreach (var to in Enum.GetValues<Course>().Where(to => !CourseKeeper.Table.Contains((from, to))))
            {
                var course = CourseKeeper.Begin();
                if (from != Course.Settled)
                {
                    course.Turn(from);
                }

                var since = course.Since;
                Assert.Contains($"{from} cannot become {to}", Assert.Throws<InvalidOperationException>(() => course.Turn(to)).Message, StringComparison.Ordinal);
                Assert.Equal((from, since), (course.Now, course.Since));
            }
        }
    }

    [Fact]
    public void All_end_and_nothing_comes_after_the_end()
    {
        var goingOn = Enum.GetValues<Course>().Where(course => course != Course.Over);
        Assert.All(goingOn, course => Assert.Contains((course, Course.Over), CourseKeeper.Table));
        Assert.DoesNotContain(CourseKeeper.Table, change => change.From == Course.Over || change.From == change.To);
        Assert.Equal(CourseKeeper.Table.Count, CourseKeeper.Table.Distinct().Count());
    }

    [Fact]
    public async Task A_dismissed_client_that_ends_stays_dismissed_and_its_generation_is_told()
    {
        using var story = await Story.Begin("none");
        await story.Change(Course.Settled, Course.Dismissed);
        story.Client.Socket.Shutdown(SocketShutdown.Send);
        await Temp.Until(() => story.State!.Legs.Single().IsTold, "the generation is told");
        Assert.Equal(Course.Dismissed, story.State!.Course);
        Assert.Equal(Story.Said, await story.Connection.ReadToEnd());
        Assert.Equal("", await story.Client.ReadToEnd());
        await Temp.Until(() => story.State is null, "it ends");
    }

    // Nothing was given, so that it may move; the end that its first generation was told of has to be told to the next.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_end_without_a_word_before_it_moves_to_the_generation_that_accepts(bool dies)
    {
        using var rig = new RelayRig("none", loops: 1);
        var old = rig.Start(1);
        var next = rig.Start(2);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Socket.Shutdown(SocketShutdown.Send);
        await Temp.Until(() => rig.Relay.Sessions() is [{ Course: Course.Finished }], "the end is told");
        rig.Relay.Direct(new Route(2), dies ? 1 : null);
        Assert.Null(old.TryAccept());
        var connection = await next.Accept();
        Assert.Equal("", await connection.ReadToEnd());
        connection.Write("answer");
        connection.Close();
        Assert.Equal("answer", await client.ReadToEnd());
    }

    [Fact]
    public void Whatever_happens_no_connection_is_in_a_state_that_there_is_not() =>
        Prop.ForAll<int>(Happen).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    private static void Happen(int seed)
    {
        var random = new Random(seed);
        using var rig = new RelayRig(random.Next(3) == 0 ? "syslog" : "none", loops: 1);
        List<Client> clients = [];
        List<(int Generation, Connection Of)> connections = [];
        List<Generation> generations = [rig.Start(1)];
        var number = 1;
        var route = new Route(1);
        rig.Relay.Direct(route, null);
        for (var step = 0; step < 80; step++)
        {
            switch (random.Next(12))
            {
                case 0 when clients.Count < 5:
                    clients.Add(rig.Connect());
                    break;
                case < 4 when clients.Count > 0:
                    clients[random.Next(clients.Count)].Socket.Send(random.Next(2) == 0 ? "<13>a\n"u8 : "<13>b"u8, SocketFlags.None, out _);
                    break;
                case 4 when clients.Count > 0:
                    var ending = clients[random.Next(clients.Count)];
                    if (random.Next(2) == 0)
                    {
                        ending.Socket.LingerState = new LingerOption(random.Next(2) == 0, 0);
                        ending.Dispose();
                        clients.Remove(ending);
                    }
                    else if (ending.Socket.Connected)
                    {
                        try { ending.Socket.Shutdown(SocketShutdown.Send); } catch (SocketException) { }
                    }

                    break;
                case 5:
                    generations.ForEach(g =>
                    {
                        if (random.Next(2) == 0 && g.TryAccept() is { } accepted)
                        {
                            connections.Add((g.Number, accepted));
                        }
                    });
                    break;
                case < 8:
                    connections.ForEach(c => Read(c.Of, random.Next(1, 20)));
                    break;
                case 8 when connections.Count > 0:
                    var one = connections[random.Next(connections.Count)];
                    if (random.Next(2) == 0)
                    {
                        one.Of.Socket.Send("answer"u8, SocketFlags.None, out _);
                    }
                    else
                    {
                        one.Of.Close();
                        connections.Remove(one);
                    }

                    break;
                case 9:
                    generations.Add(rig.Start(++number));
                    route = new Route(number, Alone: random.Next(2) == 0);
                    rig.Relay.Direct(route, null);
                    break;
                case 10:
                    route = random.Next(3) == 0 ? Route.Held : new Route(generations[random.Next(generations.Count)].Number, Alone: random.Next(2) == 0);
                    rig.Relay.Direct(route, null);
                    break;
                case 11 when generations.Count > 1:
                    var dead = generations[random.Next(generations.Count)];
                    generations.Remove(dead);
                    connections.RemoveAll(c => c.Generation == dead.Number);
                    dead.Dispose();
                    route = route.Main == dead.Number ? Route.Held : route;
                    rig.Relay.Direct(route, dead.Number);
                    rig.Relay.Leave(dead.Number);
                    break;
                default:
                    break;
            }

            SessionStates.Check(rig);
        }

        clients.ForEach(client => client.Dispose());
    }

    private static void Read(Connection connection, int most)
    {
        var count = Math.Min(most, Streams.Available(connection.Socket));
        if (count > 0)
        {
            connection.Socket.Receive(new byte[count], 0, count, SocketFlags.None, out _);
        }
    }

    /// <summary>One client that has said something which its generation has accepted and not read.</summary>
    private sealed class Story : IDisposable
    {
        public const string Said = "<13>a\n";

        private Story(string framing)
        {
            Rig = new RelayRig(framing, loops: 1);
            First = Rig.Start(1);
            Rig.Start(2);
            Rig.Relay.Direct(new Route(1), null);
            Client = Rig.Connect();
        }

        public RelayRig Rig { get; }

        public Generation First { get; }

        public Client Client { get; }

        public Connection Connection { get; private set; } = null!;

        public SessionState? State => Rig.Relay.Sessions().SingleOrDefault();

        public static async Task<Story> Begin(string framing)
        {
            var story = new Story(framing);
            story.Client.Write(Said);
            story.Connection = await story.First.Accept();
            await Temp.Until(() => Streams.Available(story.Connection.Socket) == Said.Length, "it is given");
            Assert.Equal(Course.Settled, story.State!.Course);
            return story;
        }

        public async Task Change(Course from, Course to)
        {
            var before = State!;
            Assert.Equal(from, before.Course);
            switch (from, to)
            {
                case (_, Course.Leaving):
                    Rig.Relay.Direct(new Route(2), null);
                    break;
                case (_, Course.Finished):
                    Client.Socket.Shutdown(SocketShutdown.Send);
                    break;
                case (_, Course.Dismissed):
                    Rig.Relay.Direct(new Route(2, Alone: true), null);
                    break;
                case (Course.Leaving, Course.Settled):
                    Rig.Relay.Direct(new Route(1), null);
                    break;
                case (Course.Finished, Course.Settled):
                    First.Dispose();
                    Rig.Relay.Direct(Route.Held, 1);
                    break;
                case (Course.Dismissed, Course.Over):
                    Assert.Equal(Said, await Connection.Read(Said.Length));
                    break;
                case (_, Course.Over):
                    Connection.Close();
                    break;
                default:
                    Assert.Fail($"the change from {from} to {to} is listed, and nobody knows how it comes about");
                    break;
            }

            await Temp.Until(() => (State?.Course ?? Course.Over) == to, $"it is {to}");
            SessionStates.Check(Rig);
            Assert.True((State?.Since ?? long.MaxValue) > before.Since, "it has begun now");
        }

        public void Dispose()
        {
            Client.Dispose();
            Rig.Dispose();
        }
    }
}
