"""supervisord's configuration files (supervisord.org/configuration.html), as text."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path


def supervisord_text(folder: Path, socket: Path) -> str:
    """The main file: one unix socket, everything 0600, programs from each service's own folder.

    Absolute paths with every percent sign doubled, since what `%(here)s` stands for is expanded
    again; only `include` is relative, for it is split at spaces. As root it is told to stay root,
    which it otherwise warns about at each start.
    """
    user = "user=0\n" if os.geteuid() == 0 else ""
    return f"""\
[unix_http_server]
file={_plain(str(socket))}
chmod=0600

[supervisord]
logfile={_plain(str(folder / "supervisord.log"))}
logfile_maxbytes=1MB
logfile_backups=1
pidfile={_plain(str(folder / "supervisord.pid"))}
umask=077
minfds=64
minprocs=16
nocleanup=true
identifier=fleet
{user}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[include]
files = */*/program.conf
"""


def program_text(
    name: str, command: Sequence[str], folder: Path, log: Path, start_s: int = 1
) -> str:
    """One program: restarted whenever it ends, given up (FATAL) after six starts that fail.

    A start has failed where the program ended within `start_s` seconds.

    `log` is relative to the folder that supervisord was started in: supervisord 4.3 expands this
    one value twice, so that no escape of a percent sign survives.
    """
    return f"""\
[program:{name}]
command={_plain(shlex.join(command))}
directory={_plain(str(folder))}
autostart=true
autorestart=true
startsecs={start_s}
startretries=5
stopsignal=TERM
stopwaitsecs=5
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile={_plain(str(log))}
stdout_logfile_maxbytes=1MB
stdout_logfile_backups=1
"""


def _plain(value: str) -> str:
    # "%" begins an expansion, and " ;" a comment that would cut the value short.
    if "\n" in value or " ;" in value:
        raise ValueError(f"a path that supervisord cannot take: {value!r}")
    return value.replace("%", "%%")
