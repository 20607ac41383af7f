using Aeterna.Generations;
using Aeterna.Linux;

namespace Aeterna;

/// <summary>The program that this process executes.</summary>
internal static class OwnProgram
{
    /// <summary>It, open for reading, whatever becomes of its file; the caller's.</summary>
    /// <exception cref="LinuxException">EMFILE.</exception>
    public static FileDescriptor Open() =>
        new(Errno.ThrowIfFailed(Libc.open("/proc/self/exe", Libc.O_RDONLY | Libc.O_CLOEXEC, 0), "open(/proc/self/exe)"));

    /// <summary>The path that it was started by. One that was executed again from its descriptor has none of its own.</summary>
    /// <param name="successor">How it came to be executed; null: it was started.</param>
    public static string Path(EngineSuccessor? successor) => successor is { IsFromDescriptor: true } again ? again.State.Own.ProgramPath : SelfCommand.File;
}
