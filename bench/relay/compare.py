#!/usr/bin/env python3
"""Compares the relay with other programs that carry TCP connections: the same source and sink, one after the other, in one run.

    bench/relay/compare.py [SECONDS [NAME...]]

SECONDS is the length of each measurement (2). NAMEs choose what is measured. Everything is on 127.0.0.1.
"""
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
IDLE = 1000
PACE = 40_000


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def listening(port):
    for _ in range(1000):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    sys.exit(f"cannot go on: nobody listens on port {port}")


def family(pid):
    """A process and all below it."""
    found = [pid]
    for each in found:
        with contextlib.suppress(OSError):  # It may have ended meanwhile.
            for task in os.listdir(f"/proc/{each}/task"):
                with open(f"/proc/{each}/task/{task}/children") as f:
                    found += [int(child) for child in f.read().split()]
    return found


def usage(pids):
    """Processor seconds and resident bytes."""
    cpu = rss = 0
    for pid in pids:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
            cpu += (int(fields[11]) + int(fields[12])) / TICKS
            rss += int(fields[21]) * PAGE
    return cpu, rss


class Setup:
    """A sink, and what lies before it."""

    def __init__(self, name, folder):
        self.name, self.folder = name, folder
        self.sink, self.port = free_port(), free_port()
        self.processes = []

    def start(self, *words, **more):
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
        self.processes.append(process)
        return process

    def write(self, name, text):
        path = os.path.join(self.folder, f"{self.name.split()[0]}-{name}")
        with open(path, "w") as f:
            f.write(text)
        return path

    def end(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            if process.poll() is None:
                process.kill()
                process.wait()


def direct(setup, tool):
    setup.port = setup.sink
    setup.start(tool, "sink", str(setup.sink))
    return lambda: []


def aeterna(setup, tool, *options):
    path = setup.write("plan.yaml", f"""
version: "v1"
service:
  name: "relay-bench-{os.getpid()}"
  command: ["{tool}", "sink", "{setup.port}"]
  limits: {{ nofile: 16384 }}
  listeners: [{{ name: "in", address: "tcp://127.0.0.1:{setup.port}", handoff: relay, framing: syslog }}]
observability: {{ metrics_port: "off", log_level: "warning" }}
history: {{ directory: "{setup.folder}" }}
""")
    started = setup.start(os.path.join(ROOT, "bin", "aeterna"), "start", "-c", path, *(options or ["--no-keeper"]))
    return lambda: engine(started.pid)


def engine(pid):
    """What carries: of a kept engine its keeper's child of that name."""
    for each in family(pid):
        with contextlib.suppress(OSError), open(f"/proc/{each}/comm") as f:
            if f.read().strip() == "aeterna":
                return [each]
    return []


def haproxy(setup, tool, splice=False):
    setup.start(tool, "sink", str(setup.sink))
    path = setup.write("haproxy.cfg", f"""
defaults
  mode tcp
  {'option splice-request' if splice else ''}
  maxconn 4000
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen in
  bind 127.0.0.1:{setup.port}
  server sink 127.0.0.1:{setup.sink}
""")
    proxy = setup.start("/usr/sbin/haproxy", "-db", "-f", path)
    return lambda: family(proxy.pid)


def nginx(setup, tool):
    setup.start(tool, "sink", str(setup.sink))
    path = setup.write("nginx.conf", f"""
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
worker_processes auto;
pid {setup.folder}/nginx.pid;
error_log /dev/null;
events {{ worker_connections 8000; }}
stream {{ server {{ listen 127.0.0.1:{setup.port}; proxy_pass 127.0.0.1:{setup.sink}; }} }}
""")
    proxy = setup.start("/usr/sbin/nginx", "-c", path)
    return lambda: family(proxy.pid)


def socat(setup, tool):
    setup.start(tool, "sink", str(setup.sink))
    # A process for each connection, whose processor time is gone with it: not told.
    setup.start("socat", "-b", "262144", f"TCP-LISTEN:{setup.port},bind=127.0.0.1,fork,reuseaddr,backlog=2000", f"TCP:127.0.0.1:{setup.sink}")
    return lambda: []


SETUPS = {
    "direct": direct,
    "aeterna (syslog framing)": aeterna,
    "aeterna, kept": lambda setup, tool: aeterna(setup, tool, "--keeper"),
    "haproxy": haproxy,
    "haproxy splice-request": lambda setup, tool: haproxy(setup, tool, splice=True),
    "nginx stream": nginx,
    "socat": socat,
}


def run(tool, *words):
    return subprocess.run([tool, *map(str, words)], check=True, capture_output=True, text=True).stdout.split()


def measure(name, tool, folder):
    setup = Setup(name, folder)
    try:
        pids = SETUPS[name](setup, tool)
        listening(setup.port)
        row, resting = [], idle(setup, tool, pids) if pids() and name != "socat" else "-"  # First: memory that was in use stays.
        for connections in (1, 50, 1000):
            if name == "socat" and connections > 50:
                row += ["-", "-"]  # A process for each connection.
                continue
            before, _ = usage(pids())
            rate = float(run(tool, "pump", setup.port, connections, SECONDS)[0])
            spent = usage(pids())[0] - before
            row += [f"{rate:.0f}", f"{spent / (rate * SECONDS / 1000):.2f}" if pids() else "-"]
        before, _ = usage(pids())
        sent = int(run(tool, "pace", setup.port, 50, SECONDS, PACE)[0])
        row.append(f"{(usage(pids())[0] - before) / sent * 1e6:.1f}" if pids() else "-")
        row += run(tool, "ping", setup.port, SECONDS)
        return [*row, resting]
    finally:
        setup.end()


def idle(setup, tool, pids):
    """Resident kB for each idle connection."""
    _, before = usage(pids())
    clients = subprocess.Popen([tool, "idle", str(setup.port), str(IDLE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    clients.stdout.readline()
    time.sleep(1)
    _, after = usage(pids())
    clients.stdin.close()
    clients.wait()
    return f"{(after - before) / IDLE / 1000:.1f}"


def main():
    titles = ["MB/s 1", "s/GB", "MB/s 50", "s/GB", "MB/s 1000", "s/GB", "µs/message", "ping p50 µs", "p99", "kB/idle"]
    print(f"{'':26}" + "".join(f"{t:>12}" for t in titles))
    with tempfile.TemporaryDirectory(prefix="aet-") as folder:
        os.chmod(folder, 0o755)
        tool = os.path.join(folder, "traffic")
        subprocess.run(["gcc", "-O2", "-o", tool, os.path.join(os.path.dirname(__file__), "traffic.c")], check=True)
        for name in sys.argv[2:] or SETUPS:
            print(f"{name:26}" + "".join(f"{cell:>12}" for cell in measure(name, tool, folder)), flush=True)


main()
