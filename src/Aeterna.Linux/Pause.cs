using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>nanosleep(2): pauses shorter than a timer of the runtime can be.</summary>
internal static partial class Pause
{
    /// <summary><c>struct timespec</c> (linux/time_types.h): seconds and nanoseconds.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int nanosleep(Timespec* duration, Timespec* remaining);

    /// <summary>Blocks the calling thread for this time and some 60 µs of slack, or less when a signal comes (EINTR).</summary>
    public static unsafe void For(TimeSpan time)
    {
        var wanted = new Timespec { Seconds = (long)time.TotalSeconds, Nanoseconds = time.Ticks % TimeSpan.TicksPerSecond * 100 };
        _ = nanosleep(&wanted, null); // EINTR: whoever pauses looks again anyway.
    }
}
