#!/usr/bin/env bash
# Publishes the engine to bin/libexec, puts its starter at bin/aeterna, and the PowerShell module to bin/module.
set -euo pipefail
cd "$(dirname "$0")/.."

export DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
project=src/Aeterna.Engine/Aeterna.Engine.csproj

if ! command -v dotnet > /dev/null; then
    echo "cannot build: dotnet is not on this machine (install the .NET SDK 10, package dotnet-sdk-10.0)" >&2
    exit 1
fi

case $(uname -m) in
    x86_64) rid=linux-x64 ;;
    aarch64) rid=linux-arm64 ;;
    *) echo "cannot build: Aeterna knows x86-64 and arm64, and this is $(uname -m)" >&2; exit 1 ;;
esac

# Compiled ahead of time the engine starts in a third of the time; the compiler is a package that may not be at hand.
ahead=true
if ! dotnet restore "$project" -r "$rid" -p:PublishReadyToRun=true -v q > /dev/null 2>&1; then
    echo "building without ReadyToRun: its compiler cannot be restored (aeterna will start more slowly)" >&2
    ahead=false
    dotnet restore "$project" -r "$rid" -v q
fi

rm -rf bin/libexec
dotnet publish "$project" -c Release -r "$rid" --no-restore --self-contained false -p:PublishReadyToRun=$ahead \
    -p:PublishDocumentationFiles=false -o bin/libexec -v q -nologo
install -m 755 src/Aeterna.Engine/aeterna.sh bin/aeterna

rm -rf bin/module
dotnet build src/Aeterna.PowerShell/Aeterna.PowerShell.csproj -c Release -m:1 -o bin/module -v q -nologo
