#!/usr/bin/env bash
# Makes out/Aeterna/VERSION: the PowerShell module with engines that need no .NET on the machine. Copying that folder is the whole
# installation. Beside it goes a package for Install-Module and Save-Module from a local repository.
set -euo pipefail
cd "$(dirname "$0")/.."

export DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
version=$(sed -n 's/.*<Version>\(.*\)<\/Version>.*/\1/p' Directory.Build.props)
out=out/Aeterna/$version
project=src/Aeterna.Engine/Aeterna.Engine.csproj

rm -rf out/Aeterna "out/Aeterna.$version.nupkg"
mkdir -p "$out/engine"
cp -R bin/module/. "$out/"
rm -f "$out"/*.pdb "$out/Aeterna.PowerShell.xml"
sed "s,'bin/module/,',g" Aeterna.psd1 > "$out/Aeterna.psd1"
cp LICENSE "$out/"
install -m 755 src/Aeterna.Engine/aeterna.sh "$out/engine/aeterna"

# Each engine in a folder that is named as uname -m names the machine. Trimmed: what nobody calls stays out, and the compiler refuses
# code of which it cannot tell.
for target in linux-x64=x86_64 linux-arm64=aarch64; do
    rid=${target%%=*} machine=${target#*=} log=$(mktemp)
    if ! dotnet restore "$project" -r "$rid" -p:SelfContained=true -p:PublishReadyToRun=true -p:PublishTrimmed=true -v q > "$log" 2>&1; then
        echo "WARNING: NO ENGINE FOR $rid IN THE MODULE: its runtime packs cannot be restored ($(grep -om1 'NU[0-9]*: .*' "$log" || echo 'see dotnet restore'))" >&2
        rm -f "$log"
        continue
    fi
    rm -f "$log"
    dotnet publish "$project" -c Release -r "$rid" --no-restore --self-contained true -p:PublishReadyToRun=true -p:PublishTrimmed=true \
        -p:PublishDocumentationFiles=false -p:DebugType=none -o "$out/engine/$machine" -v q -nologo
    # What only debuggers load.
    rm -f "$out/engine/$machine"/{createdump,libmscordaccore.so,libmscordbi.so,libcoreclrtraceptprovider.so}
done
if ! compgen -G "$out/engine/*/aeterna" > /dev/null; then
    echo "cannot make the module: no engine could be built (are the runtime packs of .NET 10 to be had?)" >&2
    exit 1
fi

dotnet pack src/Aeterna.PowerShell/Aeterna.PowerShell.csproj -c Release --no-build -o out -v q -nologo -p:OutputPath="$PWD/bin/module/" \
    -p:NoWarn=NU5100%3BNU5110%3BNU5111 -p:NuspecFile="$PWD/src/Aeterna.PowerShell/Aeterna.nuspec" -p:NuspecBasePath="$PWD/$out" -p:NuspecProperties="version=$version"

# Packing forgets which files are executable. Where the package is unpacked by root, others could not make them so.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
dotnet msbuild src/module.proj -v:q -nologo -p:Package="$PWD/out/Aeterna.$version.nupkg" -p:Folder="$folder"

# The next build of the engine is for this machine's own runtime.
dotnet restore "$project" -v q
echo "the module is $out; the package for a local repository is out/Aeterna.$version.nupkg"
