"""What is read and written: frames of state, memory that is passed on, durations, lines."""
IN = "src"
TESTS = "FullyQualifiedName~FrameDecoderTests|FullyQualifiedName~FrameFuzz|FullyQualifiedName~Crc"
CONTRACT = {"tests": "FullyQualifiedName~Tests.Contract"}
MEMORY = {"tests": "FullyQualifiedName~MemFdTests|FullyQualifiedName~LargeStateTests"}
STATE = {"tests": "FullyQualifiedName~Tests.StateHandoff"}
PASSING = {"tests": "FullyQualifiedName~Tests.Linux|FullyQualifiedName~Tests.Abi|FullyQualifiedName~StateHandoff.HandoffTests"}
DESK = {"tests": "FullyQualifiedName~PeerBoundTests"}
EDITS = [
    ("a provider that closes and comes again is a second one", "Aeterna.Engine/StateHandoff/PeerTable.cs",
     "            _peers.RemoveAll(p => p.IsProviderOf(peer.Generation) && !p.Claimed && p.HungUp());\n            if (_peers.Exists(p => p.IsProviderOf(peer.Generation) && !p.HungUp()))",
     "            if (_peers.Exists(p => p.IsProviderOf(peer.Generation)))", {"tests": "FullyQualifiedName~PeerTableTests"}),
    ("one connection more than the desk keeps", "Aeterna.Engine/StateHandoff/PeerTable.cs", "_peers.Count >= Most", "_peers.Count > Most", DESK),
    ("the desk hears a flood out", "Aeterna.Engine/StateHandoff/StateDoor.cs", "Interlocked.Increment(ref _open) > MostSockets", "Interlocked.Increment(ref _open) < 0", DESK),
    ("whoever was refused takes a place for ever", "Aeterna.Engine/StateHandoff/StateDoor.cs", "{ Closed = () => Interlocked.Decrement(ref _open) }", "{ Closed = () => { } }", DESK),
    ("whoever was closed without a word takes a place for ever", "Aeterna.Engine/StateHandoff/StateDoor.cs",
     "                    Interlocked.Decrement(ref _open);\n                    socket.Dispose();", "                    socket.Dispose();", DESK),
    ("srp talks to whoever listens", "Aeterna.Engine/Cli/Verbs/SrpVerb.cs", "(peer.Uid != 0 && peer.Uid != own)", "peer.Uid == uint.MaxValue", {"tests": "FullyQualifiedName~StrangerTests"}),
    ("an empty frame is too short", "Aeterna.Engine/StateHandoff/FrameDecoder.cs", "Ends(4) && Length < FrameHeader.Counted", "Ends(4) && Length <= FrameHeader.Counted"),
    ("the largest frame is too long", "Aeterna.Engine/StateHandoff/FrameDecoder.cs", "Length - FrameHeader.Counted > limits.Bulk", "Length - FrameHeader.Counted >= limits.Bulk"),
    ("the largest frame of words is too long", "Aeterna.Engine/StateHandoff/FrameDecoder.cs", "Header.PayloadLength > limits.Control", "Header.PayloadLength >= limits.Control"),
    ("a frame of words may be as large as one of state", "Aeterna.Engine/StateHandoff/FrameDecoder.cs", "Header.PayloadLength > limits.Control", "Header.PayloadLength > limits.Bulk"),
    ("one of the reserved bytes is not looked at", "Aeterna.Engine/StateHandoff/FrameDecoder.cs", "(_header[10] | _header[11]) != 0", "_header[10] != 0"),
    ("a version that is newer is read", "Aeterna.Engine/StateHandoff/FrameDecoder.cs", "_header[8] != FrameHeader.Version", "_header[8] < FrameHeader.Version"),
    ("a stream may end in a payload", "Aeterna.Engine/StateHandoff/FrameDecoder.cs", "_have == 0 && !_inPayload", "_have == 0"),
    ("a field is checked one byte late", "Aeterna.Engine/StateHandoff/FrameDecoder.cs", "before < field && now >= field", "before < field && now > field"),
    ("more is skipped than there is", "Aeterna.Engine/StateHandoff/FrameDecoder.cs", "        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, LeftOfPayload);\n", ""),
    ("the length does not count what it should", "Aeterna.Engine/StateHandoff/FrameHeader.cs", "(uint)(Counted + PayloadLength)", "(uint)(Size + PayloadLength)"),
    ("memory is no state", "Aeterna.Engine/StateHandoff/FrameType.cs", ">= FrameType.Json and <= FrameType.Memory", ">= FrameType.Json and < FrameType.Memory", STATE),
    ("memory is no whole state", "Aeterna.Engine/StateHandoff/FrameType.cs", "FrameType.Json or FrameType.Protobuf or FrameType.Memory", "FrameType.Json or FrameType.Protobuf", STATE),
    ("a protobuf message may only be short", "Aeterna.Engine/StateHandoff/FrameType.cs", "FrameType.Json or FrameType.Protobuf or FrameType.Chunk", "FrameType.Json or FrameType.Chunk", STATE),
    ("the blocks of a checksum are joined the wrong way", "Aeterna.Engine/StateHandoff/Crc32C.cs", "Skip(_skipTwo, crc) ^ Skip(_skipOne, b)", "Skip(_skipOne, crc) ^ Skip(_skipTwo, b)", {"tests": "FullyQualifiedName~FrameDecoderTests|FullyQualifiedName~LargeStateTests"}),
    ("the last bytes of a checksum are left out", "Aeterna.Engine/StateHandoff/Crc32C.cs", "bytes[(bytes.Length & ~7)..]", "bytes[((bytes.Length + 7) & ~7)..]", {"tests": "FullyQualifiedName~FrameDecoderTests|FullyQualifiedName~LargeStateTests"}),
    ("a memfd may be written to", "Aeterna.Linux/MemFd.cs", "F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;", "F_SEAL_SHRINK | F_SEAL_GROW;", MEMORY),
    ("a memfd may grow", "Aeterna.Linux/MemFd.cs", "F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;", "F_SEAL_SHRINK | F_SEAL_WRITE;", MEMORY),
    ("a memfd may shrink", "Aeterna.Linux/MemFd.cs", "F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;", "F_SEAL_GROW | F_SEAL_WRITE;", MEMORY),
    ("one seal is as good as all", "Aeterna.Linux/MemFd.cs", "(seals & Fixed) == Fixed", "(seals & Fixed) != 0", MEMORY),
    ("a memfd of exactly its size is too small", "Aeterna.Engine/StateHandoff/StateMemory.cs", "MemFd.Size(memory) < said.Size", "MemFd.Size(memory) <= said.Size", MEMORY),
    ("memory is not counted against the limit", "Aeterna.Engine/StateHandoff/StateMemory.cs", "if (said.Size > most)", "if (said.Size > long.MaxValue - most)", STATE),
    ("a wrong checksum is taken", "Aeterna.Engine/StateHandoff/StateMemory.cs", "said.Crc32c is null || said.Crc32c == crc", "said.Crc32c is null || said.Crc32c != 0", STATE),
    ("a descriptor that came is inherited", "Aeterna.Linux/FdPassing.cs", "recvmsg(socket, &message, MSG_CMSG_CLOEXEC)", "recvmsg(socket, &message, 0)", PASSING),
    ("descriptors that were cut off are not missed", "Aeterna.Linux/FdPassing.cs", "(message.Flags & MSG_CTRUNC) == 0 ? (int)received", "(message.Flags & MSG_CTRUNC) >= 0 ? (int)received", PASSING),
    ("descriptors of a stranger pile up", "Aeterna.Engine/StateHandoff/Peer.Reading.cs", "(_disposed ? 0 : MostDescriptors)", "(_disposed ? 0 : int.MaxValue)", STATE),
    ("a receiver that closes has acknowledged", "Aeterna.Engine/StateHandoff/PeerSink.cs", "        if (!Acknowledged)\n        {\n            throw new SrpException(\"closed the connection without an Ack\");\n        }\n", "", STATE),
    ("an error is sent into the middle of a frame", "Aeterna.Engine/StateHandoff/PeerSink.cs", "if (_leftOfFrame == 0)", "if (_leftOfFrame >= 0)", STATE),
    ("units may come twice", "Aeterna.Contract/Durations.cs", "nextUnit = unit + 1;", "nextUnit = unit;", CONTRACT),
    ("a duration may overflow", "Aeterna.Contract/Durations.cs", "count > (TimeSpan.MaxValue.Ticks - ticks) / _units[unit].Ticks", "count > TimeSpan.MaxValue.Ticks / _units[unit].Ticks", CONTRACT),
    ("a brief duration shows three units", "Aeterna.Contract/Durations.cs", "Write(value, 2, value", "Write(value, 3, value", CONTRACT),
    ("a minute is sixty seconds", "Aeterna.Contract/Durations.cs", "unit => rest >= unit.Ticks", "unit => rest > unit.Ticks", CONTRACT),
    ("a character is cut in two", "Aeterna.Contract/OneLine.cs", "char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1", "most - 1", CONTRACT),
    ("text that just fits is cut", "Aeterna.Contract/OneLine.cs", "text.Length <= most ? text", "text.Length < most ? text", CONTRACT),
    ("the direction of writing can be turned", "Aeterna.Contract/OneLine.cs", "UnicodeCategory.Control or UnicodeCategory.Format or", "UnicodeCategory.Control or", CONTRACT),
    ("a tilde is written as a number", "Aeterna.Contract/OneLine.cs", "(' ', '~')", "(' ', '}')", {**CONTRACT, "survives": "equivalent: it only takes the longer way, which leaves a tilde as it is"}),
]
