"""Daemons that take syslog messages: a message is written to a file, once."""
import os
import time

from program import UNPACKED, Program


class Syslog(Program):
    """The clients send a numbered line; what the file has in the end is compared."""
    stores = True

    def ask(self, connection, number):
        connection.sendall(f"<13>matrix: [{number}]\n".encode())

    def missing(self):
        end = time.monotonic() + 20
        while True:
            with open(self.path("log"), encoding="latin-1") as file:
                there = {line[line.find("[") + 1:line.find("]")] for line in file}
            gone = len(set(self.acked) - there)
            if gone == 0 or time.monotonic() > end:
                return gone
            time.sleep(0.2)


class Rsyslog(Syslog):
    name, port = "rsyslog", 21001
    packages, tools = ["rsyslog"], ["/usr/sbin/rsyslogd"]
    own, own_signal = "SIGHUP (reopens files only)", "SIGHUP"

    def prepare(self):
        self.write("rsyslog.conf", f"""module(load="imtcp")
input(type="imtcp" port="{self.port}" address="127.0.0.1")
action(type="omfile" file="{self.path('log')}")
""")

    def command(self):
        return ["/usr/sbin/rsyslogd", "-n", "-iNONE", "-f", self.path("rsyslog.conf")]


class SyslogNg(Syslog):
    name, port = "syslog-ng", 21002
    unpacked = ["syslog-ng-core"]  # Debian has one daemon for the log at a time.
    packages = ["libivykis0", "libjson-c5", "libnet1", "libwrap0"]
    tools = [f"/usr/lib/x86_64-linux-gnu/{library}" for library in ("libivykis.so.0", "libjson-c.so.5", "libnet.so.1", "libwrap.so.0")]
    root = os.path.join(UNPACKED, "syslog-ng-core")
    own_signal, cut = "SIGHUP", "is lost"
    note = ("kept connections end at each reload, and a message that is under way on one is lost, as nobody acknowledges it (at most one each); with a "
            "listener `{ handoff: relay, framing: line }` in Aeterna's configuration they live on, and nothing is.")

    def prepare(self):
        self.write("syslog-ng.conf", f"""@version: 3.38
source s {{ network(ip("127.0.0.1") port({self.port}) transport("tcp") max-connections(100)); }};
destination d {{ file("{self.path('log')}" flush-lines(1)); }};
log {{ source(s); destination(d); }};
""")

    def command(self):
        return [f"{self.root}/usr/sbin/syslog-ng", "-F", "--no-caps", "-f", self.path("syslog-ng.conf"), "-R", self.path("persist"),
                "-c", self.path("ctl"), "-p", self.path("pid"), f"--module-path={self.root}/usr/lib/syslog-ng/3.38"]

    def environment(self):
        return [f"LD_LIBRARY_PATH={self.root}/usr/lib/syslog-ng:{self.root}/usr/lib/x86_64-linux-gnu:{self.root}/usr/lib"]


PROGRAMS = [Rsyslog, SyslogNg]
