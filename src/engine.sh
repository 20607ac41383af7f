#!/usr/bin/env bash
# engine.sh RID NATIVE FILE: publishes the engine for a platform as one file. NATIVE is true (compiled ahead of time) or false (with the
# runtime and its compiler in it, and as much compiled as can be).
set -euo pipefail
cd "$(dirname "$0")/.."
rid=$1 native=$2 file=$3

export DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
how=(-r "$rid" --self-contained true -p:PublishDocumentationFiles=false -p:DebugType=none -p:RunAnalyzers=false)
if [[ $native == true ]]; then
    how+=(-p:PublishAot=true)
else
    how+=(-p:PublishSingleFile=true -p:PublishReadyToRun=true)
fi

# In a folder of its own, since it is another restore than that of the tests' build, and for each platform another one.
work=$PWD/out/build/$rid-$native
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
dotnet publish src/Aeterna.Engine/Aeterna.Engine.csproj -c Release "${how[@]}" "${@:4}" \
    --artifacts-path "$work" -o "$folder" -v q -nologo

# By a rename: an engine that runs from the old file goes on with it.
mkdir -p "$(dirname "$file")"
install -m 755 "$folder/aeterna" "$file.new"
mv "$file.new" "$file"
