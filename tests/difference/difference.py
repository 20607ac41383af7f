#!/usr/bin/env python3
"""The test by difference: random byte streams through a real rsyslogd alone and through one with Aeterna, which is reloaded in the middle.

usage: difference.py AETERNA [--streams 1000] [--seed N] [--seconds S]

Both have the same listeners, with random options of imtcp and imptcp that change where a message ends, in either syntax. Each stream is
sent in the same pieces to both. Nothing may come late (before the reload the files are equal while the connection is open), and at the end
the same messages have to be there in the same order, each once. The first difference ends it, with all that is needed to see it again.
Needs root and rsyslog. Every port is one that nobody else can get: it is best run in a network namespace of its own.
"""
import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

LISTENERS = 16
ROUNDS = 6
PATIENCE = 30

# Good, odd and hostile ones. {n} is a number that tells messages apart.
PIECES = [
    b"<13>h t: line {n}\n", b"<13>h t: nul {n}\0", b"<13>h t: semicolon {n};", b"\n", b"\n\n", b" 404 not found {n}\n", b"  <13>h t: blank {n}\n",
    b"13 <13>h t: five", b"16 <13>h t:\nt\0w;o\n", b"0 zero {n}\n", b"0000016 <13>h t: sixteen", b"300000 <13>h t: large {n}\n", b"99999999999 huge {n}\n",
    b"3xabc", b"9\n", b"2026-11-29 dated {n}\n", b"x", b";", b"\0", b"<1", b"7", b" ", b"\xff\xfe\x80{n}\n", b"\x16\x03\x01\x02{n}\n", b"1 open {n}\n",
    b"<13>h t: head {n}\nsecond\nthird\n", b"60 <13>h t: " + b"y" * 48, b"line two {n}\n", b"0 ", b"12", b"\r\n", b"40 <13>h t: as long as some limit allow",
]


USED = set()


def free_port():
    """One that nobody has, and that was not given before: what was asked for first may not be bound yet."""
    while True:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        if port not in USED:
            USED.add(port)
            return port


class Listener:
    """One input's options. Those that it does not have are the program's defaults."""

    def __init__(self, rng, small):
        self.module = "imtcp" if small else rng.choice(["imtcp", "imptcp"])
        self.old = rng.random() < 0.2
        self.options, self.old_options = {}, []
        self.multi_line = self.regex = False
        if rng.random() < 0.35:
            self.set("supportOctetCountedFraming", rng.choice(["on", "off"]), "SupportOctetCountedFraming")
        if rng.random() < 0.4:
            self.set("addtlFrameDelimiter", rng.choice(["0", "59", "7", "200"]), "AddtlFrameDelimiter")
        if self.module == "imtcp" and rng.random() < 0.2:
            self.set("disableLFDelimiter", "on", "DisableLFDelimiter")
        if self.old:
            return
        if rng.random() < 0.3:
            self.set("maxFrameSize", rng.choice(["15", "50", "8192", "500000"]))
        if rng.random() < 0.3:
            self.set("framingFix.cisco.asa", "on")
        if small and rng.random() < 0.3:
            self.set("discardTruncatedMsg", "on")
        if self.module == "imptcp":
            kind = rng.random()
            self.multi_line, self.regex = kind < 0.2, 0.2 <= kind < 0.4
            if self.multi_line:
                self.set("multiLine", "on")
            if self.regex:
                self.set("framing.delimiter.regex", rng.choice(["^<[0-9]{1,3}>", "^<[[:digit:]]{2}>h"]))

    def set(self, name, value, old=None):
        self.options[name] = value
        if old:
            self.old_options.append((old, value))

    def text(self, number, port):
        if not self.old:
            words = "".join(' %s="%s"' % option for option in self.options.items())
            return 'input(type="%s" port="%d" address="127.0.0.1" ruleset="r%d"%s)\n' % (self.module, port, number, words)
        prefix = "$InputTCPServer" if self.module == "imtcp" else "$InputPTCPServer"
        lines = ["$ResetConfigVariables"] + ["%s%s %s" % (prefix, name, value) for name, value in self.old_options]
        return "\n".join(lines + ["%sBindRuleset r%d" % (prefix, number), "%sRun %d" % (prefix, port)]) + "\n"

    def __str__(self):
        return "%s%s %s" % (self.module, " (old syntax)" if self.old else "", self.options)

    def stream(self, rng, longest):
        """The pieces that are sent, one by one."""
        parts = [rng.choice(PIECES).replace(b"{n}", b"%d" % n) for n in range(rng.randrange(1, 40))]
        if longest and rng.random() < 0.6:
            body = bytes(rng.choice(b"abc0123 ") for _ in range(rng.randrange(longest, 4 * longest)))
            parts.insert(rng.randrange(len(parts) + 1), rng.choice([body + b"\n", b"%d " % len(body) + body]))
        if self.regex:
            parts.insert(0, b"<13>h t: first\n")
        whole = b"".join(parts)
        # Blanks in front of the rest of a long line are lost where they are skipped and octets not counted: nothing to compare. What an input does not say of
        # octets it has from the last directive of the old syntax.
        if longest and "framingFix.cisco.asa" in self.options and self.options.get("supportOctetCountedFraming") != "on":
            whole = whole.replace(b" ", b"_")
        cuts = sorted(rng.randrange(1, len(whole) + 1) for _ in range(rng.randrange(0, 8)))
        if self.multi_line:
            # It takes the end of what it reads for the end of a message: where that is chance, there is nothing to compare.
            ends = (b"\n", bytes([int(self.options.get("addtlFrameDelimiter", "10"))]))
            cuts = [c for c in cuts if whole[c - 1:c] not in ends or whole[c:c + 1] in (b"<", b"")]
        return [whole[a:b] for a, b in zip([0] + cuts, cuts + [len(whole)]) if b > a]


