using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Aeterna.Contract;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Control;

public sealed class EventEndpointTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_event_carries_id_type_and_report()
    {
        await using var rig = await ControlRig.Start();
        rig.Journal.Publish(Samples.Event("generation 1 serves", EventType.State, FsmState.Running));
        await using var events = await Open(rig, "0");

        var item = await Next(events);

        Assert.Equal(("1", "state"), (item.EventId, item.EventType));
        var report = JsonSerializer.Deserialize(item.Data, ContractJson.Default.EventReport)!;
        Assert.Equal((1, "generation 1 serves", FsmState.Running), (report.Id, report.Message, report.FsmState));
    }

    [Fact]
    public async Task A_broken_stream_goes_on_after_the_last_id()
    {
        await using var rig = await ControlRig.Start();
        for (var i = 0; i < 5; i++)
        {
            rig.Journal.Publish(Samples.Event($"event {i}"));
        }

        await using (var first = await Open(rig, "0"))
        {
            Assert.Equal("1", (await Next(first)).EventId);
            Assert.Equal("2", (await Next(first)).EventId);
        }

        await using var second = await Open(rig, "2");
        Assert.Equal("3", (await Next(second)).EventId);
    }

    [Fact]
    public async Task Without_an_id_only_what_comes_is_sent()
    {
        await using var rig = await ControlRig.Start(heartbeat: TimeSpan.FromMilliseconds(20));
        rig.Journal.Publish(Samples.Event("old"));
        using var http = rig.OverSocket();
        using var response = await http.GetAsync(Routes.Events, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        // The first heartbeat shows that the stream has begun to follow.
        Assert.Equal(": heartbeat", await reader.ReadLineAsync().WaitAsync(_limit));
        rig.Journal.Publish(Samples.Event("new"));

        var line = await reader.ReadLineAsync().WaitAsync(_limit);
        while (line is "" or ": heartbeat")
        {
            line = await reader.ReadLineAsync().WaitAsync(_limit);
        }

        Assert.Equal("id: 2", line);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1.5")]
    public async Task A_bad_id_is_refused(string id)
    {
        await using var rig = await ControlRig.Start();
        using var http = rig.OverSocket();
        using var request = new HttpRequestMessage(HttpMethod.Get, Routes.Events);
        request.Headers.Add("Last-Event-ID", id);

        Assert.Equal(HttpStatusCode.BadRequest, (await http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task The_last_events_reach_a_follower_before_the_engine_ends()
    {
        await using var rig = await ControlRig.Start();
        await using var events = await Open(rig, "0");
        rig.Journal.Publish(Samples.Event("stopped", EventType.State, FsmState.Stopped));
        rig.Journal.Close();

        Assert.Equal("1", (await Next(events)).EventId);
        Assert.False(await events.MoveNextAsync().AsTask().WaitAsync(_limit));
    }

    [Fact]
    public async Task A_follower_that_never_reads_holds_nobody_up()
    {
        await using var rig = await ControlRig.Start();
        await using var hung = await rig.Raw();
        await hung.WriteAsync("GET /v1/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 0\r\n\r\n"u8.ToArray());
        await using var events = await Open(rig, "0");
        var text = new string('x', 10_000);
        for (var i = 0; i < 5000; i++)
        {
            // 50 MB: far more than any buffer on the way.
            rig.Journal.Publish(Samples.Event(text));
        }

        await Next(events);
        using var http = rig.OverSocket();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(Routes.Status)).StatusCode);
    }

    private static async Task<IAsyncEnumerator<SseItem<string>>> Open(ControlRig rig, string lastId)
    {
        var http = rig.OverSocket();
        var request = new HttpRequestMessage(HttpMethod.Get, Routes.Events);
        request.Headers.Add("Last-Event-ID", lastId);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(_limit);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.ToString());
        return Read(http, await response.Content.ReadAsStreamAsync()).GetAsyncEnumerator();
    }

    private static async IAsyncEnumerable<SseItem<string>> Read(HttpClient http, Stream stream)
    {
        using (http)
        {
            await foreach (var item in SseParser.Create(stream).EnumerateAsync())
            {
                yield return item;
            }
        }
    }

    private static async Task<SseItem<string>> Next(IAsyncEnumerator<SseItem<string>> events)
    {
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(_limit));
        return events.Current;
    }
}
