#!/usr/bin/env python3
"""Looks for defects that no test notices. Each edit of the lists beside this is a small defect of a kind that people make. It is put into a copy of
the tree (out/mutants/tree), the engine is built, and the tests of its room are run: one that fails has noticed it.

    mutants.py [WORD...]     runs the edits whose room or sentence has one of the words (make mutants ONLY="relay broker"); without, all
    mutants.py --check       only sees whether every edit still fits the code

Verdicts are remembered in out/mutants/verdicts.json, so that a run that was broken off goes on, and a later one runs what is new: edits, changed files of
the engine, and what survived. FRESH=1 forgets them. Exit code 0: 95 of 100 were noticed, and what survived has a reason in its list.
"""
import functools, hashlib, importlib, json, os, re, shutil, signal, subprocess, sys, time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "out/mutants"
TREE = WORK / "tree"
BINARIES = TREE / "tests/xunit/bin/Debug/net10.0"
# What the engine is made of, with the file that each becomes. What is in none of them (Client, the module) is built with the engine.
ASSEMBLIES = {
    "src/Aeterna.Contract": "Aeterna.Contract.dll", "src/Aeterna.Linux": "Aeterna.Linux.dll", "src/Aeterna.Machine": "Aeterna.Machine.dll", "src/Aeterna.Engine": "aeterna.dll",
}
COMPILERS = {}
SOUND_ONES = WORK / "sound"  # The assemblies without a defect.
ROOMS = ["machine", "switch", "soak", "owed", "adopt", "upgrade", "relay", "sessions", "broker", "access", "formats", "module"]
LONGEST = 200  # Seconds that the tests of an edit may take; what hangs is noticed.
WANTED = 0.95
QUIET = {**os.environ, "DOTNET_CLI_USE_MSBUILD_SERVER": "0", "DOTNET_NOLOGO": "1", "DOTNET_CLI_TELEMETRY_OPTOUT": "1", "MSBUILDDISABLENODEREUSE": "1"}
FAST = ["-m:1", "-v", "q", "-nologo", "-p:RunAnalyzers=false", "-p:EnforceCodeStyleInBuild=false", "-p:TreatWarningsAsErrors=false", "-p:UseSharedCompilation=true"]


@dataclass(frozen=True)
class Edit:
    room: str
    says: str
    file: str
    old: str
    new: str
    tests: tuple  # Filters of dotnet test, what is quick before what is slow; or files of tests/Pester.
    survives: str | None

    @property
    def source(self):
        return (ROOT / self.file).read_text()

    @property
    def key(self):
        return hashlib.sha256("\0".join([self.file, self.old, self.new, *self.tests, self.source]).encode()).hexdigest()[:16]

    @property
    def is_pester(self):
        return self.tests[0].endswith(".ps1")

    def problem(self):
        if not (ROOT / self.file).is_file():
            return f"{self.file} is not there"
        count = self.source.count(self.old)
        return f"its old text is {count} times in {self.file}" if count != 1 else self.stray_filter()

    def stray_filter(self):
        """A filter that fits no test, told by its words: they stand nowhere in the tests."""
        names = self.tests if self.is_pester else [name for tests in self.tests for words in re.findall(r"~([\w.]+)", tests) for name in words.split(".")]
        return next((f"no test is called {name}" for name in names if name not in text_of_tests()), None)


@functools.cache
def text_of_tests():
    return "\n".join(file.read_text() for file in (ROOT / "tests/xunit").rglob("*.cs") if "obj" not in file.parts) + "\n".join(os.listdir(ROOT / "tests/Pester"))


def edits_of(room):
    module = importlib.import_module(room)
    for says, file, old, new, *more in module.EDITS:
        how = more[0] if more else {}
        tests = how.get("tests", module.TESTS)
        yield Edit(room, says, os.path.normpath(f"{module.IN}/{file}"), old, new, (tests,) if isinstance(tests, str) else tests, how.get("survives"))


