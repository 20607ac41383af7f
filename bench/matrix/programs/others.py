"""A message broker and the secure shell."""
import os
import subprocess

from program import Closed, Program, read_line


class Mosquitto(Program):
    name, port = "mosquitto", 21040
    packages, tools = ["mosquitto"], ["/usr/sbin/mosquitto"]
    own_signal, cut = "SIGHUP", "fails"
    note = "kept connections end at each reload; a message of QoS 0 to a client that is away by then is lost, and new connections wait for the new one."

    def prepare(self):
        self.write("mosquitto.conf", f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\n")

    def command(self):
        return ["/usr/sbin/mosquitto", "-c", self.path("mosquitto.conf")]

    def connect(self, timeout):
        connection = super().connect(timeout)
        connection.sendall(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00")
        self._take(connection, b"\x20\x02\x00\x00")
        return connection

    def ask(self, connection, number):
        connection.sendall(b"\xc0\x00")
        self._take(connection, b"\xd0\x00")

    @staticmethod
    def _take(connection, wanted):
        got = b""
        while len(got) < len(wanted):
            piece = connection.recv(len(wanted) - len(got))
            if not piece:
                raise Closed("closed before the answer")
            got += piece
        if got != wanted:
            raise ValueError(f"answered {got!r}")


class Sshd(Program):
    """Its greeting, by which a client knows that it is served; sessions belong to processes of their own."""
    name, port = "openssh-server", 21041
    packages, tools = ["openssh-server"], ["/usr/sbin/sshd"]
    keeps = False
    own_signal = "SIGHUP"

    def prepare(self):
        os.makedirs("/run/sshd", exist_ok=True)
        subprocess.run(["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path("key")], check=True)
        self.write("sshd_config", f"""Port {self.port}
ListenAddress 127.0.0.1
HostKey {self.path('key')}
PidFile {self.path('sshd.pid')}
MaxStartups 200
""")

    def command(self):
        return ["/usr/sbin/sshd", "-D", "-f", self.path("sshd_config")]

    def ask(self, connection, number):
        got = read_line(connection)
        if not got.startswith(b"SSH-2.0"):
            raise ValueError(f"answered {got[:40]!r}")


PROGRAMS = [Mosquitto, Sshd]
