"""Aeterna for Python programs: one file, the standard library alone, Python 3.8 or later on Linux.

    listener = aeterna.listen("127.0.0.1", 8080)   # the engine's socket, or one of our own
    state = aeterna.load_state(on_final=add)       # what the process before us knew; empty when there is none
    aeterna.provide(give)                          # give(phase) is asked for it when we are replaced
    aeterna.ready()                                # we serve

For a moment both processes serve. give("final") stops serving before it answers, and add(last) takes in what the old
process changed after its snapshot; without on_final that is lost, and the log says so. docs/sdk.md has a whole program.
Nothing here raises because of the engine: without one, or when a handoff fails, the program starts cold and the log
says why ([Aeterna-SDK]). docs/srp.md describes the protocol.
"""
import asyncio
import fcntl
import inspect
import json
import logging
import mmap
import os
import socket
import struct
import threading

__all__ = ["State", "listen", "load_state", "load_state_async", "provide", "save_state", "ready", "managed", "generation"]

HELLO, JSON, PROTOBUF, CHUNK, MEMORY, REQUEST, ERROR, FINISHED = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x7F, 0xFF
MAGIC, VERSION = 0xAE7E2024, 1
_TYPES = {HELLO, JSON, PROTOBUF, CHUNK, MEMORY, REQUEST, ERROR, FINISHED}
_BULK = {JSON, PROTOBUF, CHUNK}
_MOST_BULK, _MOST_CONTROL = 1 << 30, 64 << 10
_BY_MEMORY = 1 << 20          # larger buffers go as memory, not through the socket
_CHUNK_SIZE = 1 << 20
_SEALS = 1 | 2 | 4 | 8        # F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE

_log = logging.getLogger("aeterna")


def _say(level, text, *args):
    _log.log(level, "[Aeterna-SDK] " + text, *args)


