"""The three ways in which a program is replaced: by Aeterna, by its own way, and by a plain restart."""
import contextlib
import json
import os
import signal
import subprocess
import time

ROUNDS = 3


def until(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(Exception):
            if condition():
                return
        time.sleep(0.05)
    raise TimeoutError(f"waited {seconds} s in vain: {what}")


def answers(program):
    connection = program.connect(2)
    with contextlib.closing(connection):
        program.ask(connection, "0-0")
    return True


def more_asked(load, count=60):
    """Waits until the clients have gone on: the load says when, not the clock."""
    begin = load.snapshot()
    until("the clients go on", lambda: load.snapshot() >= begin + count, 120)


class ByAeterna:
    """A service of its own engine; three reloads and one that is rolled back."""

    def __init__(self, aeterna, program, soak):
        self.aeterna, self.program = aeterna, program
        self.name = f"matrix-{program.name}"[:40]
        self.records = []
        self.bad = program.path("bad")
        lines = ["version: v1", "service:", f"  name: {self.name}", f"  command: {json.dumps(program.command())}"]
        if program.environment():
            lines.append(f"  env: {json.dumps(program.environment())}")
        if program.user():
            lines.append(f"  user: {program.user()}")
        drain = f"timeout: {program.drain}" + (f", signal: {program.signal}" if program.signal else "")
        lines += [
            "orchestration:",
            "  canary:", f"    soak_time: {soak}",
            f"    health_check: {{ command: [/usr/bin/test, '!', -e, {self.bad}], interval: 200ms, failure_threshold: 1 }}",
            f"  drain: {{ {drain} }}",
            "observability: { metrics_port: 'off' }",
            f"history: {{ directory: {program.path('history')} }}", ""]
        self.config = program.write("aeterna.yaml", "\n".join(lines))

    def call(self, *words):
        ended = subprocess.run([self.aeterna, *words], capture_output=True, text=True, timeout=300, check=False)
        return ended.returncode, (ended.stdout + ended.stderr).strip()

    def start(self):
        code, said = self.call("start", "-c", self.config, "--detach")
        if code != 0:
            raise RuntimeError(f"cannot start: {said}")

    def newest(self):
        found = json.loads(self.call("history", "-n", self.name, "--json", "--limit", "1")[1])
        return found[0] if isinstance(found, list) else found

    def replace(self, load):
        for number in range(ROUNDS + 1):
            more_asked(load)
            rolled_back = number == ROUNDS
            if rolled_back:
                with open(self.bad, "w", encoding="utf-8"):
                    pass
            self.call("reload", "-n", self.name, "--wait")
            self.records.append(self.newest())
            more_asked(load)
        os.unlink(self.bad)

    def verdicts(self):
        return [r["verdict"] for r in self.records]

    def complaint(self):
        """What the first record says that did not end as it had to."""
        return next((r["message"] for r in self.records[:ROUNDS] if r["verdict"] != "succeeded"), None)

    def traffic(self):
        return self.records[0].get("traffic") or "-", self.records[0].get("traffic_reason") or ""

    def stop(self):
        with contextlib.suppress(Exception):
            self.call("stop", "-n", self.name, "--now")


class Plain:
    """The program alone."""

    def __init__(self, program):
        self.program, self.process = program, None

    def start(self):
        environment = dict(os.environ, **dict(v.split("=", 1) for v in self.program.environment()))
        user = {"user": self.program.user()} if self.program.user() else {}
        self.process = subprocess.Popen(
            self.program.command(), env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **user)
        until(f"{self.program.name} answers", lambda: answers(self.program))

    def stop(self):
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, getattr(signal, self.program.signal or "SIGTERM"))
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


class ByOwnWay(Plain):
    def replace(self, load):
        for _ in range(ROUNDS):
            more_asked(load)
            self.program.own_reload(self.process.pid)
            more_asked(load)


class ByRestart(Plain):
    def replace(self, load):
        for _ in range(ROUNDS):
            more_asked(load)
            self.stop()
            self.start()
            more_asked(load)
