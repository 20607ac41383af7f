#!/usr/bin/env bash
# boot.sh FOLDER SECONDS: a real systemd as process 1 of namespaces of its own, which runs FOLDER/steps and ends. Nothing of the machine is changed by it:
# what a system writes to is in memory, /usr/local is FOLDER/usr/local, and /etc is a copy of what the steps need. All of it is killed when
# FOLDER/finished is there, or the time is over.
set -euo pipefail

if [[ ${3:-} != inside ]]; then
    folder=$1 group=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)/aeterna-test-$$
    if ! mkdir "$group" 2> /dev/null || [[ ! -e $group/cgroup.kill ]]; then
        echo "control groups (v2) cannot be made here"
        exit 1
    fi
    ended() {
        echo 1 > "$group/cgroup.kill"
        for _ in $(seq 100); do
            find "$group" -depth -type d -exec rmdir {} + 2> /dev/null && break
            sleep 0.1
        done
    }
    trap ended EXIT
    # The shell itself must not be in the group that it ends.
    bash -c 'echo $$ > "$1/cgroup.procs"; shift; exec "$@"' move "$group" \
        unshare --pid --kill-child --fork --mount --cgroup --uts --ipc --net --mount-proc "$0" "$folder" "$2" inside > "$folder/console" 2>&1 < /dev/null &
    booted=$!
    for (( i = 0; i < $2 * 10; i++ )); do
        [[ ! -e $folder/finished ]] || exit 0
        if ! kill -0 "$booted" 2> /dev/null; then
            echo "it has ended by itself"
            exit 1
        fi
        sleep 0.1
    done
    echo "it did not end within $2 s"
    exit 1
fi

mount --make-rprivate /
folder=/mnt
mount --bind "$1" $folder
mount --bind $folder/usr/local /usr/local
# Devices that the kernel has for everybody; /dev/log is the journal's.
dev=$folder/dev
mkdir "$dev"
mount -t tmpfs -o mode=755 dev "$dev"
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 kmsg:1:11; do
    IFS=: read -r name major minor <<< "$node"
    mknod -m 666 "$dev/$name" c "$major" "$minor"
done
mkdir "$dev/shm" "$dev/pts"
ln -s /proc/self/fd "$dev/fd"
mount --move "$dev" /dev
for place in /tmp /var/tmp /run /etc/systemd/system /etc/aeterna /var/lib/aeterna /var/log /var/lib/logrotate; do
    mkdir -p "$place"
    mount -t tmpfs -o mode=755 memory "$place"
done
chmod 1777 /tmp /var/tmp
for place in /etc/rsyslog.d /etc/logrotate.d; do
    copy=$(mktemp -d /tmp/XXXXXX)
    cp -a "$place/." "$copy/"
    mount --bind "$copy" "$place"
done
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
mkdir -p /run/lock /etc/systemd/system/rsyslog.service.d /etc/systemd/system/syslog.socket.d /etc/systemd/system/aeterna@rsyslogd.service.d
# Only this is started, and not what else belongs to a whole system.
cat > /etc/systemd/system/steps.target << 'E'
[Unit]
DefaultDependencies=no
Wants=systemd-journald.service steps.service
E
cat > /etc/systemd/system/steps.service << 'E'
[Unit]
DefaultDependencies=no
After=systemd-journald.service
[Service]
Type=oneshot
TimeoutStartSec=infinity
ExecStart=/mnt/steps
StandardOutput=file:/mnt/output
StandardError=file:/mnt/output
E
for unit in rsyslog.service syslog.socket aeterna@rsyslogd.service; do
    printf '[Unit]\nDefaultDependencies=no\n' > "/etc/systemd/system/$unit.d/apart.conf"
done
exec env -i PATH="$PATH" container=test /lib/systemd/systemd --system --unit=steps.target --log-target=console --show-status=no
