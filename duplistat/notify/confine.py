"""What a process that runs code of others may do: call public addresses, and read what Python itself is made of.

An audit hook cannot be taken off again, so this is for a process that does nothing else. It is no wall against code
that is out to break it, but one against what an argument in an URL can make a library do.
"""

import ipaddress
import os
import sys
from pathlib import Path
from typing import Any

from duplistat.outbound import guard
from duplistat.outbound.ranges import Ranges

# Programs, other processes, changes of files, servers, and ways around this hook.
_DENIED = frozenset(
    {
        *(
            "subprocess.Popen",
            "os.system",
            "os.exec",
            "os.posix_spawn",
            "os.spawn",
            "os.startfile",
            "os.fork",
        ),
        *("os.forkpty", "pty.spawn", "os.kill", "os.killpg", "signal.pthread_kill"),
        *(
            "os.remove",
            "os.rename",
            "os.mkdir",
            "os.rmdir",
            "os.link",
            "os.symlink",
            "os.truncate",
            "os.chmod",
        ),
        *("os.chown", "os.utime", "os.setxattr", "os.removexattr", "os.chdir"),
        *("shutil.rmtree", "shutil.move", "shutil.copyfile", "tempfile.mkstemp", "tempfile.mkdtemp"),
        *("socket.bind", "sqlite3.connect", "ctypes.dlopen", "ctypes.dlsym"),
        *("syslog.syslog", "syslog.openlog", "syslog.setlogmask", "syslog.closelog"),
    }
)
_CALLING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_READABLE = (
    "/etc/ssl",
    "/usr/share/ca-certificates",
    "/usr/share/zoneinfo",
    "/etc/localtime",
    "/dev/urandom",
)


class Confinement:
    """`allow` are networks that are called although they are not public; `refused` what was tried, by event."""

    def __init__(self) -> None:
        self.allow: tuple[str, ...] = ()
        self.refused: list[str] = []
        own = Path(__file__).parents[2]
        certificates = [os.environ[name] for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if name in os.environ]
        roots = [sys.prefix, sys.base_prefix, sys.exec_prefix, str(own), *_READABLE, *certificates]
        self._roots = tuple(os.path.realpath(root) for root in roots)

    @property
    def refused_calls(self) -> bool:
        """Whether an address was not called."""
        return any(event in _CALLING for event in self.refused)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """The hook. Raises PermissionError."""
        if event == "open":
            fine = self._may_open(*args)
        elif event in _CALLING:
            fine = self._may_call(args[1])
        else:
            fine = event not in _DENIED
        if not fine:
            self.refused.append(event)
            raise PermissionError(f"{event} is not allowed here")

    def _may_open(self, path: Any, mode: Any, flags: Any) -> bool:
        if isinstance(path, int):
            return True
        writes = set(mode) & set("wax+") if isinstance(mode, str) else False
        if writes or (isinstance(flags, int) and flags & _WRITING):
            return False
        real = os.path.realpath(os.fsdecode(path))
        return any(real == root or real.startswith(root + os.sep) for root in self._roots)

    def _may_call(self, address: Any) -> bool:
        """Numbers only: a name was resolved by whoever calls, and may resolve to something else for us."""
        if address is None:
            # A socket that is connected already.
            return True
        if not isinstance(address, tuple) or not isinstance(address[0], str):
            return False
        try:
            number = ipaddress.ip_address(address[0])
        except ValueError:
            return False
        return guard.refusing(number, Ranges(allow=self.allow, public_only=True)) is None


def install(confinement: Confinement) -> None:
    """From here on, for the whole process, and for good."""
    sys.addaudithook(confinement)
