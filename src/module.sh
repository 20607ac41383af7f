#!/usr/bin/env bash
# module.sh [--here]: makes out/Aeterna/VERSION: the PowerShell module with engines that need no .NET on the machine. Copying that folder is
# the whole installation. aeterna.cdx.json in it says what the engine is made of. Beside it goes a package for Install-Module and Save-Module
# from a local repository. With --here it has the engine of this machine alone, which is there already: another one takes minutes, and no test
# can run it.
set -euo pipefail
cd "$(dirname "$0")/.."

export DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
version=$(sed -n 's/.*<Version>\(.*\)<\/Version>.*/\1/p' Directory.Build.props)
out=out/Aeterna/$version

rm -rf out/Aeterna "out/Aeterna.$version.nupkg"
mkdir -p "$out/engine"
cp -R bin/module/. "$out/"
rm -f "$out"/*.pdb "$out/Aeterna.PowerShell.xml"
sed "s,'bin/module/,',g" Aeterna.psd1 > "$out/Aeterna.psd1"
cp LICENSE CHANGELOG.md "$out/"
# Each engine in a folder that is named as uname -m names the machine. This machine's is what "make build" made; the other one is
# compiled ahead of time too where there is a linker for it, else it brings the runtime and its compiler.
here=$(uname -m)
others=(x64=x86_64=amd64 arm64=aarch64=arm64)
[[ ${1:-} != --here ]] || others=()
install -D -m 755 bin/aeterna "$out/engine/$here/aeterna"
for target in ${others[@]+"${others[@]}"}; do
    IFS='=' read -r rid machine debian <<< "$target"
    [[ $machine != "$here" ]] || continue
    rid=linux-$rid log=$(mktemp)
    # clang links for every machine (the compiler calls it with --target, which gcc does not know), with the linker, start files and
    # libraries of Debian's cross packages.
    why="AETERNA_NATIVE=0 is set"
    if [[ ${AETERNA_NATIVE:-1} != 0 ]]; then
        why="its linker or its C library is missing (apt-get install clang crossbuild-essential-$debian)"
        cross=crossbuild-essential-$debian
        if tests/need.sh clang=clang "$machine-linux-gnu-ld=$cross" "/usr/$machine-linux-gnu/lib/crt1.o=$cross" 2> /dev/null; then
            if src/engine.sh "$rid" true "$out/engine/$machine/aeterna" > "$log" 2>&1; then
                echo "the engine for $machine is compiled ahead of time"
                rm -f "$log"
                continue
            fi
            why="it cannot be linked ($(grep -m1 'error' "$log" || tail -n 1 "$log"))"
        fi
    fi
    if src/engine.sh "$rid" false "$out/engine/$machine/aeterna" -p:PublishTrimmed=true > "$log" 2>&1; then
        echo "THE ENGINE FOR $machine IS NOT COMPILED AHEAD OF TIME, and starts more slowly: $why"
    else
        echo "WARNING: NO ENGINE FOR $rid IN THE MODULE: it cannot be built ($(grep -om1 'NU[0-9]*: .*' "$log" || tail -n 1 "$log"))" >&2
    fi
    rm -f "$log"
done
if ! compgen -G "$out/engine/*/aeterna" > /dev/null; then
    echo "cannot make the module: no engine could be built (are the runtime packs of .NET 10 to be had?)" >&2
    exit 1
fi

tests/need.sh python3=python3
if ! said=$(dotnet tool restore 2>&1); then
    echo "cannot make the module: the tool that says what is in the engine cannot be restored: $(tail -n 3 <<< "$said")" >&2
    exit 1
fi
src/sbom.py "$out/aeterna.cdx.json"

dotnet pack src/Aeterna.PowerShell/Aeterna.PowerShell.csproj -c Release --no-build -o out -v q -nologo -p:OutputPath="$PWD/bin/module/" \
    -p:NoWarn=NU5100%3BNU5110%3BNU5111 -p:NuspecFile="$PWD/src/Aeterna.PowerShell/Aeterna.nuspec" -p:NuspecBasePath="$PWD/$out" -p:NuspecProperties="version=$version"

# Packing forgets which files are executable. Where the package is unpacked by root, others could not make them so.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
dotnet msbuild src/module.proj -v:q -nologo -p:Package="$PWD/out/Aeterna.$version.nupkg" -p:Folder="$folder"

echo "the module is $out; the package for a local repository is out/Aeterna.$version.nupkg"
