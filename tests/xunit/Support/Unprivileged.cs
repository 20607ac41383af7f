using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

using Aeterna.Linux;

namespace Aeterna.Tests.Support;

/// <summary>Does something as an engine without privileges would: on a thread, and on those that it starts, without capabilities.</summary>
internal static unsafe partial class Unprivileged
{
    private const uint Version3 = 0x20080522; // _LINUX_CAPABILITY_VERSION_3 (linux/capability.h)

    /// <summary>Runs it to its end; its exception is the caller's. What it makes belongs to <paramref name="user"/>, if root runs the tests.</summary>
    public static void Run(Action action, uint? user = null)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            var header = stackalloc uint[2] { Version3, 0 };
            var none = stackalloc uint[6] { 0, 0, 0, 0, 0, 0 };
            try
            {
                if (user is { } other)
                {
                    ThreadCredentials.ActAs(other, other);
                }

                // By thread: libc's own wrapper does it for the calling thread only.
                if (capset(header, none) != 0)
                {
                    throw new InvalidOperationException($"capset: {Marshal.GetLastPInvokeErrorMessage()}");
                }

                action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int capset(uint* header, uint* data);
}
