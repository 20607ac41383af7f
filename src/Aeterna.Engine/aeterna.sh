#!/bin/sh
# Starts Aeterna's engine: finds its files, notes the descriptor limit it was started with, and makes sure of the .NET runtime.
#
# The files are in libexec/ beside this script, whatever symbolic links lead here; or in a folder named after the machine, with
# the .NET runtime.

self=$0
case $self in
    */*) ;;
    *) self=./$self ;;
esac
while [ -h "$self" ]; do
    target=$(readlink "$self")
    case $target in
        /*) self=$target ;;
        *) self=${self%/*}/$target ;;
    esac
done
engine=${self%/*}/libexec/aeterna

# The .NET runtime raises the soft limit of descriptors for itself. The service is to get the one that stands now, since some
# programs loop over all possible descriptors, or use select(2).
AETERNA_START_NOFILE=$(ulimit -S -n)
export AETERNA_START_NOFILE

# By its diagnostic socket in /tmp the runtime could be told to run other code. Told apart from a value of the user's.
if [ -z "${DOTNET_EnableDiagnostics:-}" ]; then
    AETERNA_OWN_DIAGNOSTICS=1
    DOTNET_EnableDiagnostics=0
    export AETERNA_OWN_DIAGNOSTICS DOTNET_EnableDiagnostics
fi

if [ ! -e "$engine" ] && machine=$(uname -m) && [ -x "${self%/*}/$machine/aeterna" ]; then
    exec "${self%/*}/$machine/aeterna" "$@"
fi

if [ ! -x "$engine" ]; then
    echo "cannot start aeterna: $engine is not there (run \"make build\", or install it again)" >&2
    exit 1
fi

has_runtime() {
    for version in "$1"/shared/Microsoft.AspNetCore.App/10.*; do
        [ -d "$version" ] && return 0
    done
    return 1
}

# These are where the engine's executable looks by itself.
registered=
[ -r /etc/dotnet/install_location ] && read -r registered < /etc/dotnet/install_location
for root in "${DOTNET_ROOT:-}" "$registered" /usr/share/dotnet; do
    if [ -n "$root" ] && has_runtime "$root"; then
        exec "$engine" "$@"
    fi
done

# Elsewhere it has to be told.
if dotnet=$(command -v dotnet) && dotnet=$(readlink -f "$dotnet") && has_runtime "${dotnet%/*}"; then
    # Told apart from a value of the user's, which the service inherits.
    AETERNA_OWN_DOTNET_ROOT=1 DOTNET_ROOT=${dotnet%/*} exec "$engine" "$@"
fi

echo "cannot start aeterna: the ASP.NET Core runtime 10 is not on this machine (install the package aspnetcore-runtime-10.0," \
    "see https://learn.microsoft.com/dotnet/core/install/linux, or set DOTNET_ROOT to where it is)" >&2
exit 1
