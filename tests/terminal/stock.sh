#!/usr/bin/env bash
# stock.sh COMMAND...: runs a command, as root, on what looks to it like a host without systemd on which nothing but the distribution's rsyslog is set up: a
# network, /dev/log, /etc/rsyslog.d, /run and /var/log of its own. Nothing of the machine is changed. The one thing that is not as the distribution has
# it: rsyslogd reads no messages of the kernel, which are the machine's.
set -euo pipefail
[[ ${1:-} == inside ]] || exec unshare --net --mount --propagation private --pid --fork --kill-child --mount-proc "$0" inside "$@"
shift

memory() {
    mount -t tmpfs -o "mode=${2:-755}" memory "$1"
}
ip link set lo up
memory /mnt
mkdir /mnt/dev
memory /mnt/dev
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
    IFS=: read -r name major minor <<< "$node"
    mknod -m 666 "/mnt/dev/$name" c "$major" "$minor"
done
mkdir /mnt/dev/pts /mnt/dev/shm
mount -t devpts -o newinstance,ptmxmode=666 pts /mnt/dev/pts
ln -s pts/ptmx /mnt/dev/ptmx
ln -s /proc/self/fd /mnt/dev/fd
mount --move /mnt/dev /dev
cp -a /etc /mnt/etc
sed -i /imklog/d /mnt/etc/rsyslog.conf
rm -f /mnt/etc/rsyslog.d/*
mount --bind /mnt/etc /etc
for place in /run /var/log /var/lib/aeterna /var/spool/rsyslog; do
    mkdir -p "$place"
    memory "$place"
done
exec "$@"
