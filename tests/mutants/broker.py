"""The broker's traps."""
IN = "src/Aeterna.Engine/Broker"
TESTS = "FullyQualifiedName~Tests.Broker"
FLAGS = {"tests": "FullyQualifiedName~DescriptorFlagTests"}
RELAYED = {"tests": "FullyQualifiedName~RelayedCallsTests|FullyQualifiedName~RelayedProgramTests|FullyQualifiedName~PassedOptionsTests"}
TABLE = {"tests": ("FullyQualifiedName~LegTableTests", RELAYED["tests"])}
NUMBERS = {"tests": "FullyQualifiedName~LegNumbersTests|FullyQualifiedName~RelayedProgramTests"}
SHIELD = {"tests": "FullyQualifiedName~ShieldTests"}
CAPTURED = {"tests": "FullyQualifiedName~CaptureTests"}
CAPTURE = {"tests": "FullyQualifiedName~Broker.CaptureTests|FullyQualifiedName~Broker.CarriedOverTests"}
FILTER = {"tests": "FullyQualifiedName~TrapFilterTests|FullyQualifiedName~RelayedProgramTests"}
GROUPS = {"tests": "FullyQualifiedName~Broker.GroupTests|FullyQualifiedName~HaproxyTests"}
EDITS = [
    ("a held socket loses CLOEXEC in the program", "Caller.cs", "ours, theirs, (flags & Libc.O_CLOEXEC) != 0)", "ours, theirs, false)", FLAGS),
    ("a held socket is always CLOEXEC in the program", "Caller.cs", "ours, theirs, (flags & Libc.O_CLOEXEC) != 0)", "ours, theirs, true)", FLAGS),
    ("a relayed connection is never CLOEXEC", "AcceptTrap.cs", "number, (flags & Libc.SOCK_CLOEXEC) != 0)", "number, false)", RELAYED),
    ("a relayed connection is never non-blocking", "AcceptTrap.cs", "(flags & Libc.SOCK_NONBLOCK) != 0", "(flags & Libc.SOCK_NONBLOCK) == -1", RELAYED),
    ("an accept that does not block does", "AcceptTrap.cs", "\"fcntl(F_GETFL)\") & Libc.O_NONBLOCK) != 0)", "\"fcntl(F_GETFL)\") & Libc.O_NONBLOCK) == -1)", RELAYED),
    ("a number is lost with each accept that finds nobody", "AcceptTrap.cs", "            legs.Free(caller.Process, number);\n            return null;", "            return null;", RELAYED),
    ("a connection that could not be given is lost", "AcceptTrap.cs", "                leg.Return();\n", "", RELAYED),
    ("who waits is not woken by a signal that was sent to it", "AcceptTrap.cs", "waiting => waiting.Caller.AnswerForSignal())", "_ => null)", RELAYED),
    ("who waits sees no signal of the engine's", "AcceptTrap.cs", "(interrupt ? Answer.Of(Errno.EINTR) : null)", "null",
     {**RELAYED, "survives": "a matter of 50 ms: whoever waits is looked at for signals all the same, whoever sends them (SocketBroker.LookAfterSignals)"}),
    ("more than there is room for is written", "Caller.cs", "bytes[..Math.Min(size, bytes.Length)]", "bytes", RELAYED),
    ("no room is an error", "Caller.cs", "return size < 0 ? Errno.EINVAL", "return size <= 0 ? Errno.EINVAL", RELAYED),
    ("a shutdown ends the socket for all", "SocketTraps.cs", "listeners.IsHeld(inode) ? Answer.Done : Answer.Untouched", "listeners.IsHeld(inode) ? Answer.Untouched : Answer.Untouched", CAPTURED),
    ("a shutdown of a connection does nothing", "SocketTraps.cs", "is { } inode && listeners.IsHeld(inode) ? Answer.Done", "is { } inode ? Answer.Done", SHIELD),
    ("a path is removed for all", "PathTraps.cs", "listeners.IsHeldPath(place) ? Answer.Done : Answer.Untouched", "listeners.IsHeldPath(place) ? Answer.Untouched : Answer.Untouched", CAPTURED),
    ("a folder of a held name is not removed", "PathTraps.cs", "(caller.IntArgument(2) & AT_REMOVEDIR) != 0 ? Answer.Untouched : Unlink", "Unlink", SHIELD),
    ("only a rename between two held names is seen", "PathTraps.cs", "LastName(oldPath)) || listeners.HasPathNamed(LastName(newPath))", "LastName(oldPath)) && listeners.HasPathNamed(LastName(newPath))", SHIELD),
    ("a rename's flags are lost", "PathTraps.cs", "() => from.Rename(to, flags)", "() => from.Rename(to, 0)", SHIELD),
    ("a file of one process's own is held", "BindTrap.cs", "if (OwnNames.IsOne(key.Address, caller.Process))", "if (OwnNames.IsOne(key.Address, 0))", SHIELD),
    ("a socket of one process's own stays so for good", "Adoption.cs", "names.Find(from) is { } own", "names.Find(from) is { } own && own.Inode == 0", SHIELD),
    ("a socket that listens is renamed and not known to listen", "Adoption.cs", "if (listens && ", "if (!listens && ", {"tests": "FullyQualifiedName~RenamedSocketTests"}),
    ("a program binds what it may not", "BindTrap.cs", ": Capabilities.With(caller.Rights.Capabilities, () => Bind(socket, bytes))", ": Bind(socket, bytes)", {"tests": "FullyQualifiedName~Tests.Security|FullyQualifiedName~CaptureTests"}),
    ("a unix socket is bound as the engine would", "BindTrap.cs", "? caller.InItsPlace(SockAddr.ReadUnix(bytes) ?? \"\", () => Bind(socket, bytes))", "? Bind(socket, bytes)", {"tests": "FullyQualifiedName~Tests.Security|FullyQualifiedName~CaptureTests"}),
    ("a bind that failed is not told of", "BindTrap.cs", "            onFailed(key.Address, error.Value);\n", "", CAPTURE),
    ("the highest number that select can watch is not used", "LegNumbers.cs", "Math.Min(limit, SelectLimit) - 1", "Math.Min(limit, SelectLimit) - 2", NUMBERS),
    ("the lowest number is not used", "LegNumbers.cs", "_nextLow >= Math.Max(lowest, _usedBelow)", "_nextLow > Math.Max(lowest, _usedBelow)", NUMBERS),
    ("a number at the limit is used", "LegNumbers.cs", "_nextHigh < _limit", "_nextHigh <= _limit", NUMBERS),
    ("a number that the program has is given", "LegNumbers.cs", "if (!isTaken(number))", "if (!isTaken(number) || number > 0)", NUMBERS),
    ("low numbers are used again from the bottom up", "LegNumbers.cs", "number < SelectLimit ? -number : number", "number", NUMBERS),
    ("a process closes what another one has", "LegTable.cs", "[.. (_legs.GetValueOrDefault((int)first) ?? []).Where(e => e.Process == process)]", "[.. _legs.GetValueOrDefault((int)first) ?? []]", TABLE),
    ("a range leaves its last one open", "LegTable.cs", "l.Key >= first && l.Key <= last", "l.Key >= first && l.Key < last", TABLE),
    ("what could not be given stays in the table", "LegTable.cs", "                    Remove(entry);\n", "", TABLE),
    ("what an ended process had stays open", "LegTable.cs", "            Close(process, 0, int.MaxValue);\n", "", {"tests": "FullyQualifiedName~RelayedProgramTests|FullyQualifiedName~Broker.ProgramTests"}),
    ("keepalive is not passed to the client's socket", "LegTraps.cs", "(level == Libc.SOL_SOCKET && name != Libc.SO_KEEPALIVE) ||", "level == Libc.SOL_SOCKET ||", RELAYED),
    ("keepalive is not set on its own descriptor", "LegTraps.cs", "error == 0 && level == Libc.SOL_SOCKET ? Answer.Untouched", "error == 0 && level == -1 ? Answer.Untouched", RELAYED),
    ("what is only marked is closed", "LegTraps.cs", "(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)", "CLOSE_RANGE_UNSHARE", RELAYED),
    ("any option is set with the engine's rights", "LegTraps.cs", "if (!PassedOptions.MaySet(level, name))", "if (!PassedOptions.MayRead(level, name))", RELAYED),
    ("a listener's name is its private one", "LegTraps.cs", ": Side(caller) is { } side ? Libc.LocalName(side.Public.Number)", ": Side(caller) is { } side ? Libc.LocalName(side.Listener.Number)", RELAYED),
    ("a held socket listens before its program has said so", "OptionTraps.cs", "!listeners.ListensUnasked(generation, known)", "!listeners.ListensUnasked(generation + 1, known)", GROUPS),
    ("a group that was left is joined again", "OptionTraps.cs", "if (call.Option.Joins)", "if (call.Option.Joins || true)", {"tests": "FullyQualifiedName~Membership|FullyQualifiedName~GroupTests"}),
    ("a group joined before bind is forgotten", "OptionTraps.cs", "calls.RemoveAll(c => c.Key == call.Key);", "calls.Clear();", {"tests": "FullyQualifiedName~Membership|FullyQualifiedName~GroupTests"}),
    ("the highest connection's close is not trapped", "TrapRule.cs", "SockFilter.JumpIfAtLeast(Most + 1, 0, (byte)toTrap)", "SockFilter.JumpIfAtLeast(Most, 0, (byte)toTrap)", FILTER),
    ("a jump leads one too far", "TrapRule.cs", "(byte)(values.Length - 1 - i + toTrap)", "(byte)(values.Length - i + toTrap)", FILTER),
    ("the lowest connection's close is not trapped", "TrapFilter.cs", "new Within(0, firstLeg, HighestLeg)),\n            new(table.CloseRange", "new Within(0, firstLeg + 1, HighestLeg)),\n            new(table.CloseRange", FILTER),
    ("a call that cannot be looked at is done past the engine", "CallTable.cs", "_ => Answer.Of(why is LinuxException { Number: > 0 and var error } ? error : Errno.EIO)", "_ => Answer.Untouched", {"tests": "FullyQualifiedName~Tests.Broker|FullyQualifiedName~Tests.Security"}),
    ("only the number that is bound gets the held socket", "SocketExchange.cs", "Traces.Numbers.Where(n => n != number)", "Traces.Numbers.Where(n => n < 0)", CAPTURE),
    ("an epoll set waits for the socket that it had", "SocketExchange.cs", "_given is null || Traces.Registrations.Count == 0 ? 0 : Register(_given)", "_given is null || Traces.Registrations.Count >= 0 ? 0 : Register(_given)", {"tests": "FullyQualifiedName~Tests.Broker"}),
    ("a thread that was woken too late waits for ever for datagrams of its own socket", "SocketExchange.cs", "        _ = waiting?.WakeOn();\n", "", {"tests": "FullyQualifiedName~CarriedOverTests"}),
]
