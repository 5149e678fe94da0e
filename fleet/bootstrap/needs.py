"""What the operating system must bring, checked first and named with the one command that helps.

Looked for by what is run, not by package name, so that a program installed in any way counts. The
package names are Debian's; elsewhere they say what to look for.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fleet.bootstrap.talk import Talk

MORE_PATH = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where daemons live; an ordinary user's PATH often lacks these."""

Found = Callable[[Mapping[str, str]], bool]


@dataclass(frozen=True)
class Need:
    """One thing to be brought: what it is called, its Debian package, why, and how it is seen."""

    name: str
    package: str
    why: tuple[str, str]
    found: Found


def program(name: str) -> Found:
    """Found when ``name`` can be run, also from the folders of daemons."""

    def found(environ: Mapping[str, str]) -> bool:
        path = os.pathsep.join((environ.get("PATH", os.defpath), *MORE_PATH))
        return shutil.which(name, path=path) is not None

    return found


def module(*names: str) -> Found:
    """Found when this Python has all of the standard modules that Debian packs apart."""

    def found(_environ: Mapping[str, str]) -> bool:
        return all(importlib.util.find_spec(name) is not None for name in names)

    return found


SETUP = (
    Need("git", "git", ("the checkout itself", "版本库"), program("git")),
    Need("make", "make", ("make setup, make demo, make test", "make 命令"), program("make")),
    Need(
        "python venv",
        "python3-venv",
        ("the virtual environment", "虚拟环境"),
        module("venv", "ensurepip"),
    ),
)

TESTS = (
    Need("snmpd", "snmpd", ("SNMP against net-snmp", "与 net-snmp 对测"), program("snmpd")),
    Need("snmpset", "snmp", ("a second opinion over SNMP", "SNMP 旁证"), program("snmpset")),
    Need("snmpget", "snmp", ("a second opinion over SNMP", "SNMP 旁证"), program("snmpget")),
    Need("sshd", "openssh-server", ("links over SSH", "SSH 链路"), program("sshd")),
    Need("ip", "iproute2", ("networks of their own", "独立网络空间"), program("ip")),
    Need("sipp", "sip-tester", ("SIP against SIPp", "与 SIPp 对测"), program("sipp")),
    Need("curl", "curl", ("HTTP digest against curl", "与 curl 对测"), program("curl")),
    Need("tmux", "tmux", ("the screens in a terminal", "终端界面"), program("tmux")),
    Need("openssl", "openssl", ("certificates checked", "证书旁证"), program("openssl")),
)


def missing(needs: Sequence[Need], environ: Mapping[str, str] | None = None) -> tuple[Need, ...]:
    """Those of ``needs`` that this machine does not have."""
    environ = os.environ if environ is None else environ
    return tuple(need for need in needs if not need.found(environ))


def packages(needs: Sequence[Need]) -> list[str]:
    """Debian packages of ``needs``, each once."""
    return list(dict.fromkeys(need.package for need in needs))


def command_for(needs: Sequence[Need], *, root: bool | None = None) -> str:
    """The one command that installs all of ``needs``; with sudo for an ordinary user."""
    root = os.geteuid() == 0 if root is None else root
    install = f"apt-get install -y --no-install-recommends {' '.join(packages(needs))}"
    return install if root else f"sudo {install}"


def report(needs: Sequence[Need], talk: Talk) -> bool:
    """Say what is missing and the command; True when nothing is."""
    for need in needs:
        talk.say("missing", name=need.name, why=need.why[talk.language == "zh"])
    if needs:
        talk.say("install", command=command_for(needs))
    return not needs
