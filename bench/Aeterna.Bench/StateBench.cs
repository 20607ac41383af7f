using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Aeterna.Configuration;
using Aeterna.Linux;
using Aeterna.StateRelay;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aeterna.Bench;

/// <summary>
/// State from a provider to a receiver through the coordinator, from the wish to the Ack, by stream and by memfd; beside it, from C in the
/// same run, what the kernel alone takes for a copy over a socket and for a CRC32C over a memfd.
/// </summary>
internal static class StateBench
{
    private const int Rounds = 7;

    private const string Source = """
        #define _GNU_SOURCE
        #include "aeterna.h"
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <sys/socket.h>
        #include <time.h>
        #include <unistd.h>
        static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e6 + t.tv_nsec / 1e3; }
        int main(int argc, char **argv) {
            size_t size = strtoull(argv[2], NULL, 10), piece = 256 << 10, at;
            int rounds = atoi(argv[3]), pair[2], i;
            char *data = malloc(size);
            memset(data, argc, size);
            for (i = 0; i < rounds; i++) {
                double from;
                if (argv[1][0] == 's') {
                    char *into = malloc(piece), one;
                    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) return 1;
                    from = now();
                    if (fork() == 0) {
                        for (at = 0; at < size;) { ssize_t n = write(pair[1], data + at, size - at < piece ? size - at : piece); if (n < 0) _exit(1); at += n; }
                        _exit(read(pair[1], &one, 1) != 1);
                    }
                    for (at = 0; at < size;) { ssize_t n = read(pair[0], into, piece); if (n <= 0) return 1; at += n; }
                    if (write(pair[0], "a", 1) != 1) return 1;
                    printf("%f\n", now() - from);
                    close(pair[0]); close(pair[1]); free(into);
                } else {
                    int memory = memfd_create("raw", MFD_CLOEXEC);
                    char *map;
                    if (ftruncate(memory, size)) return 1;
                    map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, memory, 0);
                    memcpy(map, data, size);
                    munmap(map, size);
                    from = now();
                    map = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, memory, 0);
                    volatile uint32_t crc = aeterna_crc32c(map, size);
                    (void)crc;
                    printf("%f\n", now() - from);
                    munmap(map, size); close(memory);
                }
            }
            return 0;
        }
        """;

