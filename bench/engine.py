#!/usr/bin/env python3
"""engine.py NAME=PROGRAM...: what an engine costs, for each of some builds of it: its memory when idle, and how long the commands take with a
stock rsyslogd. Medians, with the slowest in brackets."""
import json, os, pathlib, shutil, socket, statistics, subprocess, sys, tempfile, time

ROUNDS = 15


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def timed(*command):
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begun) * 1000


def measure(program, folder):
    name = f"bench-{os.getpid()}"
    rules, file = folder / "rsyslog.conf", folder / "aeterna.yaml"
    rules.write_text(
        f'global(workDirectory="{folder}")\nmodule(load="imtcp")\n'
        f'input(type="imtcp" address="127.0.0.1" port="{free_port()}")\naction(type="omfile" file="{folder}/out")\n')
    file.write_text(
        f'version: "v1"\nservice: {{ name: "{name}", command: ["/usr/sbin/rsyslogd", "-n", "-f", "{rules}"] }}\n'
        f'observability: {{ metrics_port: "off" }}\nhistory: {{ directory: "{folder}/history" }}\n')
    times = {"check": [], "start --detach, until rsyslogd serves": [], "status": []}
    memory, descriptors = [], []
    for _ in range(ROUNDS):
        times["check"].append(timed(program, "check", "-c", str(file)))
        times["start --detach, until rsyslogd serves"].append(timed(program, "start", "-c", str(file), "--detach"))
        for _ in range(3):
            times["status"].append(timed(program, "status", "-n", name))
        pid = json.loads(subprocess.run([program, "status", "-n", name, "--json"], check=True, capture_output=True).stdout)["engine_pid"]
        memory.append(int(next(l for l in open(f"/proc/{pid}/status") if l.startswith("VmRSS")).split()[1]) / 1024)
        descriptors.append(len(os.listdir(f"/proc/{pid}/fd")))
        subprocess.run([program, "stop", "-n", name], check=True, stdout=subprocess.DEVNULL)
    for what, values in times.items():
        yield what, f"{statistics.median(values):8.1f} ms  ({max(values):.1f})"
    yield "resident, idle", f"{statistics.median(memory):8.1f} MB  ({max(memory):.1f})"
    yield "descriptors, idle", f"{statistics.median(descriptors):8.0f}     ({max(descriptors)})"


for build in sys.argv[1:]:
    label, program = build.split("=", 1)
    place = pathlib.Path(tempfile.mkdtemp(prefix="aet-"))
    try:
        for what, value in measure(program, place):
            print(f"{label + ': ' + what:<58} {value}", flush=True)
    finally:
        shutil.rmtree(place)
