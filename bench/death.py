#!/usr/bin/env python3
"""death.py [CONNECTIONS...]: how long clients wait when the engine is killed. All of them ask at once in the moment of its death, by relayed connections, and a server of one
thread answers. Without arguments with 1, 200 and 2500 of them. How long each has waited, over all kills: the median, the 95th percentile, and the longest."""
import json, os, pathlib, resource, selectors, shutil, socket, statistics, subprocess, sys, tempfile, time

ENGINE = pathlib.Path(__file__).resolve().parent.parent / "bin/aeterna"
KILLS = int(os.environ.get("KILLS", "20"))
PATIENCE = 60  # Seconds.
SERVER = """
import selectors, socket
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', %d)); s.listen(4096)
p = selectors.DefaultSelector(); p.register(s, selectors.EVENT_READ)
while True:
    for key, _ in p.select():
        if key.fileobj is s:
            c, _ = s.accept(); c.setblocking(False); p.register(c, selectors.EVENT_READ)
        elif data := key.fileobj.recv(65536): key.fileobj.sendall(data)
        else: p.unregister(key.fileobj); key.fileobj.close()
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ready(name):
    """The engine's process id, when it serves and is guarded."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        asked = subprocess.run([ENGINE, "status", "-n", name, "--json"], capture_output=True)
        status = json.loads(asked.stdout) if asked.returncode == 0 else {}
        if status.get("fsm_state") == "RUNNING" and (status.get("keeper") or {}).get("ready"):
            return status["engine_pid"]
        time.sleep(0.05)
    sys.exit(f"the engine does not serve within {PATIENCE} s: {asked.stdout.decode()}{asked.stderr.decode()}")


def ask_all(clients):
    """After how long each of them has its answer, in ms."""
    begun, times, waits = time.monotonic(), [], selectors.DefaultSelector()
    for client in clients:
        client.sendall(b"who\n")
        waits.register(client, selectors.EVENT_READ)
    while waits.get_map():
        answers = waits.select(PATIENCE)
        if not answers:
            sys.exit(f"{len(waits.get_map())} of {len(clients)} have no answer within {PATIENCE} s")
        for key, _ in answers:
            if not key.fileobj.recv(100):
                sys.exit("a connection has ended")
            times.append((time.monotonic() - begun) * 1000)
            waits.unregister(key.fileobj)
    waits.close()
    return times


def told(values):
    values = sorted(values)
    return "".join(f"{value:6.0f}" for value in (statistics.median(values), values[int(len(values) * 0.95)], values[-1]))


def measure(connections, folder):
    name, port, file = f"death-{os.getpid()}", free_port(), folder / "aeterna.yaml"
    file.write_text(json.dumps({
        "version": "v1",
        "service": {
            "name": name, "command": ["/usr/bin/python3", "-S", "-c", SERVER % port], "profile": "none",
            "listeners": [{"name": "lines", "address": f"tcp://127.0.0.1:{port}", "handoff": "relay", "framing": "line"}]},
        "orchestration": {"pre_flight": []}, "observability": {"metrics_port": "off"}, "history": {"directory": f"{folder}/history"}}))
    subprocess.run([ENGINE, "start", "--keeper", "-c", file, "--detach"], check=True, stdout=subprocess.DEVNULL)
    clients = []
    try:
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
        if warnings := json.loads(subprocess.run([ENGINE, "status", "-n", name, "--json"], check=True, capture_output=True).stdout)["warnings"]:
            return f"{connections:>11}   not measured: {' '.join(warnings)}"
        ask_all(clients)
        plain, deaths = [wait for _ in range(KILLS) for wait in ask_all(clients)], []
        for _ in range(KILLS):
            engine = ready(name)
            time.sleep(0.5)  # It is at rest, as on most days.
            os.kill(engine, 9)
            deaths += ask_all(clients)
        return f"{connections:>11}   {told(plain)}      {told(deaths)}"
    finally:
        for client in clients:
            client.close()
        subprocess.run([ENGINE, "stop", "-n", name, "--now"], stdout=subprocess.DEVNULL)


wanted = [int(word) for word in sys.argv[1:]] or [1, 200, 2500]
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
print("connections   undisturbed, ms         after kill -9, ms")
for many in wanted:
    place = pathlib.Path(tempfile.mkdtemp(prefix="aet-"))
    try:
        print(measure(many, place), flush=True)
    finally:
        shutil.rmtree(place)
