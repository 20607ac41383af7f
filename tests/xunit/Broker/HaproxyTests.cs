using System.Globalization;
using System.Net;

using Aeterna.Generations;
using Aeterna.Load;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>A real HAProxy, which asks the kernel whether its socket listens, and has one for each of its shards.</summary>
public class HaproxyTests
{
    [RootFact]
    public async Task It_is_reloaded_three_times_with_other_numbers_of_shards_and_once_back_and_no_request_fails()
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        using var stop = new CancellationTokenSource();
        var active = await Start(rig, port, 3);
        var load = Task.Run(() => Load(port, stop.Token));
        foreach (var shards in new[] { 2, 4, 1 })
        {
            var next = await Start(rig, port, shards);
            await Replace(rig, active, by: next, signal: 10);
            active = next;
        }

        // A candidate with more of them that is given up: it has taken requests by then, and finishes them.
        var candidate = await Start(rig, port, 4);
        await Ask(port);
        await Replace(rig, candidate, by: active, signal: 10);
        await stop.CancelAsync();
        Assert.True(await load > 0);
        Assert.Equal(HttpStatusCode.OK, await Ask(port));
    }

    private static async Task<IGeneration> Start(Rig rig, int port, int shards)
    {
        var configuration = Path.Combine(rig.Directory, $"haproxy-{shards}.cfg");
        File.WriteAllText(
            configuration,
            $"""
            global
              nbthread 4
            defaults
              mode http
              timeout client 20s
              timeout server 20s
              timeout connect 2s
            frontend f
              bind 127.0.0.1:{port} shards {shards}
              http-request return status 200 content-type text/plain string "ok"

            """);
        var generation = rig.Start(new ServicePlan { Name = "haproxy", Command = ["/usr/sbin/haproxy", "-f", configuration] });
        Assert.Null(await generation.WaitReady(Rig.Requires(Temp.Tcp(port)), default));
        return generation;
    }

    // SIGUSR1: HAProxy stops to accept, finishes what it has, and ends.
    private static async Task Replace(Rig rig, IGeneration leaving, IGeneration by, int signal)
    {
        Assert.False(by.Exited.IsCompleted);
        await rig.Listeners.Retire(leaving.Number, TimeSpan.FromSeconds(60));
        leaving.Signal(signal);
        await leaving.Gone.WaitAsync(TimeSpan.FromSeconds(60));
        rig.Listeners.Forget(leaving.Number);
        rig.Listeners.ReleaseUnused();
    }

    private static async Task<long> Load(int port, CancellationToken stop)
    {
        long done = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.Equal(HttpStatusCode.OK, await Ask(port));
                Interlocked.Increment(ref done);
            }
        }));
        return done;
    }

    // One connection for each request: every one of them is a choice among the sockets.
    private static async Task<HttpStatusCode> Ask(int port)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
        client.DefaultRequestHeaders.ConnectionClose = true;
        using var answer = await client.GetAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/")));
        return answer.StatusCode;
    }
}
