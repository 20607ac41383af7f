using Aeterna.Linux;

using Microsoft.Extensions.Logging;

namespace Aeterna.Listeners;

/// <summary>How much of what arrives while generations change a held datagram socket keeps (SO_RCVBUF, socket(7)).</summary>
internal static class ReceiveBuffer
{
    /// <summary>Bytes, for sockets that nothing is configured for.</summary>
    public const int Default = 8 << 20;

    /// <summary>Makes it at least as large as is wanted, as far as the kernel allows; of a stream's socket it stays what it is.</summary>
    /// <param name="held">The socket.</param>
    /// <param name="wanted">Bytes.</param>
    /// <param name="log">Where to say that the kernel gave less; null: it is nobody's wish in particular.</param>
    public static void Widen(HeldSocket held, int wanted, ILogger? log)
    {
        if (held.Key.Address.IsStream || Of(held.Fd.Number) >= wanted)
        {
            return;
        }

        if (!Libc.SetOption(held.Fd.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUFFORCE, wanted))
        {
            Libc.SetOption(held.Fd.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUF, wanted);
        }

        if (log is not null && Of(held.Fd.Number) is var got && got < wanted)
        {
            ListenerLog.SmallBuffer(log, held.Key.Address, wanted, got);
        }
    }

    /// <summary>Bytes; the kernel doubles what it is asked for, and tells the double.</summary>
    /// <param name="socket">Any socket; 0 for what is none.</param>
    public static int Of(int socket) => (Libc.GetOption(socket, Libc.SOL_SOCKET, Libc.SO_RCVBUF) ?? 0) / 2;
}
