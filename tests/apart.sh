#!/usr/bin/env bash
# apart.sh COMMAND...: runs a command of the tests. As root it gets a network of its own, in which no other program has a port or takes
# one; a file system of its own for /run/aeterna keeps the engines of this machine out of sight. Ordinary users share the machine's.
#
# What is ignored stays ignored in all that is started: under nohup, or in a shell's background, tests of signals would fail.
set -euo pipefail
plain=(env --default-signal=INT,QUIT,HUP,TERM)

if (( EUID == 0 )) && unshare --net --mount true 2> /dev/null; then
    # One more address than 127.0.0.1: some tests are of engines that are not asked over loopback.
    exec "${plain[@]}" unshare --net --mount --propagation private bash -c '
        ip link set lo up && ip address add 192.0.2.1/32 dev lo &&
        mkdir -p /run/aeterna && mount -t tmpfs -o mode=755 tests /run/aeterna && exec "$@"' apart "$@"
fi
exec "${plain[@]}" "$@"
