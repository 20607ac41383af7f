#!/usr/bin/env bash
# Builds everything with warnings as errors, checks the format, runs every test suite, and ends with one line that counts them.
set -uo pipefail
cd "$(dirname "$0")/.."

export DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
results=$PWD/out/test-results # It stays there for whoever wants to know more.
rm -rf "$results"
mkdir -p "$results"
passed=0 failed=0 skipped=0

# Who breaks a run off does not want its other half either.
trap 'kill $(jobs -p) 2> /dev/null' EXIT

# What failed is said once more at the end, where a reader of a long log looks first.
finish() {
    cat "$results"/failures.* 2> /dev/null
    echo "$passed passed, $failed failed, $skipped skipped"
    exit $(( failed > 0 ))
}

# Adds up the counters of the result files of one suite (Visual Studio's format); a suite without one has failed.
count() {
    local file counters
    file=$(find "$results" -name "$1" -print -quit)
    counters=$([[ -n $file ]] && grep -o '<Counters [^>]*>' "$file")
    if [[ -z $counters ]]; then
        failed=$(( failed + 1 ))
        return
    fi
    local total ok executed
    total=$(attribute total) executed=$(attribute executed) ok=$(attribute passed)
    passed=$(( passed + ok ))
    failed=$(( failed + executed - ok ))
    skipped=$(( skipped + total - executed ))
}

# A line for each failed test of a result file: its name, and the message it failed with.
failures() {
    find "$results" -name "$1" -exec python3 -c '
import sys, xml.etree.ElementTree as tree
space = {"t": "http://microsoft.com/schemas/VisualStudio/TeamTest/2010"}
for result in tree.parse(sys.argv[1]).iterfind(".//t:UnitTestResult[@outcome=\"Failed\"]", space):
    message = result.findtext(".//t:Message", "it said nothing", space)
    frames = [line.strip() for line in result.findtext(".//t:StackTrace", "", space).split("\n") if line.strip()] or [""]
    print("FAILED:", result.get("testName"), "|", " / ".join(message.split("\n"))[:800], "|", " / ".join(frames[:3])[:600], "|", frames[-1].split(" in ")[-1])
' {} \;
}

attribute() {
    sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<< "$counters"
}

tests/need.sh zsh=zsh fish=fish groff=groff-base /usr/sbin/rsyslogd=rsyslog /usr/sbin/nginx=nginx-light gcc=gcc pkg-config=pkgconf node=nodejs pip3=python3-pip /usr/include/stdio.h=libc6-dev \
    /usr/bin/python3=python3 /bin/kill=procps /usr/bin/setpriv=util-linux /usr/sbin/haproxy=haproxy /usr/bin/curl=curl \
    /sbin/ip=iproute2 /usr/bin/redis-server=redis-server /usr/sbin/apache2=apache2 /usr/bin/gunicorn=gunicorn \
    /usr/bin/g++=g++ /usr/include/boost/asio.hpp=libboost-dev /lib/systemd/systemd=systemd rpmbuild=rpm logrotate=logrotate \
    ansible-playbook=ansible-core openssl=openssl || { failed=1; finish; }

echo "building"
# The engine that ships meanwhile: compiling it ahead of time has folders of its own.
src/build.sh engine > "$results/said.engine" 2>&1 &
engine=$!
dotnet build Aeterna.sln -m:1 -v q -nologo || { failed=1; finish; }

echo "checking the format"
# Only white space: style and analyzers were the build's, and take minutes here.
if ! dotnet format whitespace Aeterna.sln --verify-no-changes --no-restore; then
    echo "cannot accept the format: see above (run \"dotnet format whitespace\")" >&2
    failed=$(( failed + 1 ))
fi

wait "$engine"
built=$?
cat "$results/said.engine"
(( built == 0 )) && src/build.sh module && src/module.sh --here || { failed=$(( failed + 1 )); finish; }
# The tests that start an engine start the one that ships.
export AETERNA_ENGINE=$PWD/bin/aeterna

# An edit that does not fit any more would find nothing.
tests/mutants/mutants.py --check || failed=$(( failed + 1 ))

# Not beside the other suite: what is tested there under load, and alone, would share the processors.
echo "running the Pester suite"
if tests/pester.sh "$results"; then
    for counts in "$results"/pester.*; do
        read -r ok bad left < "$counts"
        passed=$(( passed + ok )) failed=$(( failed + bad )) skipped=$(( skipped + left ))
    done
else
    failed=$(( failed + 1 ))
fi

echo "running the xunit suite"
before=$failed
tests/apart.sh dotnet test tests/xunit/Aeterna.Tests.csproj --no-build -v q -nologo --results-directory "$results" \
    --blame-hang-timeout 4m --blame-hang-dump-type none \
    --logger "trx;LogFileName=xunit.trx" ${TEST_FILTER:+--filter "$TEST_FILTER"}
status=$?
count xunit.trx
failures xunit.trx > "$results/failures.xunit"
if (( status != 0 && failed == before )); then
    failed=1
fi

finish
