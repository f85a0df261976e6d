"""A sandbox's files over those of /etc, and a lid on the sockets that lead look-ups past them.

To be called in the mount namespace of a run. The kernel drops a bind mount, silently, when somebody
replaces the file beneath it in another namespace (a rename over /etc/hosts by an editor, over
resolv.conf by systemd-resolved or a DHCP client); so covering is made to be repeated: it sees what
is covered already and does the rest.
"""

import os
import stat
from typing import Final

from mooring.linux.launch import SETUP_FAILED, LaunchError
from mooring.linux.syscall import MS_BIND, mount

_RESOLV_CONF: Final = "resolv.conf"
_FILES: Final = (_RESOLV_CONF, "hosts", "hostname")

BYPASSES: Final = (
    "/run/nscd/socket",
    "/var/run/nscd/socket",
    "/run/systemd/resolve/io.systemd.Resolve",
    "/run/avahi-daemon/socket",
)
"""Where the C library asks daemons of the host for names instead of reading resolv.conf: nscd(8),
nss-resolve(8), nss-mdns. Something that is no socket refuses the connection, and the library goes
on to the next way it knows."""


def cover(directory: str) -> None:
    """Bind the three files of ``directory`` over those of /etc, and mask the sockets of the host.

    A symbolic link is followed: what programs read in the end is covered. A file that the host does
    not have is left out, but for resolv.conf. Raises ``LaunchError``.
    """
    for name in _FILES:
        target = os.path.realpath(f"/etc/{name}")
        if os.path.exists(target):
            _bind(os.path.join(directory, name), target)
        elif name == _RESOLV_CONF:
            raise _no_resolv_conf(target)
    for path in BYPASSES:
        if _is_socket(path):
            _bind(os.devnull, os.path.realpath(path))


def _bind(source: str, target: str) -> None:
    try:
        if not os.path.samefile(source, target):
            mount(source, target, flags=MS_BIND)
    except OSError as error:
        raise LaunchError(
            SETUP_FAILED, f"cannot bind {source} over {target}: {error.strerror}"
        ) from error


def _no_resolv_conf(target: str) -> LaunchError:
    path = f"/etc/{_RESOLV_CONF}"
    broken = f"{path} is a link to {target}, and that does not exist"
    return LaunchError(
        SETUP_FAILED,
        broken if os.path.islink(path) else f"{path} does not exist on this machine",
        f"make an empty file to put the sandbox's own over: touch {target}",
    )


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        return False
