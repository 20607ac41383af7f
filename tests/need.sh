#!/usr/bin/env bash
# need.sh PROGRAM=PACKAGE...: makes sure that programs are there. As root it installs the Debian packages of the missing ones;
# otherwise it says exactly what to install. A PROGRAM with a slash is a file.
set -euo pipefail

packages=()
for pair in "$@"; do
    program=${pair%%=*}
    case $program in
        */*) [[ -e $program ]] || packages+=("${pair#*=}") ;;
        *) command -v "$program" > /dev/null || packages+=("${pair#*=}") ;;
    esac
done
(( ${#packages[@]} > 0 )) || exit 0

if (( EUID != 0 )) || ! command -v apt-get > /dev/null; then
    echo "cannot go on: some programs are not on this machine (as root: apt-get install ${packages[*]})" >&2
    exit 1
fi

# The packages' own services must not start: they would take the ports 80 and 514. A policy that is already there stands.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' INT TERM HUP
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
echo "installing ${packages[*]}"
log=$(mktemp)
if ! { apt-get update -q && apt-get install -q -y --no-install-recommends "${packages[@]}"; } > "$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "cannot install ${packages[*]}: see above (or install them yourself)" >&2
    exit 1
fi
rm -f "$log"
