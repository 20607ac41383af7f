#!/usr/bin/env bash
# release.sh VERSION: makes a release of what is committed here: the version goes where it is written, "Unreleased" in CHANGELOG.md becomes the version with
# today's date, and a commit and a tag with the section as its text are made. Nothing leaves this machine. A refusal, and whatever fails, changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

# Where the version is written. All else (packages, module, units, --version) takes it from the first one.
places=(Directory.Build.props Aeterna.psd1 sdk/python/pyproject.toml)
files=("${places[@]}" CHANGELOG.md)

refuse() {
    echo "cannot release: $1" >&2
    exit "${2:-1}"
}

version=${1:-}
[[ -n $version && $# == 1 ]] || refuse "there has to be one version (make release VERSION=1.2.3)" 2
[[ $version =~ ^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$ ]] || refuse "\"$version\" is no version of three numbers (as in 1.2.3)" 2
git rev-parse --is-inside-work-tree > /dev/null 2>&1 || refuse "this is no git repository (release from a clone)"
changed=$(git status --porcelain)
[[ -z $changed ]] || refuse "the tree has changes (commit or stash them):"$'\n'"$changed"
! git rev-parse -q --verify "refs/tags/v$version" > /dev/null || refuse "the tag v$version is there already (choose a newer version)"

# The first heading with a version is the newest release.
last=$(sed -n 's/^## \([0-9][0-9.]*\) .*/\1/p' CHANGELOG.md | head -n 1)
if [[ -n $last && $(printf '%s\n' "$last" "$version" | sort -V | tail -n 1) != "$version" || $version == "$last" ]]; then
    refuse "$version is not newer than $last, the newest in CHANGELOG.md (choose a newer version)"
fi
section=$(sed -n '/^## Unreleased$/,/^## [0-9]/{/^## /!p}' CHANGELOG.md)
grep -q '^- ' <<< "$section" || refuse "CHANGELOG.md says nothing under \"## Unreleased\" (write what changed for those who use it, and commit that)"

back() {
    git reset -q --hard
    echo "cannot release: see above (nothing was changed)" >&2
}
trap back ERR
old=$(sed -n 's/.*<Version>\(.*\)<\/Version>.*/\1/p' Directory.Build.props)
sed -i "s,<Version>$old</Version>,<Version>$version</Version>," Directory.Build.props
sed -i "s,ModuleVersion = '$old',ModuleVersion = '$version'," Aeterna.psd1
sed -i "s,^version = \"$old\",version = \"$version\"," sdk/python/pyproject.toml
for place in "${places[@]}"; do
    grep -qF "$version" "$place" || { echo "$place does not have the version $old" >&2; false; }
done
sed -i "s/^## Unreleased$/## Unreleased\n\n## $version - $(date -u +%F)/" CHANGELOG.md
git add -- "${files[@]}"
git commit -q -m "release: $version"
# Lines of the section that begin with # are text.
trap 'git reset -q --hard HEAD~; echo "cannot release: see above (nothing was changed)" >&2' ERR
printf 'Aeterna %s\n\n%s\n' "$version" "$(sed '/./,$!d' <<< "$section")" | git tag --cleanup=whitespace -a "v$version" -F -
trap - ERR

echo "Aeterna $version is committed and tagged v$version here (git show v$version). Next: make test; make module dist for the packages; git push origin HEAD v$version."
echo "To take it back before that: git tag -d v$version && git reset --hard HEAD~"
