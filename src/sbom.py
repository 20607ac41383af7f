#!/usr/bin/env python3
"""sbom.py FILE: what the engine is made of, as a CycloneDX bill of materials: the packages that it refers to, and the parts of .NET that the compiler puts
into it. The build has to be there (src/build.sh)."""
import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD_ONLY = "Microsoft.NET.ILLink.Tasks"
# Of what the compiler is given, the runtime packs end up in the file; the compiler itself does not.
IS_PART = ("Microsoft.NETCore.App.Runtime.", "Microsoft.AspNetCore.App.Runtime.")


def parts():
    """The runtime packs of the published engine: name and version."""
    assets = sorted(ROOT.glob("out/build/*/obj/Aeterna.Engine/project.assets.json"), key=lambda file: file.stat().st_mtime)
    if not assets:
        sys.exit("cannot say what the engine is made of: it has not been built (run make build)")
    for framework in json.loads(assets[-1].read_text())["project"]["frameworks"].values():
        for pack in framework.get("downloadDependencies", []):
            if pack["name"].startswith(IS_PART):
                yield pack["name"], pack["version"].strip("[]").split(",")[0]


def main(file):
    version = xml.parse(ROOT / "Directory.Build.props").findtext(".//Version")
    made = subprocess.run(
        ["dotnet", "tool", "run", "dotnet-CycloneDX", "--", "src/Aeterna.Engine/Aeterna.Engine.csproj", "-o", file.parent, "-fn", file.name, "-F", "Json",
         "-rs", "-dpr", "-ef", BUILD_ONLY, "-sn", "aeterna", "-sv", version],
        cwd=ROOT, capture_output=True, text=True)
    if made.returncode != 0:
        sys.exit(f"cannot say what the engine is made of: {(made.stderr or made.stdout).strip()[-500:]} (run dotnet tool restore)")
    bill = json.loads(file.read_text(encoding="utf-8-sig"))
    for name, number in parts():
        purl = f"pkg:nuget/{name}@{number}"
        bill["components"].append({
            "type": "framework", "bom-ref": purl, "name": name, "version": number, "purl": purl, "licenses": [{"license": {"id": "MIT"}}],
        })
    file.write_text(json.dumps(bill, indent=2) + "\n")


main(pathlib.Path(sys.argv[1]).resolve())
