using System.Globalization;
using Aeterna.Linux;

namespace Aeterna.StateHandoff;

/// <summary>A sealed memfd whose checksum has been found right. Owns the descriptor.</summary>
internal sealed class StateMemory : IDisposable
{
    /// <summary>How much is looked at in one go, so that a large state needs no large address space.</summary>
    private const int Window = 64 << 20;

    private StateMemory(FileDescriptor descriptor, MemoryPayload payload) => (Descriptor, Payload) = (descriptor, payload);

    public FileDescriptor Descriptor { get; }

    /// <summary>What a receiver is told of it; the checksum is always there.</summary>
    public MemoryPayload Payload { get; }

    /// <summary>Checks what came. Takes over the descriptor.</summary>
    /// <exception cref="SrpException">It is not what it is said to be; the message says what the sender did.</exception>
    public static StateMemory Check(FileDescriptor? descriptor, MemoryPayload said, long most, CancellationToken cancel)
    {
        var memory = descriptor ?? throw new SrpException("sent a memory frame without a descriptor");
        try
        {
            Fits(memory, said, most);
            var crc = Checksum(memory, said.Size, cancel);
            return said.Crc32c is null || said.Crc32c == crc
                ? new StateMemory(memory, said with { Crc32c = crc })
                : throw new SrpException(Invariant($"sent a memfd with the checksum {crc}, and said that it is {said.Crc32c}"));
        }
        catch (Exception e)
        {
            memory.Dispose();
            throw e is LinuxException ? new SrpException($"sent a descriptor that cannot be read: {e.Message}", e) : e;
        }
    }

    /// <summary>The content in windows, in order.</summary>
    public IEnumerable<MemoryMap> Windows() => Windows(Descriptor, Payload.Size);

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();

    private static void Fits(FileDescriptor memory, MemoryPayload said, long most)
    {
        if (!MemFd.IsSealed(memory))
        {
            throw new SrpException("sent a descriptor that is no memfd sealed against writing, shrinking and growing");
        }

        if (said.Size < 0 || MemFd.Size(memory) < said.Size)
        {
            throw new SrpException(Invariant($"sent a memfd of {MemFd.Size(memory)} bytes, and said that it has {said.Size}"));
        }

        if (said.Size > most)
        {
            throw new SrpException(Invariant($"sent {said.Size} bytes more, and state_handoff.max_bytes leaves room for {most}"));
        }
    }

    private static uint Checksum(FileDescriptor memory, long size, CancellationToken cancel)
    {
        uint crc = 0;
        foreach (var window in Windows(memory, size))
        {
            using (window)
            {
                cancel.ThrowIfCancellationRequested();
                crc = Crc32C.Append(crc, window.GetSpan());
            }
        }

        return crc;
    }

    private static IEnumerable<MemoryMap> Windows(FileDescriptor memory, long size)
    {
        for (long offset = 0; offset < size; offset += Window)
        {
            yield return new MemoryMap(memory, offset, (int)Math.Min(Window, size - offset));
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
