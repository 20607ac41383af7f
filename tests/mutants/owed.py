"""What clients may count on: sockets that stay although the generation which came without being asked for lacks them."""
IN = "src/Aeterna.Engine"
TESTS = ("FullyQualifiedName~OwedTests|FullyQualifiedName~LedgerTextTests",)
EDITS = [
    ("what is owed is let go of", "Listeners/ListenerTable.cs", "Configured: false } && !IsKept(h)", "Configured: false }"),
    ("whoever writes to a log socket that nobody serves stands still", "Listeners/ListenerTable.Owed.cs", "held.Owed && held.Key.Address.Scheme != ListenerScheme.Unixgram", "held.Owed"),
    ("a log socket that is gone is forgotten", "Listeners/ListenerTable.Owed.cs", "            _missed.Add(held.Key.Address);\n", "            _ = held;\n"),
    ("what is owed is so for ever", "Listeners/ListenerTable.Owed.cs", "                held.Owed = false;\n", ""),
    ("whoever comes is asked for", "../Aeterna.Machine/ReloadMachine.Committing.cs", "AskedFor: !attempt.Fallback && attempt.Kind != AttemptKind.Restart", "AskedFor: true"),
    ("the next reload need not bring it back", "Orchestration/GenerationRoster.cs", "[.. listeners.HeldBy(number), .. listeners.OwedBy(number)]", "listeners.HeldBy(number)"),
    ("a restart that lacks a port is a success", "Orchestration/Orchestrator.Orders.cs", "order.Verdict == Verdict.Succeeded ? Verdict.Failed : order.Verdict", "order.Verdict"),
    ("the next engine does not know what is owed", "Listeners/HeldSocket.cs", "            Owed = state.Owed,\n", ""),
]
