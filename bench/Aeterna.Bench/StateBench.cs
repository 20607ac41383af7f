using System.Diagnostics;
using System.Globalization;
using Aeterna.Machine.Plans;
using Aeterna.StateHandoff;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aeterna.Bench;

/// <summary>
/// State from a provider to a receiver through the coordinator, from the wish to the Ack, by stream and by memfd; beside it, from C in the
/// same run, what the kernel alone takes for a copy over a socket and for a CRC32C over a memfd.
/// </summary>
internal static class StateBench
{
    private const int Rounds = 9;

    private const int Settled = 300;

    // Includes the SDK's source, for what its header keeps to itself.
    private const string Source = """
        #include "aeterna.c"
        #include <signal.h>
        #include <sys/wait.h>
        #include <time.h>

        #define PIECE ((size_t)256 << 10)

        static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e6 + t.tv_nsec / 1e3; }

        static int sealed(size_t size) {
            int memory = memfd_create("bench", MFD_CLOEXEC | MFD_ALLOW_SEALING);
            char *map;
            if (ftruncate(memory, size)) exit(1);
            map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, memory, 0);
            memset(map, 7, size);
            munmap(map, size);
            fcntl(memory, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
            return memory;
        }

        static void swallow(int from, size_t size) {
            static char into[256 << 10];
            while (size > 0) {
                ssize_t n = read(from, into, size < PIECE ? size : PIECE);
                if (n <= 0) exit(1);
                size -= n;
            }
        }

        static void raw_stream(const char *data, size_t size) {
            int pair[2];
            char one;
            if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) exit(1);
            if (fork() == 0) {
                close(pair[0]);
                if (read(pair[1], &one, 1) != 1 || send_all(pair[1], data, size)) _exit(1);
                _exit(read(pair[1], &one, 1) != 1);
            }
            usleep(100000);
            double from = now();
            if (write(pair[0], "r", 1) != 1) exit(1);
            swallow(pair[0], size);
            if (write(pair[0], "a", 1) != 1) exit(1);
            printf("%f\n", now() - from);
            close(pair[0]); close(pair[1]);
            wait(NULL);
        }

        static void raw_memory(int memory, size_t size) {
            double from = now();
            void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, memory, 0);
            volatile uint32_t crc = aeterna_crc32c(map, size);
            (void)crc;
            printf("%f\n", now() - from);
            munmap(map, size);
        }

        static const char *given;
        static size_t given_size;
        static int given_memory;

        static void give_it(int provider, const char *phase, void *context) {
            char frame[128];
            int length;
            (void)phase; (void)context;
            if (given_memory < 0) { aeterna_save_state(provider, AETERNA_PROTOBUF, given, given_size); return; }
            length = snprintf(frame + 12, sizeof frame - 12, "{\"size\":%zu}", given_size);
            aeterna_write_header((unsigned char *)frame, AETERNA_MEMORY, length);
            send_with_descriptor(provider, frame, 12 + length, given_memory);
        }

        static void take_it(void) {
            int connection = open_state_socket(), type, descriptor = -1;
            size_t length;
            send_frame(connection, AETERNA_HELLO, "{\"role\":\"receiver\"}", 19);
            do {
                if (receive_header(connection, &type, &length, &descriptor)) _exit(1);
                swallow(connection, length);
            } while (type != AETERNA_FINISHED);
            send_frame(connection, AETERNA_FINISHED, "", 0);
            _exit(0);
        }

        int main(int argc, char **argv) {
            size_t size = strtoull(argv[2], NULL, 10);
            int rounds = atoi(argv[3]), memory = argv[1][1] == 'm' ? sealed(size) : -1, i;
            char *data = memory < 0 ? malloc(size) : NULL;
            (void)argc;
            if (data) memset(data, 7, size);
            for (i = 0; i < rounds && argv[1][0] == 'r'; i++) {
                if (memory < 0) raw_stream(data, size); else raw_memory(memory, size);
            }
            if (argv[1][0] == 'r') return 0;
            given = data; given_size = size; given_memory = memory;
            int provider = aeterna_provide(), end;
            if (fork() == 0) take_it();
            aeterna_answer(provider, give_it, NULL);
            wait(&end);
            return end;
        }
        """;

