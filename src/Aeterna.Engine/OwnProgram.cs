using Aeterna.Generations;
using Aeterna.Linux;

namespace Aeterna;

/// <summary>The program that this process executes: open, whatever becomes of its file, and the path that it was started by.</summary>
/// <param name="successor">How it came to be executed; null: it was started.</param>
internal sealed class OwnProgram(EngineSuccessor? successor)
{
    private readonly Lazy<FileDescriptor> _open = new(() => new FileDescriptor(
        Errno.ThrowIfFailed(Libc.open("/proc/self/exe", Libc.O_RDONLY | Libc.O_CLOEXEC, 0), "open(/proc/self/exe)")));

    /// <summary>It, open for reading; stays this object's. Opened at the first need.</summary>
    /// <exception cref="LinuxException">EMFILE.</exception>
    public int Descriptor => _open.Value.Number;

    /// <summary>Its path. One that was executed again from its descriptor has none of its own.</summary>
    public string Path { get; } = successor is { Why: not null } again ? again.State.Own.ProgramPath : SelfCommand.File;
}
