#!/usr/bin/env bash
# build.sh [engine|module]: compiles the engine ahead of time into one file, bin/aeterna, which needs nothing of .NET on the machine; and the
# PowerShell module to bin/module; or one of the two. It takes one to two minutes; AETERNA_NATIVE=0 builds sooner, for work on the code: the
# file is then larger and starts more slowly.
set -euo pipefail
cd "$(dirname "$0")/.."

export DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

if ! command -v dotnet > /dev/null; then
    echo "cannot build: dotnet is not on this machine (install the .NET SDK 10, package dotnet-sdk-10.0)" >&2
    exit 1
fi

build_engine() {
    local rid native
    case $(uname -m) in
        x86_64) rid=linux-x64 ;;
        aarch64) rid=linux-arm64 ;;
        *) echo "cannot build: Aeterna knows x86-64 and arm64, and this is $(uname -m)" >&2; exit 1 ;;
    esac

    # The linker and one header; as root they are installed.
    if [[ ${AETERNA_NATIVE:-1} == 0 ]]; then
        native=false
    elif tests/need.sh clang=clang /usr/include/zlib.h=zlib1g-dev; then
        native=true
    else
        echo "BUILDING WITHOUT AHEAD-OF-TIME COMPILATION: clang or zlib1g-dev is missing, see above. The engine will work, and start more slowly." >&2
        native=false
    fi

    src/engine.sh "$rid" "$native" bin/aeterna
}

build_module() {
    rm -rf bin/module bin/libexec
    dotnet build src/Aeterna.PowerShell/Aeterna.PowerShell.csproj -c Release -m:1 -o bin/module -v q -nologo
}

case ${1:-all} in
    engine) build_engine ;;
    module) build_module ;;
    all) build_engine; build_module ;;
    *) echo "cannot build $1: engine and module can be built" >&2; exit 2 ;;
esac