class Program:
    """A folder with a configuration, and the files that the listeners write."""

    def __init__(self, folder, listeners, largest):
        self.folder, self.ports = folder, []
        os.makedirs(folder)
        self.ports = [free_port() for _ in listeners]
        # The directives come first: $ResetConfigVariables takes back templates too.
        inputs = [listener.text(i, self.ports[i]) for i, listener in sorted(enumerate(listeners), key=lambda x: not x[1].old)]
        text = '$ModLoad imtcp\nmodule(load="imptcp")\n' + "".join(t for t in inputs if t.startswith("$"))
        text += 'global(workDirectory="%s"%s parser.escapeControlCharactersOnReceive="off")\n' % (folder, ' maxMessageSize="%d"' % largest if largest else "")
        text += 'main_queue(queue.workerThreads="1")\ntemplate(name="raw" type="string" string="[%rawmsg%]\\n")\n'
        for i in range(len(listeners)):
            text += 'ruleset(name="r%d") { action(type="omfile" file="%s" template="raw") }\n' % (i, self.out(i))
        text += "".join(t for t in inputs if not t.startswith("$"))
        self.conf = os.path.join(folder, "rsyslog.conf")
        with open(self.conf, "w") as f:
            f.write(text)
        self.command = ["/usr/sbin/rsyslogd", "-n", "-iNONE", "-f", self.conf]

    def out(self, number):
        return os.path.join(self.folder, "out%d" % number)

    def read(self, number):
        try:
            with open(self.out(number), "rb") as f:
                return f.read()
        except FileNotFoundError:
            return b""

    def connect(self, number):
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                c = socket.create_connection(("127.0.0.1", self.ports[number]), 10)
                c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return c
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


class Difference(Exception):
    pass


class Stream:
    """One stream on one listener, to both programs."""

    def __init__(self, rng, number, listener, alone, engine, longest):
        self.number, self.listener, self.alone, self.engine = number, listener, alone, engine
        self.pieces = listener.stream(rng, longest)
        self.place = rng.randrange(len(self.pieces) + 1)
        self.clients = [alone.connect(number), engine.connect(number)]
        self.sent = 0

    def send(self, to):
        for piece in self.pieces[self.sent:to]:
            for c, who in zip(self.clients, ("alone", "with Aeterna")):
                try:
                    c.sendall(piece)
                except OSError as e:
                    raise Difference(self.told("the connection %s ended: %s" % (who, e)))
            self.sent += 1
            time.sleep(0.02 if self.listener.multi_line else 0.002)

    def close(self):
        for c in self.clients:
            c.shutdown(socket.SHUT_WR)
        for c in self.clients:
            c.settimeout(PATIENCE)
            try:
                while c.recv(4096):
                    pass
            except OSError:
                pass
            c.close()

    def compare(self, when):
        deadline = time.monotonic() + PATIENCE
        while (one := self.alone.read(self.number)) != (other := self.engine.read(self.number)):
            if time.monotonic() > deadline:
                at = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
                raise Difference(self.told("%s the files differ at %d: %r alone, %r with Aeterna" % (when, at, one[max(0, at - 60):at + 60], other[max(0, at - 60):at + 60])))
            time.sleep(0.01)

    def told(self, what):
        return "%s\n  listener: %s\n  pieces: %r\n  sent %d, reload after %d\n  configuration: %s" % (
            what, self.listener, self.pieces, self.sent, self.place, self.engine.conf)


