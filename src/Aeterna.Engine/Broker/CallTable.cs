using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>What answers the calls of one generation.</summary>
internal sealed record Traps(BindTrap Bind, SocketTraps Sockets, PathTraps Paths, OptionTraps Options, AcceptTrap Accept, LegTraps Legs);

/// <summary>Which of the traps answers which call, by the rules of <see cref="TrapFilter"/>, and what a call gets that none can answer. For any thread.</summary>
internal sealed class CallTable(Traps traps)
{
    private static readonly Dictionary<int, TrapRule> _rules = TrapFilter.Rules(SyscallTable.Native, 1).DistinctBy(r => r.Number).ToDictionary(r => r.Number);

    /// <summary>The call behind a number.</summary>
    public static TrappedCall CallOf(int number) => _rules[number].Call;

    /// <summary>The first argument of a call, an int.</summary>
    public static unsafe int FirstArgument(SeccompNotif notification) => (int)notification.Data.Args[0];

    /// <summary>Answers a call by its number.</summary>
    /// <exception cref="CallerGoneException">It died, or nothing can be known of it.</exception>
    /// <exception cref="LinuxException">What an answer needs is denied or used up.</exception>
    public Answer Handle(int number, Caller caller) => _rules[number].Answer(traps, caller);

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
