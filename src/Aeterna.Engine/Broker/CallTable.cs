using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>Which of the traps answers which call, and what a call gets that none can answer. For any thread.</summary>
internal sealed class CallTable(BindTrap bind, SocketTraps sockets, PathTraps paths, OptionTraps options, AcceptTrap accept, LegTraps legs)
{
    private static readonly Dictionary<int, TrappedCall> _calls =
        TrapFilter.Rules(SyscallTable.Native, 1).DistinctBy(r => r.Number).ToDictionary(r => r.Number, r => r.Call);

    /// <summary>The call behind a number.</summary>
    public static TrappedCall CallOf(int number) => _calls[number];

    /// <summary>The first argument of a call, an int.</summary>
    public static unsafe int FirstArgument(SeccompNotif notification) => (int)notification.Data.Args[0];

    /// <summary>Answers a call.</summary>
    /// <exception cref="CallerGoneException">It died, or nothing can be known of it.</exception>
    /// <exception cref="LinuxException">What an answer needs is denied or used up.</exception>
    public Answer Handle(TrappedCall call, Caller caller) => call switch
    {
        TrappedCall.Bind => bind.Handle(caller),
        TrappedCall.Listen => sockets.Listen(caller),
        TrappedCall.Shutdown => sockets.Shutdown(caller),
        TrappedCall.Unlink => paths.Unlink(caller),
        TrappedCall.Unlinkat => paths.Unlinkat(caller),
        TrappedCall.Rename => paths.Rename(caller),
        TrappedCall.Renameat => paths.Renameat(caller),
        TrappedCall.Renameat2 => paths.Renameat2(caller),
        TrappedCall.Accept => accept.Handle(caller, accept4: false),
        TrappedCall.Accept4 => accept.Handle(caller, accept4: true),
        TrappedCall.Close => legs.Close(caller),
        TrappedCall.CloseRange => legs.CloseRange(caller),
        TrappedCall.Getsockname => legs.Getsockname(caller),
        TrappedCall.Getpeername => legs.Getpeername(caller),
        TrappedCall.Getsockopt => options.Getsockopt(caller) ?? legs.Getsockopt(caller),
        _ => options.Setsockopt(caller) ?? legs.Setsockopt(caller),
    };

    /// <summary>
    /// What a call gets when it cannot be looked at. Left to the kernel it would be done past the engine: a socket would be bound that nobody
    /// holds, a path be removed that is held. So it fails, and the program says so. Only a close is done all the same.
    /// </summary>
    public static Answer WhenBroken(TrappedCall call, Exception why) => call switch
    {
        TrappedCall.Close or TrappedCall.CloseRange => Answer.Untouched,
        TrappedCall.Accept or TrappedCall.Accept4 => Answer.Of(Errno.EMFILE), // As the kernel: the connection goes on waiting.
        _ => Answer.Of(why is LinuxException { Number: > 0 and var error } ? error : Errno.EIO),
    };
}
