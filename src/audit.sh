#!/usr/bin/env bash
# Asks the package source which of the packages, and of those that they bring, have known vulnerabilities; exit code 1 if one has.
set -euo pipefail
cd "$(dirname "$0")/.."

export DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
dotnet restore Aeterna.sln -v q -nologo
if ! said=$(dotnet list Aeterna.sln package --vulnerable --include-transitive 2>&1); then
    echo "cannot ask for vulnerabilities: $said" >&2
    exit 1
fi
echo "$said"
! grep -q 'has the following vulnerable packages' <<< "$said"
