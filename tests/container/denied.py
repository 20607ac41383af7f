#!/usr/bin/python3
"""denied.py CAPABILITIES COMMAND...: becomes the command, with a filter that denies the system calls that the default profile of containers denies to who
has these capabilities and not CAP_SYS_ADMIN, as far as an engine or its services might call them."""
import ctypes
import os
import platform
import struct
import sys

EPERM, ENOSYS = 1, 38
# Name: number on x86-64, on arm64, and what it fails with.
ALWAYS = {
    "unshare": (272, 97, EPERM), "setns": (308, 268, EPERM), "mount": (165, 40, EPERM), "umount2": (166, 39, EPERM), "bpf": (321, 280, EPERM),
    "perf_event_open": (298, 241, EPERM), "userfaultfd": (323, 282, EPERM), "keyctl": (250, 219, EPERM), "fanotify_init": (300, 262, EPERM),
    "open_by_handle_at": (304, 265, EPERM), "syslog": (103, 116, EPERM), "clone3": (435, 435, ENOSYS), "io_uring_setup": (425, 425, EPERM),
}
UNTRACED = {
    "pidfd_getfd": (438, 438, EPERM), "kcmp": (312, 272, EPERM), "process_madvise": (440, 440, EPERM),
    "process_vm_readv": (310, 270, EPERM), "process_vm_writev": (311, 271, EPERM),
}
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL = 0x7FFF0000, 0x00050000
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2


def main(arguments):
    capabilities, *command = arguments
    column = 0 if platform.machine() == "x86_64" else 1
    calls = {**ALWAYS, **({} if "sys_ptrace" in capabilities else UNTRACED)}
    filter_ = struct.pack("HBBI", LOAD, 0, 0, 0)
    for call in calls.values():
        filter_ += struct.pack("HBBI", EQUAL, 0, 1, call[column]) + struct.pack("HBBI", RETURN, 0, 0, FAIL | call[2])
    filter_ += struct.pack("HBBI", RETURN, 0, 0, ALLOW)
    instructions = ctypes.create_string_buffer(filter_, len(filter_))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(filter_) // 8, ctypes.addressof(instructions)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        sys.exit(f"cannot deny calls: {os.strerror(ctypes.get_errno())}")
    os.execvp(command[0], command)


main(sys.argv[1:])
