using System.Globalization;

using Aeterna.Machine.Plans;

namespace Aeterna.Tests.Support;

/// <summary>Temporary folders and waiting for events.</summary>
internal static class Temp
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    /// <summary>A new folder with a short path (unix socket paths have 107 bytes).</summary>
    public static string Folder() => Directory.CreateTempSubdirectory("aet-").FullName;

    public static ListenerAddress Address(string text) =>
        ListenerAddress.TryParse(text, out var address, out var expected) ? address! : throw new ArgumentException(expected);

    public static ListenerAddress Tcp(int port) => Address(string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{port}"));

    /// <summary>Waits until something is so; fails with a sentence when it does not come about within a minute.</summary>
    public static async Task Until(Func<bool> condition, string what)
    {
        var deadline = DateTime.UtcNow + _limit;
        while (!condition())
        {
            if (DateTime.UtcNow > deadline)
            {
                throw new TimeoutException($"waited {_limit.TotalSeconds} s in vain: {what}");
            }

            await Task.Delay(5);
        }
    }

    /// <summary>Number of open descriptors of this process that somebody still owns.</summary>
    public static int OpenDescriptors() => Held().Values.Sum();

    /// <summary>What this process's open descriptors lead to, as far as somebody still owns them, and how many lead there. Without what the runtime loads.</summary>
    public static Dictionary<string, int> Held()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Select(file => file.LinkTarget ?? "")
            .Where(target => !target.EndsWith(".dll", StringComparison.Ordinal)).CountBy(target => target).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>Waits until nothing is open that was not before, but for so many. What was is another test's, and may be closed at any moment.</summary>
    public static Task UntilReleased(Dictionary<string, int> before, int but = 0) =>
        Until(() => Held().Sum(now => Math.Max(0, now.Value - before.GetValueOrDefault(now.Key))) <= but, $"everything is closed; open are {string.Join(' ', Held().Keys.Except(before.Keys))}");
}