class Run:
    def __init__(self, aeterna, seed, folder):
        self.aeterna, self.rng, self.folder = aeterna, random.Random(seed), folder
        self.streams, self.reloads, self.processes = 0, 0, []

    def spawn(self, command, log):
        p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=open(log, "ab"), stderr=subprocess.STDOUT)
        self.processes.append(p)
        return p

    def end(self):
        for p in self.processes:
            p.send_signal(signal.SIGTERM)
        for p in self.processes:
            try:
                p.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        self.processes = []

    def configuration(self, number, left):
        """One configuration: all its listeners, in some rounds with one reload each."""
        rng, small = self.rng, self.rng.random() < 0.35
        largest = rng.choice([128, 200, 1000]) if small else None
        listeners = [Listener(rng, small) for _ in range(LISTENERS)]
        folder = os.path.join(self.folder, "c%d" % number)
        alone, engine = Program(os.path.join(folder, "alone"), listeners, largest), Program(os.path.join(folder, "engine"), listeners, largest)
        name = "difference-%d-%d" % (os.getpid(), number)
        yaml = os.path.join(folder, "aeterna.yaml")
        with open(yaml, "w") as f:
            f.write("version: v1\nservice: { name: %s, command: %s }\n" % (name, json.dumps(engine.command)))
            f.write("orchestration:\n  canary: { soak_time: 100ms, switch_timeout: 20s }\n  startup: { timeout: 60s }\n")
            f.write('observability: { metrics_port: "off" }\nhistory: { directory: %s }\n' % os.path.join(folder, "history"))
        self.spawn(alone.command, os.path.join(folder, "alone.log"))
        self.spawn([self.aeterna, "start", "-c", yaml], os.path.join(folder, "engine.log"))
        for _ in range(ROUNDS):
            if left() <= 0:
                break
            self.round(name, [(i, listener) for i, listener in enumerate(listeners)][:left()], alone, engine, largest)
        self.end()
        shutil.rmtree(folder)

    def round(self, name, listeners, alone, engine, largest):
        rng = self.rng
        streams = [Stream(rng, i, listener, alone, engine, largest) for i, listener in listeners]
        idle = rng.random() < 0.5
        for s in streams:
            s.send(s.place)
        for s in streams:
            s.compare("before the reload")
        result = []
        reload = threading.Thread(target=lambda: result.append(subprocess.run(
            [self.aeterna, "reload", "-n", name, "--wait"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)))
        reload.start()
        if idle:
            reload.join()
        for s in streams:
            s.send(len(s.pieces))
        reload.join()
        if result[0].returncode != 0:
            raise Difference("the reload failed (%d): %s%s" % (result[0].returncode, result[0].stdout, result[0].stderr))
        for s in streams:
            s.compare("after the reload")
        for s in streams:
            s.close()
        for s in streams:
            s.compare("at the end")
        self.streams += len(streams)
        self.reloads += 1


def main():
    parser = argparse.ArgumentParser(description="random streams through rsyslogd alone and with Aeterna")
    parser.add_argument("aeterna")
    parser.add_argument("--streams", type=int, default=int(os.environ.get("DIFFERENCE_STREAMS", "1000")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("DIFFERENCE_SEED", str(random.randrange(1 << 31)))))
    parser.add_argument("--seconds", type=float, default=float("inf"), help="no new streams after so long")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="aeterna-difference-")
    os.chmod(folder, 0o755)
    run, began, number = Run(os.path.abspath(options.aeterna), options.seed, folder), time.monotonic(), 0

    def left():
        return options.streams - run.streams if time.monotonic() - began < options.seconds else 0
    try:
        while left() > 0:
            run.configuration(number, left)
            number += 1
    except Difference as e:
        print("DIFFERENCE with --seed %d after %d streams: %s" % (options.seed, run.streams, e), flush=True)
        print("  kept: %s" % folder, flush=True)
        return 1
    finally:
        run.end()
    shutil.rmtree(folder)
    print("%d streams, %d configurations, %d reloads, seed %d: no difference" % (run.streams, number, run.reloads, options.seed), flush=True)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
