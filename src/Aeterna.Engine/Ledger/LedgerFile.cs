using System.Buffers.Binary;
using System.Security.Cryptography;
using Aeterna.Linux;
using Microsoft.Win32.SafeHandles;

namespace Aeterna.Ledger;

/// <summary>
/// The ledger's text in memory behind a descriptor: a magic word, the version, the length, a hash, and the text. It cannot be changed any more
/// once it is written; whoever reads it finds all of it, or an error that says what is wrong.
/// </summary>
internal static class LedgerFile
{
    /// <summary>The version that this engine writes.</summary>
    public const int Version = 1;

    /// <summary>The oldest version that it goes on from.</summary>
    public const int Oldest = 1;

    private const int HeaderLength = 8 + sizeof(int) + sizeof(long) + SHA256.HashSizeInBytes;

    // More than the states of a hundred thousand connections.
    private const long MostBytes = 1L << 30;

    private static ReadOnlySpan<byte> Magic => "AELEDGER"u8;

    /// <summary>Writes one. The descriptor is the caller's.</summary>
    /// <exception cref="LinuxException">EMFILE, ENOMEM.</exception>
    /// <exception cref="IOException">There is no memory.</exception>
    public static FileDescriptor Write(ReadOnlySpan<byte> text, int version = Version)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], version);
        BinaryPrimitives.WriteInt64LittleEndian(header[12..], text.Length);
        SHA256.HashData(text, header[20..]);
        var memory = MemFd.Create("aeterna-ledger", 0);
        try
        {
            using var file = new SafeFileHandle(memory.Number, ownsHandle: false);
            RandomAccess.Write(file, header, 0);
            RandomAccess.Write(file, text, HeaderLength);
            MemFd.Seal(memory);
            return memory;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="LedgerException">It is none, is torn, or of a version that this engine does not know.</exception>
    public static byte[] Read(FileDescriptor memory)
    {
        try
        {
            using var file = new SafeFileHandle(memory.Number, ownsHandle: false);
            Span<byte> header = stackalloc byte[HeaderLength];
            if (RandomAccess.Read(file, header, 0) < HeaderLength || !header.StartsWith(Magic))
            {
                throw new LedgerException("it is no ledger");
            }

            var version = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
            if (version is < Oldest or > Version)
            {
                throw new LedgerException($"it is of version {version}, and this engine knows {Oldest} to {Version}");
            }

            var length = BinaryPrimitives.ReadInt64LittleEndian(header[12..]);
            if (length is < 0 or > MostBytes || length != MemFd.Size(memory) - HeaderLength)
            {
                throw new LedgerException("it has not the length that it says");
            }

            var text = new byte[length];
            if (RandomAccess.Read(file, text, HeaderLength) < length || !SHA256.HashData(text).AsSpan().SequenceEqual(header[20..]))
            {
                throw new LedgerException("it is torn");
            }

            return text;
        }
        catch (Exception e) when (e is IOException or LinuxException or NotSupportedException or UnauthorizedAccessException)
        {
            throw new LedgerException(e.Message, e);
        }
    }
}
