"""The matrix as text: a line for each program while it runs, and the document."""

HEAD = """# Programs

Daemons of Debian's packages (and five small servers), as `make matrix` tried them on the machine that wrote this page. Each was asked by
eight clients: three connect anew for each request, five keep their connection. Under that load it was reloaded three times by Aeterna with
`canary.traffic: auto`, then once more with a health check that fails, so that the reload is rolled back; beside it, three times by
its own way to reload, and three times by a plain stop and start.

- *failed*: requests that got no good answer: refused, reset, closed in the middle, or not answered in 20 s. *Cut* are those of them that were
  under way on a kept connection when that was closed.
- *longest*: the longest time that a client waited for an answer, reconnecting included.
- *lost*: writes that had been acknowledged and were not there in the end (programs that keep data).
- *closed*: kept connections that the program closed between two requests; clients connect anew, and nothing failed. *Asked again*: the
  same, just as a `GET` came, which clients then ask on a new connection (RFC 9110, 9.2.2).

`aeterna check` warns of the programs under [What cannot be had](#what-cannot-be-had).

| program | `auto` takes | by Aeterna: failed, longest, lost | its own way: failed, longest, lost | restart: failed, longest, lost |
|---|---|---|---|---|
"""


def cell(result):
    if result is None:
        return "-"
    if "error" in result:
        return f"could not be tried: {result['error'][:120]}"
    lost = "" if result["missing"] is None else f", {result['missing']} lost"
    apart = "".join(f", {result[what]} {word}" for what, word in (("cut", "cut"), ("closed", "closed"), ("again", "asked again")) if result[what])
    return f"{result['failed'] + result['cut']} of {result['asked']}, {result['longest'] * 1000:.0f} ms{lost}{apart}"


def traffic(row):
    got = row["aeterna"]
    return "-" if "error" in got else f"`{got['traffic']}`"


def verdicts(row):
    got = row["aeterna"]
    if "error" in got or got["verdicts"] == ["succeeded"] * 3 + ["rolled_back"]:
        return ""
    return " (verdicts: " + ", ".join(str(v) for v in got["verdicts"]) + ")"


def line(row):
    own = f"{row['own']}: {cell(row['own_way'])}" if row["own"] else "it has none"
    return f"| {row['name']} | {traffic(row)} | {cell(row['aeterna'])}{verdicts(row)} | {own} | {cell(row['restart'])} |"


def document(rows):
    reasons = [f"- **{r['name']}**: `{r['aeterna']['traffic']}`, {r['aeterna']['why']}." for r in rows if r["aeterna"].get("why")]
    notes = [f"- **{r['name']}**: {r['note']}" for r in rows if r["note"]]
    text = HEAD + "\n".join(line(r) for r in rows) + "\n"
    if reasons:
        text += "\n## Why `auto` takes what it takes\n\n" + "\n".join(reasons) + "\n"
    if notes:
        text += "\n## What cannot be had\n\n" + "\n".join(notes) + "\n"
    return text
