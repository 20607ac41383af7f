#!/usr/bin/env bash
# first-screen.sh LANGUAGE SHELL ARGUMENT...: types the commands of the README's first block of that language into a shell, on what looks like a host with the
# distribution's rsyslog and nothing else (stock.sh), and prints what session.py does. Lines of the standard input come before the last command. Left out is
# "make build": it is built. AETERNA_ENGINE names the engine, else it is bin/aeterna. Its durations are such that nobody waits long, on a busy machine neither.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD language=$1
shift
engine=$(realpath "${AETERNA_ENGINE:-bin/aeterna}")
unset AETERNA_ENGINE

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/bin" "$folder/examples/rsyslogd"
ln -s "$engine" "$folder/bin/aeterna"
[[ ! -e bin/module ]] || ln -s "$root/bin/module" "$folder/bin/module"
cp -R Aeterna.psd1 en-US "$folder/"
# Every one of them has to fit: an example that reads otherwise would be tried as it is, for minutes.
sed 's/soak_time: "30s"/soak_time: "2s"\n    switch_timeout: "60s"/; s/warmup_delay: "0s"/&, timeout: "10s"/; s,/tmp/rsyslogd_srp.sock,/run/rsyslogd_srp.sock,' \
    examples/rsyslogd/aeterna.yaml > "$folder/examples/rsyslogd/aeterna.yaml"
[[ $(diff examples/rsyslogd/aeterna.yaml "$folder/examples/rsyslogd/aeterna.yaml" | grep -c '^>') == 4 ]]

mapfile -t typed < <(sed -n "/^\`\`\`$language\$/,/^\`\`\`\$/p; /^## /q" README.md | grep -v -e '^```' -e '^make build$')
mapfile -t more
{
    printf '%s\n' "${typed[@]:0:${#typed[@]}-1}"
    (( ${#more[@]} == 0 )) || printf '%s\n' "${more[@]}"
    printf '%s\n' "${typed[-1]}"
} > "$folder/typed"
cd "$folder"
"$root/tests/terminal/stock.sh" "$root/tests/terminal/session.py" 120 "$@" < "$folder/typed"
