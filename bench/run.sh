#!/usr/bin/env bash
# Runs the benchmarks: the engine's parts, the relay beside other programs that carry TCP, and the load generator's own (whether it reaches
# its rates, and with how much of a processor, against a plain rsyslogd; a number of an engine's benchmark means nothing where this one
# fails). With arguments only these: engine, death, spawn, bind, fuzz, state, relay.
set -euo pipefail
cd "$(dirname "$0")/.."

relay=0 engine=0 death=0 parts=()
for part in "$@"; do
    case $part in
        relay) relay=1 ;;
        engine) engine=1 ;;
        death) death=1 ;;
        *) parts+=("$part") ;;
    esac
done

export DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_NOLOGO=1
src/build.sh
if (( $# == 0 || engine )); then
    # Beside the same engine with the runtime's compiler in it, compiled ahead of time as far as that goes without a linker.
    src/engine.sh "linux-$([[ $(uname -m) == aarch64 ]] && echo arm64 || echo x64)" false out/bench/aeterna
    bench/engine.py native=bin/aeterna ReadyToRun=out/bench/aeterna
fi
if (( $# == 0 || death )); then
    bench/death.py
fi
if (( $# == 0 || ${#parts[@]} > 0 )); then
    dotnet build -c Release -m:1 -v q -nologo bench/Aeterna.Bench
    # The launcher that is measured is the one that users get.
    install -m 755 bin/aeterna bench/Aeterna.Bench/bin/Release/net10.0/aeterna
    bench/Aeterna.Bench/bin/Release/net10.0/aeterna-bench "${parts[@]}"
fi
if (( $# == 0 || relay )); then
    tests/need.sh gcc=gcc /usr/include/stdio.h=libc6-dev python3=python3 /usr/sbin/haproxy=haproxy /usr/sbin/nginx=nginx-light socat=socat \
        /usr/lib/nginx/modules/ngx_stream_module.so=libnginx-mod-stream
    bench/relay/compare.py
fi
if (( $# == 0 )); then
    dotnet build -c Release -m:1 -v q -nologo bench/Aeterna.Load
    bench/Aeterna.Load/bin/Release/net10.0/aeterna-load self-test
fi
