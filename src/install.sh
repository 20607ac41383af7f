#!/usr/bin/env bash
# install.sh [--remove] DESTDIR PREFIX: installs what "make build" has made, with units, documents, examples, the SDKs and the PowerShell module, or removes
# what was installed there. The list of what was installed is a file of its own, so that nothing else is ever removed; a running engine goes on.
set -euo pipefail
cd "$(dirname "$0")/.."

remove=false
[[ ${1:-} != --remove ]] || { remove=true; shift; }
destdir=$1 prefix=${2%/}
root=$destdir$prefix
manifest=$root/share/aeterna/installed

# Removes what the list names, then the folders that are Aeterna's own.
removed() {
    [[ -e $manifest ]] || return 0
    local files folder
    mapfile -t files < "$manifest"
    (cd "$root" && rm -f -- "${files[@]}")
    while IFS= read -r folder; do
        case $folder in
            */[Aa]eterna | */[Aa]eterna/*) rmdir --ignore-fail-on-non-empty "$root/$folder" 2> /dev/null || true ;;
        esac
    done < <(for folder in "${files[@]}"; do
        while [[ $folder == */* ]]; do
            folder=${folder%/*}
            echo "$folder"
        done
    done | sort -ru)
}

if $remove; then
    if [[ ! -e $manifest ]]; then
        echo "cannot remove Aeterna: nothing was installed to $root ($manifest is not there)" >&2
        exit 1
    fi
    removed
    exit 0
fi

version=$(sed -n 's/.*<Version>\(.*\)<\/Version>.*/\1/p' Directory.Build.props)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
doc=$stage/share/doc/aeterna module=$stage/share/powershell/Modules/Aeterna/$version

install -D -m 755 bin/aeterna "$stage/bin/aeterna"
install -d "$stage/lib/systemd/system" "$doc"
sed "s,/usr/local,$prefix,g" "examples/systemd/aeterna@.service" > "$stage/lib/systemd/system/aeterna@.service"
cp README.md CHANGELOG.md LICENSE docs/*.md docs/aeterna.schema.json "$doc/"
cp -R examples sdk "$doc/"
find "$doc/examples" "$doc/sdk" \( -name bin -o -name obj -o -name out -o -name __pycache__ \) -prune -exec rm -rf {} +
# The module finds its engine beside it: that is the one of this installation.
mkdir -p "$module/engine/$(uname -m)"
cp -R bin/module/. "$module/"
rm -f "$module"/*.pdb "$module/Aeterna.PowerShell.xml"
sed "s,'bin/module/,',g" Aeterna.psd1 > "$module/Aeterna.psd1"
ln -s "$(realpath -m --relative-to="$module/engine/$(uname -m)" "$stage/bin/aeterna")" "$module/engine/$(uname -m)/aeterna"
# The SDK for C, as far as there is what makes a library.
if cc=${CC:-$(command -v cc || command -v clang || command -v gcc)} && command -v ar > /dev/null; then
    install -D -m 644 sdk/c/aeterna.h "$stage/include/aeterna.h"
    install -d "$stage/lib/pkgconfig"
    sed "s/@VERSION@/$version/" sdk/c/aeterna.pc > "$stage/lib/pkgconfig/aeterna.pc"
    "$cc" -std=c99 -O2 -fPIC -c sdk/c/aeterna.c -o "$stage/aeterna.o"
    ar rcs "$stage/lib/libaeterna.a" "$stage/aeterna.o"
    rm "$stage/aeterna.o"
else
    echo "the library for C programs is left out: there is no C compiler (its source is in $prefix/share/doc/aeterna/sdk/c)" >&2
fi
for shell in bash=bash-completion/completions/aeterna zsh=zsh/site-functions/_aeterna fish=fish/vendor_completions.d/aeterna.fish; do
    install -d "$(dirname "$stage/share/${shell#*=}")"
    bin/aeterna completion "${shell%%=*}" > "$stage/share/${shell#*=}"
done
install -d "$stage/share/man/man1"
bin/aeterna man > "$stage/share/man/man1/aeterna.1"
chmod -R u=rwX,go=rX "$stage"

mkdir -p "$stage/share/aeterna"
(cd "$stage" && find . \( -type f -o -type l \) -printf '%P\n'; echo share/aeterna/installed) | sort > "$stage/share/aeterna/installed"
removed # An older version may have had files that this one has not.
install -d "$root"
# A running engine keeps the file that it was started from: what is there is replaced, and never written over.
cp -R --no-preserve=ownership --remove-destination "$stage/." "$root/"
