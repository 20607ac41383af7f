#!/usr/bin/python3
"""Tries daemons under load: reloaded by Aeterna, by their own way, and by a plain restart.

matrix.py [--write docs/programs.md] [--install] [--only-aeterna] [NAME...]

As root. Prints a row for each program as it ends; with --write the document is made anew. Exit code 1 when something failed or was lost
under Aeterna beyond what the program's row says, so that a run can serve as a test."""
import argparse
import importlib
import os
import pkgutil
import shutil
import subprocess
import sys
import tempfile
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import programs  # noqa: E402
from engine import ROUNDS, ByAeterna, ByOwnWay, ByRestart  # noqa: E402
from load import KEPT, SHORT, STARTUP, Load  # noqa: E402
from program import UNPACKED  # noqa: E402
from table import document, line  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
AETERNA = os.environ.get("AETERNA", os.path.join(ROOT, "bin", "aeterna"))


def known():
    found = []
    for module in pkgutil.iter_modules(programs.__path__):
        found += importlib.import_module(f"programs.{module.name}").PROGRAMS
    return sorted(found, key=lambda p: p.name)


def measure(make, program):
    """One scenario: the load runs from before the first to after the last replacement."""
    way = make(program)
    try:
        way.start()
        load = Load(program)
        load.start()
        try:
            way.replace(load)
        finally:
            load.stop()
        return way, load, program.missing()
    finally:
        way.stop()


def attempt(kind, make):
    folder = tempfile.mkdtemp(prefix="aeterna-matrix-")
    os.chmod(folder, 0o755)
    try:
        program = kind(folder)
        program.prepare()
        way, load, missing = measure(make, program)
        result = {"asked": load.asked, "failed": sum(load.failed.values()), "cut": sum(load.cut.values()), "kinds": dict(load.failed + load.cut),
                  "longest": load.longest, "starting": load.starting(), "closed": load.closed, "again": load.again, "missing": missing}
        if isinstance(way, ByAeterna):
            result["verdicts"], result["complaint"], (result["traffic"], why) = way.verdicts(), way.complaint(), way.traffic()
            result["why"] = why.replace(folder, "FOLDER")
        return result
    except Exception as e:  # pylint: disable=broad-except
        if os.environ.get("MATRIX_TRACE"):
            traceback.print_exc()
        return {"error": str(e).replace("\n", " ").replace(folder, "FOLDER")[:300]}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def row_of(kind, only_aeterna, soak):
    return {
        "name": kind.name, "own": kind.own or kind.own_signal, "note": kind.note,
        "aeterna": attempt(kind, lambda p: ByAeterna(AETERNA, p, soak)),
        "own_way": attempt(kind, ByOwnWay) if kind.own_signal and not only_aeterna else None,
        "restart": attempt(kind, ByRestart) if not only_aeterna else None,
    }


def install(kinds):
    pairs = [f"{tool}={package}" for kind in kinds for tool, package in zip(kind.tools, kind.packages)]
    if pairs:
        subprocess.run([os.path.join(ROOT, "tests", "need.sh"), *pairs], check=True)
    for package in sorted({package for kind in kinds for package in kind.unpacked}):
        folder = os.path.join(UNPACKED, package)
        if not os.path.isdir(folder):
            with tempfile.TemporaryDirectory() as place:
                subprocess.run(["apt-get", "-q", "download", package], cwd=place, check=True, stdout=subprocess.DEVNULL)
                os.makedirs(folder)
                subprocess.run(["dpkg-deb", "-x", os.path.join(place, os.listdir(place)[0]), folder], check=True)


def worse(kind, row):
    """
    What is not as it has to be: three good reloads, one rolled back, no failed exchange, no lost write. Where connections end with their
    generation, that is five times (a rollback ends two), each client may have an exchange under way then that nobody answers.
    """
    got = row["aeterna"]
    if "error" in got:
        return got["error"]
    if got["verdicts"] != ["succeeded"] * 3 + ["rolled_back"]:
        return f"verdicts {got['verdicts']}: {got['complaint']}"
    ends = (SHORT + KEPT) * (ROUNDS + 2)
    may_fail, may_lose = (ends if kind.cut == word else 0 for word in ("fails", "is lost"))
    told = got["kinds"].get("Starting: it is starting up", 0) if kind.tells else 0
    if got["starting"] > STARTUP:
        return f"it told clients for {got['starting']:.1f} s that it is starting up"
    if got["failed"] > told or got["cut"] > may_fail or (got["missing"] or 0) > may_lose:
        return f"{got['failed']} failed, {got['cut']} cut {got['kinds']}, {got['missing']} lost"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", metavar="FILE")
    parser.add_argument("--install", action="store_true", help="bring Debian's packages first")
    parser.add_argument("--only-aeterna", action="store_true", help="leave out the other two ways")
    parser.add_argument("--soak", default="2s", metavar="TIME")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    kinds = [k for k in known() if not options.names or k.name in options.names]
    unknown = set(options.names) - {k.name for k in kinds}
    if unknown:
        parser.error(f"no such program: {', '.join(sorted(unknown))} (known: {', '.join(k.name for k in known())})")
    if options.install:
        install(kinds)
    rows, bad = [], 0
    for kind in kinds:
        row = row_of(kind, options.only_aeterna, options.soak)
        rows.append(row)
        fault = worse(kind, row)
        bad += fault is not None
        print(line(row), flush=True)
        if fault:
            print(f"  ! {kind.name}: {fault}", flush=True)
    if options.write:
        with open(options.write, "w", encoding="utf-8") as file:
            file.write(document(rows))
    print(f"{len(rows) - bad} passed, {bad} failed, 0 skipped")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
