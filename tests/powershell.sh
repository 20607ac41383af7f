#!/usr/bin/env bash
# Brings the PowerShell and the Pester that the tests run with, in the versions that .config/dotnet-tools.json and tests/pester.proj name:
# out/powershell/bin/pwsh and out/powershell/modules. Both are packages; nothing is installed on the machine.
set -euo pipefail
cd "$(dirname "$0")/.."

export DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
folder=$PWD/out/powershell
log=$(mktemp)
trap 'rm -f "$log"' EXIT

fetch() {
    local what=$1
    shift
    if ! "$@" > "$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "cannot run the Pester tests: $what cannot be restored (see above)" >&2
        exit 1
    fi
}

fetch PowerShell dotnet tool restore
fetch Pester dotnet restore tests/pester.proj

packages=$(dotnet nuget locals global-packages --list | sed -n 's/^global-packages: //p')
packages=${packages%/}
version() { sed -n "/\"powershell\"/,/}/ s/.*\"version\": \"\(.*\)\".*/\1/p" .config/dotnet-tools.json; }
shell=$(compgen -G "$packages/powershell/$(version)/tools/*/any/unix/pwsh.dll")
pester=$(sed -n 's/.*"Pester" Version="\[\(.*\)\]".*/\1/p' tests/pester.proj)

# The tool's own starter runs the shell as a child of a second runtime; this one becomes the shell.
rm -rf "$folder"
mkdir -p "$folder/bin" "$folder/modules/Pester"
printf '#!/bin/sh\nexec %q %q "$@"\n' "$(readlink -f "$(command -v dotnet)")" "$shell" > "$folder/bin/pwsh"
chmod 755 "$folder/bin/pwsh"
ln -s "$packages/pester/$pester/tools" "$folder/modules/Pester/$pester"