class ProtocolError(Exception):
    """What came is not SRP; `kind` is the name that sdk/vectors/index.json uses."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind


class State:
    """What one process hands to the next: `json` (anything that json can write) and `buffers` (bytes-like, in order)."""

    def __init__(self, json=None, buffers=()):
        self.json = json
        self.buffers = list(buffers)

    @property
    def data(self):
        """The first buffer, as a memoryview (numpy.frombuffer takes it as it is); empty when there is none."""
        return memoryview(self.buffers[0]) if self.buffers else memoryview(b"")

    def __bool__(self):
        return self.json is not None or bool(self.buffers)

    def __repr__(self):
        return "State(json=%s, buffers=%s)" % (type(self.json).__name__, [memoryview(b).nbytes for b in self.buffers])


def managed():
    """Whether an engine runs this process."""
    return os.environ.get("AETERNA_MANAGED") == "1"


def generation():
    """The number of this run; 0 without an engine."""
    return int(os.environ.get("AETERNA_GENERATION", "0"))


# -- the socket ------------------------------------------------------------------------------------------------------

def listen(host="127.0.0.1", port=0, name=None, backlog=128):
    """The listening socket: inherited from the engine (by `name`, or else the one bound to that port), or bound anew."""
    for number, inherited_name in enumerate(_inherited()):
        try:
            found = socket.socket(fileno=os.dup(3 + number))
        except OSError as error:
            _say(logging.WARNING, "descriptor %d is no socket: %s", 3 + number, error)
            continue
        if inherited_name == name if name is not None else _port(found) == port:
            _say(logging.INFO, "inherited %s", found.getsockname())
            return found
        found.close()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    own = socket.socket(family, socket.SOCK_STREAM)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.bind((host, port))
    own.listen(backlog)
    return own


def _inherited():
    count = int(os.environ.get("AETERNA_INHERITED_FDS", "0") or 0)
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    return [names[i] if i < len(names) else "" for i in range(count)]


def _port(sock):
    name = sock.getsockname()
    return name[1] if isinstance(name, tuple) else None


def ready():
    """Says READY=1 to the engine (or to systemd)."""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(b"READY=1", "\0" + path[1:] if path[0] == "@" else path)
    except OSError as error:
        _say(logging.WARNING, "cannot say READY=1: %s", error)


# -- frames ----------------------------------------------------------------------------------------------------------

def encode(kind, payload=b""):
    """One frame."""
    return struct.pack(">IIBBH", 8 + len(payload), MAGIC, VERSION, kind, 0) + bytes(payload)


def check_header(header):
    """Type and length of the payload of a header of twelve bytes."""
    length, magic, version, kind, reserved = struct.unpack(">IIBBH", header)
    if length < 8:
        raise ProtocolError("length", "a length of %d" % length)
    if length - 8 > _MOST_BULK:
        raise ProtocolError("too_long", "a length of %d" % length)
    if magic != MAGIC:
        raise ProtocolError("magic", "the wrong magic 0x%08X" % magic)
    if version != VERSION:
        raise ProtocolError("version", "version %d" % version)
    if kind not in _TYPES:
        raise ProtocolError("type", "the unknown type 0x%02X" % kind)
    if reserved:
        raise ProtocolError("reserved", "reserved bytes in use")
    if kind not in _BULK and length - 8 > _MOST_CONTROL:
        raise ProtocolError("too_long", "a length of %d" % length)
    return kind, length - 8


class Connection:
    """Frames over a stream socket; descriptors that come are kept until they are taken."""

    def __init__(self, sock):
        self.sock = sock
        self.descriptors = []

    def close(self):
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []
        self.sock.close()

    def send(self, kind, payload=b"", descriptor=None):
        header = struct.pack(">IIBBH", 8 + memoryview(payload).nbytes, MAGIC, VERSION, kind, 0)
        if descriptor is not None:
            frame = header + bytes(payload)
            sent = self.sock.sendmsg([frame], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", descriptor))])
            self.sock.sendall(frame[sent:])
        elif memoryview(payload).nbytes <= 4096:
            self.sock.sendall(header + bytes(payload))
        else:
            self.sock.sendall(header)
            self.sock.sendall(payload)

    def receive(self):
        """The next frame as (type, payload), or None at the end of the stream."""
        header = self._exactly(12, at_boundary=True)
        if header is None:
            return None
        kind, length = check_header(bytes(header))
        return kind, self._exactly(length)

    def _exactly(self, count, at_boundary=False):
        buffer = bytearray(count)
        view, have = memoryview(buffer), 0
        while have < count:
            got, ancillary, flags, _ = self.sock.recvmsg_into([view[have:]], 256, socket.MSG_CMSG_CLOEXEC)
            for level, kind, data in ancillary:
                if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    data = data[:len(data) // 4 * 4]
                    self.descriptors.extend(struct.unpack("%di" % (len(data) // 4), data))
            if got == 0:
                if at_boundary and have == 0:
                    return None
                raise ProtocolError("truncated", "the end in the middle of a frame")
            have += got
        return buffer


def _connect(timeout):
    path = os.environ.get("AETERNA_STATE_SOCK")
    if not path:
        return None
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.connect(path)
        _, uid, _ = struct.unpack("iII", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    except OSError as error:
        sock.close()
        _say(logging.INFO, "no state socket at %s (%s)", path, error)
        return None
    if uid not in (0, os.geteuid()):
        # In a folder like /tmp anybody may listen.
        sock.close()
        _say(logging.WARNING, "who listens at %s is uid %d, and not the engine", path, uid)
        return None
    return Connection(sock)


# -- taking state ----------------------------------------------------------------------------------------------------

_UNSAID = object()  # nothing was said of on_final; None says that there is nothing to miss


def load_state(timeout=60.0, on_final=_UNSAID):
    """The state of the process before this one. Empty (and false) when there is none, or when anything goes wrong.

    on_final(state) is called, on a thread of its own, with what the old process still changed until it ended. Without it
    that is lost, and the log says so; on_final=None says that nothing is missed, and is quiet.
    """
    asked = on_final is not None and on_final is not _UNSAID
    connection = None
    try:
        connection = _connect(timeout)
        if connection is None:
            return State()
        hello = {"role": "receiver", "final": True} if asked else {"role": "receiver"}
        connection.send(HELLO, json.dumps(hello).encode())
        state = _take(connection)
        if state and on_final is _UNSAID:
            _say(logging.WARNING, "what the old process changes after this snapshot will be lost: give load_state an on_final, "
                 "or on_final=None if nothing is missed")
        if state and asked:
            threading.Thread(target=_take_final, args=(connection, on_final), name="aeterna-final", daemon=True).start()
            connection = None
        return state
    except Exception as error:  # whatever it is: loss of memory is better than loss of service
        _say(logging.WARNING, "starting without state: %s", error)
        return State()
    finally:
        if connection is not None:
            connection.close()


async def load_state_async(timeout=60.0, on_final=_UNSAID):
    """load_state for asyncio: the loop runs on meanwhile."""
    return await asyncio.get_running_loop().run_in_executor(None, load_state, timeout, on_final)


def _take(connection):
    state, chunks = State(), None
    while True:
        frame = connection.receive()
        if frame is None:
            raise ProtocolError("truncated", "the engine closed the connection before the state was over")
        kind, payload = frame
        if kind == CHUNK:
            if chunks is None:
                chunks = bytearray()
                state.buffers.append(chunks)
            chunks += payload
            continue
        chunks = None
        if kind == JSON:
            state.json = json.loads(bytes(payload).decode("utf-8"))
        elif kind == PROTOBUF:
            state.buffers.append(payload)
        elif kind == MEMORY:
            state.buffers.append(_map(connection, json.loads(bytes(payload).decode("utf-8"))))
        elif kind == FINISHED:
            connection.send(FINISHED)
            _say(logging.INFO, "took %r", state)
            return state
        elif kind == ERROR:
            raise ProtocolError("error", bytes(payload).decode("utf-8", "replace"))
        else:
            raise ProtocolError("type", "a frame of type 0x%02X in place of state" % kind)


def _map(connection, said):
    # The engine has found the checksum right, and the seals keep it so.
    if not connection.descriptors:
        raise ProtocolError("memory", "a memory frame without a descriptor")
    descriptor = connection.descriptors.pop(0)
    try:
        if said["size"] == 0:
            return b""
        return memoryview(mmap.mmap(descriptor, said["size"], mmap.MAP_PRIVATE, mmap.PROT_READ))
    finally:
        os.close(descriptor)


def _take_final(connection, on_final):
    try:
        connection.sock.settimeout(None)
        state = _take(connection)
        if state:
            on_final(state)
    except Exception as error:
        _say(logging.INFO, "no final state: %s", error)
    finally:
        connection.close()


# -- giving state ----------------------------------------------------------------------------------------------------

def provide(source, loop=None):
    """Registers source(phase), which returns the state when this process is replaced: JSON-able, bytes-like, or a State.

    It is asked with "snapshot" first, and with "final" for what has changed since (None: nothing). It runs on a thread of
    its own; a coroutine function runs on `loop` (by default the one that is running now).
    """
    if inspect.iscoroutinefunction(source):
        running = loop or asyncio.get_running_loop()
        answer = lambda phase: asyncio.run_coroutine_threadsafe(source(phase), running).result()
    else:
        answer = source
    connection = _connect(None)
    if connection is None:
        return False
    try:
        connection.send(HELLO, b'{"role":"provider"}')
    except OSError as error:
        _say(logging.WARNING, "cannot offer the state: %s", error)
        connection.close()
        return False
    threading.Thread(target=_answer, args=(connection, answer), name="aeterna-provider", daemon=True).start()
    return True


def save_state(state, timeout=60.0):
    """Pushes the state now: the answer to state_handoff.signal. True when the new process has it; never raises."""
    connection = None
    try:
        connection = _connect(timeout)
        if connection is None:
            return False
        _give(connection, state)
        answer = connection.receive()
        if answer is not None and answer[0] == FINISHED:
            return True
        _say(logging.WARNING, "the state was not taken: %s", "the engine closed the connection" if answer is None else bytes(answer[1]))
    except Exception as error:
        _say(logging.WARNING, "the state was not taken: %s", error)
    finally:
        if connection is not None:
            connection.close()
    return False


def _answer(connection, source):
    try:
        while True:
            frame = connection.receive()
            if frame is None:
                return
            kind, payload = frame
            if kind == REQUEST:
                phase = json.loads(bytes(payload).decode("utf-8"))["phase"]
                try:
                    state = source(phase)
                except Exception as error:
                    _say(logging.WARNING, "cannot give the state: %s", error)
                    connection.send(ERROR, json.dumps({"code": "source", "message": str(error)}).encode())
                    return
                _give(connection, state)
            elif kind == ERROR:
                _say(logging.WARNING, "the engine says: %s", bytes(payload).decode("utf-8", "replace"))
                return
    except Exception as error:
        _say(logging.WARNING, "the state connection ended: %s", error)
    finally:
        connection.close()


def _give(connection, state):
    if not isinstance(state, State):
        state = State() if state is None else State(buffers=[state]) if _is_buffer(state) else State(json=state)
    if state.json is not None:
        text = json.dumps(state.json, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
        connection.send(JSON, text)
    several = len(state.buffers) > 1
    for buffer in state.buffers:
        view = memoryview(buffer).cast("B")
        if several or view.nbytes > _BY_MEMORY:
            _give_memory(connection, view)
        else:
            connection.send(CHUNK, view)
    connection.send(FINISHED)


def _is_buffer(value):
    try:
        memoryview(value)
        return True
    except TypeError:
        return False


def _give_memory(connection, view):
    descriptor = os.memfd_create("aeterna-state", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        written = 0
        while written < view.nbytes:
            written += os.write(descriptor, view[written:written + (64 << 20)])
        fcntl.fcntl(descriptor, 1033, _SEALS)  # F_ADD_SEALS
        # Without an instruction for it a checksum in Python would take minutes: the engine computes it.
        connection.send(MEMORY, json.dumps({"size": view.nbytes}).encode(), descriptor)
    finally:
        os.close(descriptor)
