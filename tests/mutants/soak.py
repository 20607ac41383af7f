"""The soak: its rounds, its probes, and who decides."""
IN = "src/Aeterna.Engine/Health"
TESTS = ("FullyQualifiedName~SoakTests|FullyQualifiedName~SoakJudgeTests|FullyQualifiedName~InputProbeTests|FullyQualifiedName~ListeningProbeTests|FullyQualifiedName~LimitJudgeTests",
         "FullyQualifiedName~OrchestratorReload|DisplayName~A_candidate_that_is_stopped|FullyQualifiedName~HangingTests")
WAITERS = {"tests": ("FullyQualifiedName~SocketWaitersTests", "FullyQualifiedName~WorkersEndedTests")}
RELAY = {"tests": ("FullyQualifiedName~MovingTests|FullyQualifiedName~DatagramRelayTests", TESTS[1])}
EDITS = [
    ("of those that are stopped one is let go on", "../Generations/ProcessSet.cs", "Pids().Where(pid => ProcFs.Stat(pid) is { State: 'T' })", "Pids().Where(pid => ProcFs.Stat(pid) is { State: 'T' }).Take(1)",
     {"tests": ("DisplayName~is_let_go_on_to_end",)}),
    ("who is stopped is told to end as he is", "../Orchestration/GenerationRoster.cs", "        generation.Continue(); // What somebody", "        // What somebody",
     {"tests": ("FullyQualifiedName~OrchestratorReload",)}),
    ("nobody has the last word", "InputProbe.cs", "HasLastWord => true", "HasLastWord => false"),
    ("the last word is asked and not heard", "Soak.cs", "                    decision = judge.Decide(timeIsOver: true);\n", ""),
    ("everybody has the last word", "Soak.cs", "Round(probe => probe.HasLastWord)", "Round(_ => true)"),
    ("a soak passes with a bad last result", "SoakJudge.cs", "timeIsOver && Probes.All(probe => probe.Healthy == true)", "timeIsOver"),
    ("one failure more is forgiven", "SoakJudge.cs", "probe.ConsecutiveFailures >= probe.FailureThreshold", "probe.ConsecutiveFailures > probe.FailureThreshold"),
    ("failures add up over good results", "SoakJudge.cs", "result.Healthy ? 0 : Probes", "result.Healthy ? Probes[index].ConsecutiveFailures : Probes"),
    ("who is stopped is well", "InputProbe.cs", "if (activity().IsStopped)", "if (activity().IsStopped && leftovers().Count < 0)"),
    ("one input that is read speaks for all", "ReadingJudge.cs", "_left.OrderBy(left", "_left.OrderByDescending(left"),
    ("who waits for a processor hangs", "ReadingJudge.cs", "(time >= Window && !activity().Works)", "time >= Window"),
    ("who works for ever without reading is well", "ReadingJudge.cs", "time >= BusyWindow || ", ""),
    ("what is read does not count", "ReadingJudge.cs", "&& now.Read <= before.Read ?", "?"),
    ("what comes newly counts as read", "ReadingJudge.cs", "now.Read <= before.Read", "now.Read == before.Read"),
    ("who waits beside a client that is served is neglected", "../Relay/StreamRelay.cs", "parts.All(p => !p.HasAccepted) && FindSide", "FindSide", RELAY),
    ("who waits where nobody is served is not neglected", "../Relay/StreamRelay.cs", "waits || parts.Any(p => p.IsThere)", "parts.Any(p => p.IsThere)", RELAY),
    ("what lies there unread counts as read", "../Relay/Sessions/Shard.cs", "                read -= unread.Bytes;\n", "", RELAY),
    ("whoever waits for nobody is bad, also where the one before did not wait either", "ListeningProbe.cs", "before == Attendance.Somebody\n            ? ProbeResult.Bad", "before != Attendance.Unknown\n            ? ProbeResult.Bad"),
    ("whether the one before waits is looked at once", "ListeningProbe.cs", "before = before == Attendance.Somebody ? before : (Attendance)Math.Max((int)before, (int)(active() ?? Attendance.Unknown));", "before = active() ?? Attendance.Unknown;"),
    ("who does something between two sleeps is well", "ListeningProbe.cs", "if (passed - nobody >= Settling)", "if (now == Attendance.Unknown && passed >= Settling)"),
    ("of two threads one is looked at", "../../Aeterna.Linux/SocketWaiters.cs", "is var one && one > all", "is var one && tid == pid", WAITERS),
    ("a list of poll is not read", "../../Aeterna.Linux/SocketWaiters.cs", "return Judge(pid, numbers.Where(number => number >= 0), sockets);", "return Attendance.Unknown;", WAITERS),
    ("what is waited for for writing is not looked at", "../../Aeterna.Linux/SocketWaiters.cs", "for (var i = 1; i <= 3 && arguments[0] > 0; i++)", "for (var i = 1; i <= 1 && arguments[0] > 0; i++)", WAITERS),
    ("a pair of sockets is a client", "../../Aeterna.Linux/SocketWaiters.cs", ".Contains(inode) ? all : Attendance.Unknown", ".Contains(inode) ? Attendance.Unknown : Attendance.Unknown", WAITERS),
    ("a client is nobody", "../../Aeterna.Linux/SocketWaiters.cs", ".Contains(inode) ? all : Attendance.Unknown", ".Contains(inode) ? all : all", WAITERS),
    ("a set in a set is nobody", "../../Aeterna.Linux/SocketWaiters.cs", 'is null or "anon_inode:[eventpoll]"', 'is null', WAITERS),
    ("who is held still does nothing", "../../Aeterna.Linux/SocketWaiters.cs", "(state != 'S' && !isHeld)", "state != 'S'", WAITERS),
]
