#!/usr/bin/env bash
# Runs the campaign of tests/xunit/EndToEnd/CampaignTests.cs for long: hundreds of things happen to an engine with a stock rsyslogd under load, in random
# order, and nothing may be lost. Prints what was done; ends non-zero if anything was. SOAK_ROUNDS (400: about half an hour), SOAK_SEED and SOAK_ONLY (words of what is to happen) may be set.
set -euo pipefail
cd "$(dirname "$0")/.."

tests/need.sh /usr/sbin/rsyslogd=rsyslog /usr/bin/python3=python3 /bin/kill=procps /sbin/ip=iproute2
export DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
dotnet build tests/xunit/Aeterna.Tests.csproj -m:1 -v q -nologo
export SOAK_ROUNDS=${SOAK_ROUNDS:-400} SOAK_TABLE=$PWD/out/soak.txt AETERNA_ENGINE=$PWD/bin/aeterna
mkdir -p out
rm -f "$SOAK_TABLE"
status=0
tests/apart.sh dotnet test tests/xunit/Aeterna.Tests.csproj --no-build -v q -nologo --filter "FullyQualifiedName~CampaignTests" || status=$?
[[ ! -s $SOAK_TABLE ]] || cat "$SOAK_TABLE"
exit $status