    public static async Task Run()
    {
        var folder = Directory.CreateTempSubdirectory("aet-").FullName;
        try
        {
            var binary = await Compile(folder).ConfigureAwait(false);
            foreach (var (name, size) in new[] { ("50 KB", 50_000L), ("100 MB", 100_000_000L), ("1 GiB", 1L << 30) })
            {
                Program.Report($"raw socket copy in C, {name}", await Raw(binary, "rs", size).ConfigureAwait(false));
                Program.Report($"state by stream, {name}", await Measure(binary, folder, "ss", size).ConfigureAwait(false));
                Program.Report($"raw memfd and CRC32C in C, {name}", await Raw(binary, "rm", size).ConfigureAwait(false));
                Program.Report($"state by memfd, {name}", await Measure(binary, folder, "sm", size).ConfigureAwait(false));
            }
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static async Task<string> Compile(string folder)
    {
        var binary = Path.Combine(folder, "peers");
        await File.WriteAllTextAsync(binary + ".c", Source).ConfigureAwait(false);
        using var gcc = Process.Start("gcc", ["-O2", "-I", "sdk/c", binary + ".c", "-o", binary]);
        await gcc.WaitForExitAsync().ConfigureAwait(false);
        return binary;
    }

    private static Process Peers(string binary, string what, long size, string path)
    {
        var start = new ProcessStartInfo(binary, [what, size.ToString(CultureInfo.InvariantCulture), $"{Rounds}"]) { RedirectStandardOutput = true };
        start.Environment["AETERNA_STATE_SOCK"] = path;
        return Process.Start(start)!;
    }

    private static async Task<List<double>> Raw(string binary, string what, long size)
    {
        using var process = Peers(binary, what, size, "");
        var output = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => double.Parse(l, CultureInfo.InvariantCulture))];
    }

    private static async Task<List<double>> Measure(string binary, string folder, string what, long size)
    {
        List<double> times = [];
        var path = Path.Combine(folder, "s.sock");
        var (round, giver) = (0, 0);

        // The program that is started is the old generation, and the one that it starts is the new.
        using var state = new StateCoordinator(path, pid => giver == 0 ? null : (2 * round) + (pid == giver ? 1 : 2), null, null, TimeProvider.System, NullLogger.Instance);
        var handoff = new StateHandoffPlan { Enabled = true, Timeout = TimeSpan.FromMinutes(1) };
        state.Prepare(new Plan
        {
            SourcePath = "",
            SourceSha256 = "",
            Service = new ServicePlan { Name = "bench", Command = ["x"] },
            Orchestration = new OrchestrationPlan { StateHandoff = handoff },
        });
        for (; round <= Rounds; round++)
        {
            var old = (2 * round) + 1;
            state.Serves(old);
            giver = 0;
            using var peers = Peers(binary, what, size, path);
            giver = peers.Id;
            await state.ReceiverWaits(old + 1, CancellationToken.None).ConfigureAwait(false);
            await Task.Delay(Settled).ConfigureAwait(false);
            var from = Stopwatch.GetTimestamp();
            var order = new HandoffOrder(old, giver, old + 1, handoff, path, _ => { }, (_, _, _, _, _) => Task.FromResult<string?>(null));
            var report = await state.Snapshot(order, CancellationToken.None).ConfigureAwait(false);
            if (round > 0)
            {
                times.Add(Stopwatch.GetElapsedTime(from).TotalMicroseconds);
            }

            await peers.WaitForExitAsync().ConfigureAwait(false);
            if (report.SizeBytes != size || peers.ExitCode != 0)
            {
                throw new InvalidOperationException($"{report}");
            }
        }

        return times;
    }
}