def run(command, limit, cwd=TREE):
    """Output and exit code; what takes too long is killed with all that it has started, and has the code None."""
    process = subprocess.Popen(command, cwd=cwd, env=QUIET, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
    try:
        return process.communicate(timeout=limit)[0], process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()[0], None
    except KeyboardInterrupt:
        os.killpg(process.pid, signal.SIGKILL)
        raise


def must(command, what):
    output, code = run(command, 1200)
    if code != 0:
        sys.exit(f"cannot look for mutants: {what} failed\n{output[-3000:]}")


def copy_tree():
    """Only what has changed, so that builds take little."""
    listed = subprocess.run(["git", "ls-files", "-zco", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    names = {name for name in listed if name and (ROOT / name).is_file()}
    kept = WORK / "files.json"
    for gone in set(json.loads(kept.read_text()) if kept.exists() else []) - names:
        (TREE / gone).unlink(missing_ok=True)
    for name in names:
        to = TREE / name
        if not to.exists() or to.read_bytes() != (ROOT / name).read_bytes():
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to)
    kept.write_text(json.dumps(sorted(names)))


def build(project, *more):
    return run(["dotnet", "build", project, *FAST, *more], 600)


def note_compiler(folder):
    """How the build calls the compiler: called like that, it takes a third of what a build takes."""
    made(folder).unlink(missing_ok=True)  # Else the compiler would not be called.
    output, code = build(f"{folder}/{Path(folder).name}.csproj", "--no-restore", "-p:BuildProjectReferences=false", "-t:Compile", "-p:ProvideCommandLineArgs=true", "-p:SkipCompilerExecution=true", "-getItem:CscCommandLineArgs")
    if code != 0:
        sys.exit(f"cannot look for mutants: the compiler's arguments are not to be had\n{output[-3000:]}")
    arguments = [item["Identity"] for item in json.loads(output)["Items"]["CscCommandLineArgs"]]
    how = WORK / f"{Path(folder).name}.rsp"
    how.write_text("\n".join(f'"{a}"' if a[0] != "/" or " " in a else a for a in arguments if a != "/noconfig"))
    sdk = re.search(r"Base Path:\s+(\S+)", run(["dotnet", "--info"], 60)[0]).group(1)
    return ["dotnet", f"{sdk}Roslyn/bincore/csc.dll", "/shared", "/noconfig", f"@{how}"]


def made(folder):
    return TREE / folder / "obj/Debug/net10.0" / ASSEMBLIES[folder]


def build_engine(file):
    """All as it was, and the assembly of the file anew: an edit before may have been of another one."""
    for name in ASSEMBLIES.values():
        shutil.copy(SOUND_ONES / name, BINARIES)
    folder = next((folder for folder in ASSEMBLIES if file.startswith(folder + "/")), "src/Aeterna.Engine")
    output, code = run(COMPILERS[folder], 600, TREE / folder)
    if code == 0:
        shutil.copy(made(folder), BINARIES)
    return output, code


def build_module():
    return build("src/Aeterna.PowerShell/Aeterna.PowerShell.csproj", "-c", "Release", "-o", "bin/module")


def build_for(edit):
    """The engine also for the module's tests: they start it, and what is there may be of an edit before."""
    output, code = build_engine(edit.file)
    return build_module() if edit.is_pester and code == 0 else (output, code)


def prepare():
    copy_tree()
    must(["dotnet", "build", "tests/xunit/Aeterna.Tests.csproj", *FAST], "the build of the tests")
    SOUND_ONES.mkdir(exist_ok=True)
    for folder, name in ASSEMBLIES.items():
        shutil.copy(BINARIES / name, SOUND_ONES)
        COMPILERS[folder] = note_compiler(folder)
    # The module's tests start this engine.
    (TREE / "bin").mkdir(exist_ok=True)
    (TREE / "bin/aeterna").unlink(missing_ok=True)
    (TREE / "bin/aeterna").symlink_to(BINARIES / "aeterna")


def run_tests(tests, is_pester):
    """None when all tests pass, else the first one that failed: the others are left out then."""
    if is_pester:
        results = WORK / "pester"
        shutil.rmtree(results, ignore_errors=True)
        results.mkdir()
        output, code = run(["tests/pester.sh", str(results), f"tests/Pester/{tests}"], LONGEST)
        counts = [file.read_text().split() for file in results.glob("pester.*")]
        passed = code == 0 and counts and all(bad == "0" and ok != "0" for ok, bad, _ in counts)
        failed = re.search(r"\[-\] (.*?)(?: \d+.*)?$", output, re.M)
    else:
        output, code = run(
            ["tests/apart.sh", "dotnet", "test", str(BINARIES / "Aeterna.Tests.dll"), "--filter", tests, "--", "xUnit.StopOnFail=true"], LONGEST)
        passed = code == 0 and "Passed!" in output
        failed = re.search(r"^\[xUnit.net [^]]*\]\s+([^\s(]+).*\[FAIL\]", output, re.M)
        if "No test matches" in output:
            sys.exit(f"cannot judge by {tests}: no test fits it")
    return None if passed else failed.group(1) if failed else "it hung" if code is None else crash(output)


def crash(output):
    (WORK / "crash.log").write_text(output)
    return "a crash"


SOUND = set()


def must_be_sound(edit, tests):
    """A test that fails without a defect would notice everything; once it may be the machine's fault."""
    if tests not in SOUND:
        code = build_for(edit)[1]
        failed = "the build" if code != 0 else run_tests(tests, edit.is_pester) and run_tests(tests, edit.is_pester)
        if failed:
            sys.exit(f"cannot judge by {tests}: without a defect {failed} fails")
        SOUND.add(tests)


def judge(edit):
    """Who noticed the edit; None: nobody."""
    tests, by = try_out(edit)
    if tests:
        must_be_sound(edit, tests)
    return by


def try_out(edit):
    """Which of its tests noticed the edit, and the one among them that failed; twice None: nobody."""
    target = TREE / edit.file
    target.write_text(edit.source.replace(edit.old, edit.new))
    try:
        output, code = build_for(edit)
        if code != 0:
            return None, "!" + next((line for line in output.splitlines() if "error" in line), "it cannot be built")
        return next(((tests, by) for tests in edit.tests if (by := run_tests(tests, edit.is_pester))), (None, None))
    finally:
        target.write_text(edit.source)


def main(words):
    sys.path.insert(0, str(HERE))
    every = [edit for room in ROOMS for edit in edits_of(room)]
    broken = [f"\"{edit.says}\" ({edit.room}): {edit.problem()}" for edit in every if edit.problem()]
    if broken:
        sys.exit("edits of tests/mutants do not fit the code any more (mend them):\n" + "\n".join(broken))
    if words == ["--check"]:
        return 0

    edits = [edit for edit in every if not words or any(word in edit.room or word in edit.says for word in words)]
    WORK.mkdir(parents=True, exist_ok=True)
    memory = WORK / "verdicts.json"
    verdicts = json.loads(memory.read_text()) if memory.exists() and not os.environ.get("FRESH") else {}
    open_ones = [edit for edit in edits if not verdicts.get(edit.key)]
    # In turn: a run that is broken off has seen something of every room.
    places = {id(edit): index for room in ROOMS for index, edit in enumerate(e for e in open_ones if e.room == room)}
    open_ones.sort(key=lambda edit: places[id(edit)])
    if open_ones:
        TREE.mkdir(exist_ok=True)
        prepare()

    for edit in open_ones:
        began = time.monotonic()
        verdicts[edit.key] = judge(edit)
        memory.write_text(json.dumps(verdicts, indent=1))
        by = verdicts[edit.key]
        print(f"{'noticed ' if by else 'SURVIVED'} {edit.room}: {edit.says} ({time.monotonic() - began:.0f} s{', by ' + by if by else ''})", flush=True)

    unbuilt = [edit for edit in edits if (verdicts[edit.key] or "").startswith("!")]
    alive = [edit for edit in edits if verdicts[edit.key] is None]
    noticed = len(edits) - len(alive) - len(unbuilt)
    print(f"\n{noticed} of {len(edits)} defects were noticed ({100 * noticed // max(len(edits), 1)}%)")
    for edit in alive:
        print(f"survived: {edit.room}: {edit.says}: {edit.survives or 'NO REASON IS GIVEN'}")
    for edit in unbuilt:
        print(f"cannot be built: {edit.room}: {edit.says}: {verdicts[edit.key][1:]}")
    for edit in edits:
        if edit.survives and verdicts[edit.key] and edit not in unbuilt:
            print(f"noticed after all, so its reason is to go: {edit.room}: {edit.says}")
    good = not unbuilt and all(edit.survives for edit in alive) and noticed >= WANTED * len(edits)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