    public static async Task Run()
    {
        var folder = Directory.CreateTempSubdirectory("aet-").FullName;
        try
        {
            var raw = await Compile(folder).ConfigureAwait(false);
            foreach (var (name, size) in new[] { ("50 KB", 50_000L), ("100 MB", 100_000_000L), ("1 GiB", 1L << 30) })
            {
                Program.Report($"raw socket copy in C, {name}", await Raw(raw, "stream", size).ConfigureAwait(false));
                Program.Report($"state by stream, {name}", await Measure(folder, size, memory: false).ConfigureAwait(false));
                Program.Report($"raw memfd and CRC32C in C, {name}", await Raw(raw, "memory", size).ConfigureAwait(false));
                Program.Report($"state by memfd, {name}", await Measure(folder, size, memory: true).ConfigureAwait(false));
            }
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static async Task<string> Compile(string folder)
    {
        var binary = Path.Combine(folder, "raw");
        await File.WriteAllTextAsync(binary + ".c", Source).ConfigureAwait(false);
        using var gcc = Process.Start("gcc", ["-O2", "-I", "sdk/c", binary + ".c", "sdk/c/aeterna.c", "-o", binary]);
        await gcc.WaitForExitAsync().ConfigureAwait(false);
        return binary;
    }

    private static async Task<List<double>> Raw(string binary, string what, long size)
    {
        var start = new ProcessStartInfo(binary, [what, size.ToString(CultureInfo.InvariantCulture), $"{Rounds}"]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => double.Parse(l, CultureInfo.InvariantCulture))];
    }

    private static async Task<List<double>> Measure(string folder, long size, bool memory)
    {
        List<double> times = [];
        var path = Path.Combine(folder, "s.sock");
        var connections = 0;

        // All are this process: the first connection of a round is the old generation, the second one the new.
        using var state = new StateCoordinator(path, _ => Interlocked.Increment(ref connections), null, TimeProvider.System, NullLogger.Instance);
        var handoff = new StateHandoffPlan { Enabled = true, Timeout = TimeSpan.FromMinutes(1) };
        state.Prepare(new Plan
        {
            SourcePath = "",
            SourceSha256 = "",
            Service = new ServicePlan { Name = "bench", Command = ["x"] },
            Orchestration = new OrchestrationPlan { StateHandoff = handoff },
        });
        using var memfd = memory ? Sealed(size) : null;
        for (var round = 0; round <= Rounds; round++)
        {
            var old = connections + 1;
            state.Serves(old);
            using var provider = await Connect(path, HelloPayload.Provider).ConfigureAwait(false);
            await Task.Delay(100).ConfigureAwait(false);
            using var receiver = await Connect(path, HelloPayload.Receiver).ConfigureAwait(false);
            await Task.Delay(100).ConfigureAwait(false);
            var giving = Task.Run(() => Give(provider, size, memfd));
            var taking = Task.Run(() => Take(receiver));
            var from = Stopwatch.GetTimestamp();
            var order = new HandoffOrder(old, Environment.ProcessId, old + 1, handoff, path, _ => { }, (_, _, _, _, _) => Task.FromResult<string?>(null));
            var report = await state.Snapshot(order, CancellationToken.None).ConfigureAwait(false);
            if (round > 0)
            {
                times.Add(Stopwatch.GetElapsedTime(from).TotalMicroseconds);
            }

            await Task.WhenAll(giving, taking).ConfigureAwait(false);
            if (report.SizeBytes != size)
            {
                throw new InvalidOperationException($"{report}");
            }
        }

        return times;
    }

    private static FileDescriptor Sealed(long size)
    {
        var memory = MemFd.Create("bench", size);
        for (long at = 0; at < size; at += 64 << 20)
        {
            using var map = new MemoryMap(memory, at, (int)Math.Min(64 << 20, size - at), writable: true);
            map.GetSpan().Fill(7);
        }

        MemFd.Seal(memory);
        return memory;
    }

    private static async Task<Peer> Connect(string path, string role)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path)).ConfigureAwait(false);
        var peer = new Peer(socket, 0, 0, FrameLimits.For(long.MaxValue));
        await peer.Send(FrameType.Hello, new HelloPayload { Role = role }, PayloadJson.Default.HelloPayload, CancellationToken.None).ConfigureAwait(false);
        peer.ReadOn();
        return peer;
    }

    private static async Task Give(Peer peer, long size, FileDescriptor? memory)
    {
        await peer.Next.ConfigureAwait(false);
        await peer.WholePayload().ConfigureAwait(false);
        if (memory is not null)
        {
            var payload = JsonSerializer.SerializeToUtf8Bytes(new MemoryPayload(size, null), PayloadJson.Default.MemoryPayload);
            await peer.Send(FrameType.Memory, payload, memory, CancellationToken.None).ConfigureAwait(false);
        }

        var chunk = new byte[256 << 10];
        for (var left = memory is null ? size : 0; left > 0; left -= Math.Min(left, chunk.Length))
        {
            await peer.Send(FrameType.Chunk, chunk.AsSpan(0, (int)Math.Min(left, chunk.Length)), CancellationToken.None).ConfigureAwait(false);
        }

        await peer.Send(FrameType.Finished, [], CancellationToken.None).ConfigureAwait(false);
    }

    private static async Task Take(Peer peer)
    {
        while (true)
        {
            var header = await peer.Next.ConfigureAwait(false);
            while (!(await peer.Payload().ConfigureAwait(false)).IsEmpty)
            {
            }

            peer.TakeDescriptor()?.Dispose();
            if (header is null or { Type: FrameType.Finished })
            {
                await peer.Send(FrameType.Finished, [], CancellationToken.None).ConfigureAwait(false);
                return;
            }

            peer.ReadOn();
        }
    }
}
