#!/usr/bin/env bash
# box.sh CAPABILITIES COMMAND...: runs a command as process 1 of namespaces of its own, with what a container has: the capabilities of the list (as in
# "+kill,+sys_ptrace"; "default" stands for those that Docker gives), the filter of system calls that goes with them, control groups that can only be
# read, a /dev and /run of its own. The exit code is the command's.
set -euo pipefail

if [[ $1 != inside ]]; then
    exec unshare --pid --kill-child --fork --mount --uts --ipc --net --mount-proc "$0" inside "$@"
fi
capabilities=${2/default/+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap}
shift 2

mount --make-rprivate /
ip link set lo up
for place in /run /var/lib; do
    mount -t tmpfs -o mode=755 memory "$place"
done
dev=/run/dev
mkdir $dev
mount -t tmpfs -o mode=755 dev $dev
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
    IFS=: read -r name major minor <<< "$node"
    mknod -m 666 "$dev/$name" c "$major" "$minor"
done
mkdir $dev/shm
ln -s /proc/self/fd $dev/fd
mount --move $dev /dev
mount --rbind /sys /sys
while read -r _ place _; do
    [[ $place != /sys/fs/cgroup* ]] || mount -o remount,bind,ro "$place"
done < /proc/mounts

# The filter first, as by a container's runtime: with CAP_SYS_ADMIN it needs no no_new_privs.
exec "$(dirname "$0")/denied.py" "$capabilities" setpriv --inh-caps=-all --ambient-caps=-all --bounding-set="-all,$capabilities" "$@"
