using System.Diagnostics;
using System.Globalization;

namespace Aeterna.Bench;

/// <summary>What a bind(2) costs the program: not trapped, captured from a first generation, and given to a second one.</summary>
internal static class BindBench
{
    private const int Sockets = 300;
    private const int FirstPort = 21_000;

    private const string Source = """
        #include <arpa/inet.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/socket.h>
        #include <time.h>
        #include <unistd.h>
        int main(int argc, char **argv) {
            int first = atoi(argv[1]), count = atoi(argv[2]), i;
            FILE *out = fopen(argv[3], "w");
            struct timespec a, b;
            for (i = 0; i < count; i++) {
                struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(first + i), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
                int s = socket(AF_INET, SOCK_STREAM, 0);
                clock_gettime(CLOCK_MONOTONIC, &a);
                if (bind(s, (struct sockaddr *)&address, sizeof address)) { perror("bind"); return 1; }
                clock_gettime(CLOCK_MONOTONIC, &b);
                fprintf(out, "%f\n", (b.tv_sec - a.tv_sec) * 1e6 + (b.tv_nsec - a.tv_nsec) / 1e3);
            }
            fclose(out);
            return 0;
        }
        """;

    public static async Task Run()
    {
        await using var engine = new BenchEngine();
        var binary = Path.Combine(engine.Folder, "binder");
        File.WriteAllText(binary + ".c", Source);
        using (var gcc = Process.Start("gcc", [binary + ".c", "-O2", "-o", binary]))
        {
            await gcc.WaitForExitAsync().ConfigureAwait(false);
        }

        string[] arguments = [$"{FirstPort}", $"{Sockets}"];
        var native = Path.Combine(engine.Folder, "native");
        using (var process = Process.Start(binary, [.. arguments, native]))
        {
            await process.WaitForExitAsync().ConfigureAwait(false);
        }

        Program.Report("bind, not trapped", Read(native));
        foreach (var (what, number) in new[] { ("bind, captured from the first generation", 1), ("bind, given to the next generation", 2) })
        {
            var file = Path.Combine(engine.Folder, $"trapped-{number}");
            var exit = await engine.Start([binary, .. arguments, file]).Exited.ConfigureAwait(false);
            Program.Report(exit.Clean ? what : $"{what}: {exit}", Read(file));
        }
    }

    private static List<double> Read(string file) =>
        [.. File.ReadAllLines(file).Skip(1).Select(l => double.Parse(l, CultureInfo.InvariantCulture))];
}
