#!/usr/bin/env bash
# Runs the benchmarks: timings of the engine's parts, after the load generator's own: whether it reaches its rates, and with how much of a processor,
# against a plain rsyslogd. A number of an engine's benchmark means nothing where this one fails.
set -euo pipefail
cd "$(dirname "$0")/.."

export DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_NOLOGO=1
dotnet build -c Release -m:1 -v q -nologo bench/Aeterna.Load
bench/Aeterna.Load/bin/Release/net10.0/aeterna-load self-test
dotnet build -c Release -m:1 -v q -nologo bench/Aeterna.Bench
bench/Aeterna.Bench/bin/Release/net10.0/aeterna-bench
