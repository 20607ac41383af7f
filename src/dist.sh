#!/usr/bin/env bash
# dist.sh [FOLDER]: makes packages of what "make build" has made, for this machine's processor: aeterna_VERSION_ARCH.deb and aeterna-VERSION-1.ARCH.rpm,
# in out/ or the folder. What runs is not touched by their installation or removal: whoever wants the new engine starts the service's unit anew.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-out}

tests/need.sh dpkg-deb=dpkg rpmbuild=rpm
version=$(sed -n 's/.*<Version>\(.*\)<\/Version>.*/\1/p' Directory.Build.props)
case $(uname -m) in
    x86_64) debian=amd64 ;;
    aarch64) debian=arm64 ;;
    *) echo "cannot make packages: Aeterna knows x86-64 and arm64, and this is $(uname -m)" >&2; exit 1 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

src/install.sh "$work/deb" /usr
rm "$work/deb/usr/share/aeterna/installed" # The package's own list is the list.
rmdir "$work/deb/usr/share/aeterna"
cp -R "$work/deb" "$work/rpm"

mkdir -p "$work/deb/DEBIAN"
size=$(du -sk --exclude=DEBIAN "$work/deb" | cut -f1)
sed "s/@VERSION@/$version/; s/@ARCH@/$debian/; s/@SIZE@/$size/" src/package/control > "$work/deb/DEBIAN/control"
install -m 755 src/package/postinst "$work/deb/DEBIAN/postinst"
install -m 755 src/package/postrm "$work/deb/DEBIAN/postrm"
(cd "$work/deb" && find usr -type f -print0 | sort -z | xargs -0 md5sum) > "$work/deb/DEBIAN/md5sums"
dpkg-deb --root-owner-group -Zgzip --build "$work/deb" "$out/aeterna_${version}_$debian.deb" > /dev/null

# The same files and the same hooks.
{
    sed "s/@VERSION@/$version/" src/package/aeterna.spec
    printf '\n%%post\n'
    tail -n +2 src/package/postinst
    printf '\n%%postun\n'
    tail -n +2 src/package/postrm
    printf '\n%%files\n'
    (cd "$work/rpm" && find usr \( -type f -o -type l \) -printf '"/%p"\n' | sort)
} > "$work/aeterna.spec"
if ! rpmbuild -bb --quiet --buildroot "$work/root" --define "_topdir $work/top" --define "_rpmdir $work/rpms" --define "stage $work/rpm" "$work/aeterna.spec" > "$work/log" 2>&1; then
    tail -n 20 "$work/log" >&2
    echo "cannot make the rpm: see above" >&2
    exit 1
fi
cp "$work"/rpms/*/*.rpm "$out/"
echo "the packages are $out/aeterna_${version}_$debian.deb and $out/aeterna-$version-1.$(uname -m).rpm"
