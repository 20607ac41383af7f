"""What the matrix knows of a program. One file each in programs/; a class with what differs from here."""
import os
import select
import signal
import socket


UNPACKED = "/var/cache/aeterna-matrix"
PATIENCE = 20            # Seconds after which an exchange counts as failed.


class Closed(Exception):
    """The program closed the connection in the middle of an exchange."""


class Unanswered(Closed):
    """It did so before the first byte of the answer to something that may be asked twice."""


class Starting(Exception):
    """The program answered that it is not up yet."""

    def __str__(self):
        return "it is starting up"


class Program:
    name = ""
    packages = []            # Debian's packages.
    unpacked = []            # Those that cannot be installed beside others; they are unpacked into UNPACKED, and the rest of packages installed.
    tools = []               # Files that tell whether the packages are there.
    port = 0                 # Of the loopback address.
    keeps = True             # Clients keep connections.
    own_signal = None        # The program's own way to reload, sent to its main process; None: it has none.
    own = None               # A word for the table where the signal says too little.
    stores = False           # What it acknowledged has to be there in the end.
    cut = None               # What happens to an exchange that is under way on a kept connection when a generation ends; None: nothing may.
    tells = False            # It tells clients that it is starting up, and does not let them wait.
    drain = "20s"
    signal = None            # What a plain stop sends, where it is not SIGTERM.
    note = ""                # What cannot be had.

    def __init__(self, folder):
        self.folder, self.acked = folder, []

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def make_folder(self, name, user=None):
        os.makedirs(self.path(name), exist_ok=True)
        if user:
            import pwd
            entry = pwd.getpwnam(user)
            os.chown(self.path(name), entry.pw_uid, entry.pw_gid)
        return self.path(name)

    def prepare(self):
        """Writes what the program needs; once."""

    def command(self):
        raise NotImplementedError

    def environment(self):
        return []

    def user(self):
        return None

    def own_reload(self, pid):
        """The program's own way, for the main process; returns when it has been asked for."""
        os.kill(pid, getattr(signal, self.own_signal))

    # ---- a client

    def connect(self, timeout):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout)
        connection.settimeout(timeout)
        return connection

    def was_closed(self, connection):
        return bool(select.select([connection], [], [], 0)[0])

    def ask(self, connection, number):
        """One exchange. Raises when it fails."""
        raise NotImplementedError

    def acknowledged(self, number):
        """The exchange was answered well; for programs that keep data, the number of what must be there afterwards."""
        if self.stores:
            self.acked.append(number)

    def missing(self):
        """How many of the acknowledged writes are not there; None for a program that keeps nothing."""
        return None


class HttpProgram(Program):
    target = "/"

    def ask(self, connection, number):
        try:
            connection.sendall(f"GET {self.target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        except ConnectionError as e:
            raise Unanswered(str(e)) from e
        read_http(connection)


class LineProgram(Program):
    """A question on one line, an answer on one line."""
    question, answer = b"", b""

    def ask(self, connection, number):
        connection.sendall(self.question)
        got = read_line(connection)
        if not got.startswith(self.answer):
            raise ValueError(f"answered {got[:40]!r}")


class DatagramProgram(Program):
    """A datagram is lost now and then by right: a client asks again after a second, as resolvers and NTP clients do."""
    keeps = False
    tries, wait = 5, 1.0

    def connect(self, timeout):
        connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        connection.settimeout(self.wait)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def question(self):
        raise NotImplementedError

    def ask(self, connection, number):
        for last in [False] * (self.tries - 1) + [True]:
            try:
                connection.send(self.question())
                connection.recv(4096)
                return
            except (TimeoutError, ConnectionRefusedError):
                if last:
                    raise


def read_line(connection):
    got = b""
    while not got.endswith(b"\n"):
        piece = connection.recv(1)
        if not piece:
            raise Closed("closed before the answer")
        got += piece
    return got


def read_http(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        try:
            piece = connection.recv(65536)
        except ConnectionError as e:
            raise (Closed if head else Unanswered)(str(e)) from e
        if not piece:
            raise (Closed if head else Unanswered)("closed before the answer")
        head += piece
    head, body = head.split(b"\r\n\r\n", 1)
    lines = head.decode("latin-1").split("\r\n")
    status = int(lines[0].split()[1])
    fields = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
    if status >= 500:
        raise ValueError(f"status {status}")
    if fields.get("transfer-encoding") == "chunked":
        while not body.endswith(b"0\r\n\r\n"):
            body += receive(connection)
    else:
        while len(body) < int(fields.get("content-length", "0")):
            body += receive(connection)
    return body


def receive(connection):
    piece = connection.recv(65536)
    if not piece:
        raise Closed("closed in the middle of the answer")
    return piece
