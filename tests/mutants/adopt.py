"""The adoption of a daemon that the engine has not started."""
IN = "src/Aeterna.Engine"
TESTS = "FullyQualifiedName~AdoptionTests|FullyQualifiedName~AdoptedProgramTests"
UNIT = {"tests": "FullyQualifiedName~SystemdUnitTests"}
DOOR = {"tests": "FullyQualifiedName~OutsideSocketsTests"}
LOCK = {"tests": "FullyQualifiedName~BindingAtOnceTests"}
SOCKETS = "Listeners/Outside/OutsideSockets.cs"
SOCKET = "Listeners/Outside/OutsideSocket.cs"
SWITCH = "Orchestration/Switching/OutsideSwitch.cs"
EDITS = [
    ("the names of its sockets may go with it", SOCKETS, "_mounts.Add(BindMount.Of(place));", "_ = place;"),
    ("connections are made to it to the last", SOCKETS, "SocketFilter.Attach(s.Socket.Number, SocketFilter.Nothing)", "SocketFilter.IsOn(s.Socket.Number)", DOOR),
    ("it stays shut when the engine serves", SOCKETS, "        table.TakeOver();\n        OpenDoor();", "        table.TakeOver();", DOOR),
    ("its connections get bytes to the last", SOCKETS, "SocketFilter.Attach(connection.Number, SocketFilter.NoBytes)", "SocketFilter.IsOn(connection.Number)", DOOR),
    ("the dam stays after a recall", SOCKETS, "connection => SocketFilter.Detach(connection.Number)", "connection => SocketFilter.IsOn(connection.Number)", DOOR),
    ("the door stays shut after a recall", SOCKETS, "        Each(Connections(), connection => SocketFilter.Detach(connection.Number));\n        OpenDoor();", "        Each(Connections(), connection => SocketFilter.Detach(connection.Number));", DOOR),
    ("an accept queue stays as the engine made it", SOCKET, "_ = LibC.listen(socket, backlog);", "_ = backlog;"),
    ("a receive buffer stays as the engine made it", SOCKET, "if (_receiveBuffer is { } bytes && ", "if (_receiveBuffer is { } bytes && bytes < 0 && "),
    ("a group of sockets stays one", SOCKET, "        if (!_sharesPort && ", "        if (_sharesPort && "),
    ("the new one goes on before the daemon is gone", SWITCH, "while (!from.Gone.IsCompleted && time", "while (from.Gone.IsCompleted && time"),
    ("a worker is adopted in place of its main process", "Generations/Outside/OutsideCheck.cs", "parent > 1 && ProcFs.Link(parent, \"exe\") is { } theirs && theirs == ProcFs.Link(pid, \"exe\")", "false"),
    ("a daemon that a socket unit triggers is adopted", "Generations/Outside/SystemdUnit.cs", "(restart == \"no\" && triggers.Length == 0)", "restart == \"no\"", UNIT),
    ("whether a socket is held waits for the table", "Listeners/ListenerTable.cs", "    public bool IsHeld(ulong inode) => _inodes.Contains(inode);\n",
     "    public bool IsHeld(ulong inode)\n    {\n        lock (_gate)\n        {\n            return _inodes.Contains(inode);\n        }\n    }\n", LOCK),
]
