#!/usr/bin/env python3
"""session.py SECONDS PROGRAM ARGUMENT...: somebody at a terminal of 120 columns. Starts a shell in a pseudo-terminal, types each line of the standard input when
the shell shows its prompt, and prints as JSON, for each line, what was typed and what the screen then said. The prompt has to be "ready N> ", with N from 1
on. Fails, with what it saw, when the shell has not shown the last prompt after so many seconds."""
import fcntl, json, os, pty, re, select, struct, sys, termios, time

limit, program = time.monotonic() + float(sys.argv[1]), sys.argv[2:]
lines = [line for line in sys.stdin.read().splitlines() if line.strip()]
escapes = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|[=>78])|[\x07\x08\r]")

shell, terminal = pty.fork()
if shell == 0:
    os.environ.update(TERM="xterm", COLUMNS="120", PS1=r"ready \#> ", HISTFILE="/dev/null")
    os.execvp(program[0], program)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 120, 0, 0))

raw = b""


def said():
    return escapes.sub("", raw.decode("utf-8", "replace"))


def read(awaited):
    """Everything up to the awaited text; what asks for the cursor's place gets one, as from a terminal."""
    global raw
    while awaited not in said():
        left = limit - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            sys.exit(f"waited in vain for {awaited!r}; the screen said:\n{said()}")
        try:
            more = os.read(terminal, 65536)
        except OSError:
            sys.exit(f"the shell has ended; the screen said:\n{said()}")
        raw += more
        for _ in range(more.count(b"\x1b[6n")):
            os.write(terminal, b"\x1b[25;1R")
    before, after = said().split(awaited, 1)
    raw = after.encode()
    return before


read("ready 1> ")
screens = []
for number, line in enumerate(lines, 2):
    os.write(terminal, line.encode() + b"\r")
    screens.append({"typed": line, "said": read(f"ready {number}> ")})
os.write(terminal, b"exit\r")
json.dump(screens, sys.stdout)
