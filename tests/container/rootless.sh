#!/usr/bin/env bash
# rootless.sh FOLDER COMMAND...: runs a command as process 1 of a container that an ordinary user (nobody) has made: root of a user namespace in which
# no other user is, without the right to become one, on a root directory of its own. FOLDER is at /data there and belongs to that root.
set -euo pipefail

if [[ $1 != inside ]]; then
    cp "$0" "$1/rootless.sh" # That user may have no way into the folder of this one.
    chown -R 65534:65534 "$1"
    exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs \
        unshare --user --map-root-user --pid --kill-child --fork --mount --uts --ipc --net "$1/rootless.sh" inside "$@"
fi
folder=$2
shift 2

ip link set lo up
root=$folder/root
mkdir "$root"
mount -t tmpfs -o mode=755 root "$root"
mkdir -p "$root"/{usr,etc,run,tmp,proc,dev,data,var}
for link in bin sbin lib lib64; do
    ln -s "usr/$link" "$root/$link"
done
for place in usr etc; do
    mount --rbind "/$place" "$root/$place"
done
mount --bind "$folder" "$root/data"
mount -t proc proc "$root/proc"
for node in null zero urandom; do
    touch "$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
done
exec chroot "$root" "$@"
