"""The engine is replaced while its service goes on: what a successor has to know."""
IN = "src/Aeterna.Engine"
TESTS = "FullyQualifiedName~EngineUpgradeTests|FullyQualifiedName~FrameStreamTests"
RECORDS = {"tests": "FullyQualifiedName~CampaignTests"}
STREAM = "Relay/Frames/StreamState.cs"
EDITS = [
    ("where the stream was cut last is not carried", STREAM, "            if (mark is not null)", "            if (mark is not null && start < 0)"),
    ("the place in a frame is not carried", "Relay/Frames/ScannerState.cs", "        _position = (Position)state.Position,\n", ""),
    ("that the client has ended is not carried", "Relay/Sides/Leg.cs", "(IsDeaf, IsTold, HasEnded, IsClosing, LeftUnread) = (state.IsDeaf, state.IsTold,", "(IsDeaf, IsTold, HasEnded, IsClosing, LeftUnread) = (state.IsDeaf, false,"),
    ("the order of the kernel's queue is not carried", "Relay/Sides/RelaySideState.cs", "                _connected.Enqueue(legs.GetValueOrDefault(fd));", "                _ = fd;"),
    ("who has which connection is not carried", "Broker/BrokerState.cs", "                _legs.Take(given.Process, given.Number, leg);", "                _ = leg;"),
    ("a call that waits for a client is not answered", "Broker/BrokerState.cs", "            AnswerOne(parked);", "            _ = parked;"),
    ("half a line of output is lost", "Generations/LineReader.cs", "(Line, Ended) = ([.. state.Line], state.Ended);", "Ended = state.Ended;"),
    ("the loops go on while it is written down", "EngineUpgrade.cs", "            using var loops = inputs.HoldStill();\n", ""),
    ("a reader of datagrams goes on while it is written down", "Relay/Datagrams/DatagramRelayState.cs", "            _isHeld = true;", "            _isHeld = false;"),
    ("what the group's order is is not carried", "Listeners/Steering/SteeredInput.Carrying.cs", "_steering = At(state.Main) is { } main ? new Steering(main, null, 0) : null;", "_steering = null;"),
    ("the newest records are not carried", "EngineContext.cs", "Records = [.. Journal.Records().Take(RecordsKept)],", "Records = [],", RECORDS),
    ("the uptime begins anew", "Orchestration/Orchestrator.Carrying.cs", "ServedSince = state.ServedSince,", "ServedSince = _options.Time.GetTimestamp(),"),
    ("the program of before stays open", "EngineUpgrade.cs", "            using var program = OwnProgram.Open();", "            var program = OwnProgram.Open();"),
]
