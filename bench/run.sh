#!/usr/bin/env bash
# Runs the benchmarks (with arguments, those parts of the engine alone: spawn, bind, idle, fuzz, state): the engine's parts, and the load generator's own (whether it reaches its rates, and with how much of a processor,
# against a plain rsyslogd; a number of an engine's benchmark means nothing where this one fails).
set -euo pipefail
cd "$(dirname "$0")/.."

export DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_NOLOGO=1
src/build.sh
dotnet build -c Release -m:1 -v q -nologo bench/Aeterna.Bench
dotnet build -c Release -m:1 -v q -nologo bench/Aeterna.Load

# The launcher that is measured is the one that users get, compiled ahead of time.
cp bin/libexec/aeterna bin/libexec/aeterna.dll bench/Aeterna.Bench/bin/Release/net10.0/
bench/Aeterna.Bench/bin/Release/net10.0/aeterna-bench "$@"
if (( $# == 0 )); then
    bench/Aeterna.Load/bin/Release/net10.0/aeterna-load self-test
fi
