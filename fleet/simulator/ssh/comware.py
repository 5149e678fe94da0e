"""H3C Comware 7: every line at once, and a rollback point with a timer against one's own mistakes.

Texts follow the fundamentals guides of the series (commands `configuration commit delay`, `save`).
Settings made by anybody while the timer runs are taken back together; setting the timer again moves
its end and not the rollback point. Refusals of a value carry no mark of any kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from fleet.simulator.ssh import common, comware_shows, ledger
from fleet.simulator.ssh import configuration as conf
from fleet.simulator.ssh.common import CONFIGURING, Forms, edits, port_edits, show
from fleet.simulator.ssh.comware_config import WRITER
from fleet.simulator.ssh.configuration import VLAN_MAX, Edit
from fleet.simulator.ssh.grammar import Arg, Fault, form
from fleet.simulator.ssh.naming import COMWARE7
from fleet.simulator.ssh.session import (
    NOTHING,
    SYSTEM,
    Question,
    Reply,
    Session,
    Table,
    View,
    yes_no,
)

_BANNER = "\r\n".join(
    [
        "",
        "*" * 78,
        "* Copyright (c) 2004-2023 New H3C Technologies Co., Ltd. All rights reserved.*",
        "* Without the owner's prior written consent,                                 *",
        "* no decompiling or reverse-engineering shall be allowed.                    *",
        "*" * 78,
        "",
        "",
    ]
)
_SAVED = [
    "Validating file. Please wait...",
    "Saved the current configuration to mainboard device successfully.",
]


def _delay(session: Session, args: list[Arg]) -> Reply:
    box = session.box
    minutes = cast("int", args[0])
    box.write(ledger.armed(box.now(), box.deadline(60 * minutes)), milestone=True)
    return NOTHING


def _keep(session: Session, _args: list[Arg]) -> Reply:
    session.box.write(ledger.kept(session.box.now()), milestone=True)
    return NOTHING


def _save_now(session: Session) -> Reply:
    session.box.write(ledger.saved(session.box.now()))
    return Reply(_SAVED)


def _save(session: Session, _args: list[Arg]) -> Reply:
    """Three questions: whether, where, and whether over what is there."""

    def over() -> Reply:
        return _save_now(session)

    def where(_name: str) -> Reply:
        prompt = "flash:/startup.cfg exists, overwrite? [Y/N]:"
        return Reply((), yes_no(prompt, over, session.dialect))

    def sure() -> Reply:
        return Reply(
            ["Please input the file name(*.cfg)[flash:/startup.cfg]"],
            Question("(To leave the existing filename unchanged, press the enter key):", where),
        )

    prompt = "The current configuration will be written to the device. Are you sure? [Y/N]:"
    return Reply((), yes_no(prompt, sure, session.dialect))


def _reboot(session: Session, _args: list[Arg]) -> Reply:
    def go_on() -> Reply:
        session.box.reboot()
        return NOTHING

    return Reply(
        ["Start to check configuration with next startup configuration file, please wait...DONE!"],
        yes_no("This command will reboot the device. Continue? [Y/N]:", go_on, session.dialect),
    )


def _enter_system(session: Session, _args: list[Arg]) -> Reply:
    session.view = SYSTEM
    return Reply(["System View: return to User View with Ctrl+Z."])


def _vlans(session: Session, args: list[Arg]) -> Reply:
    """One VLAN is opened, several are made."""
    listed = cast("list[int]", args[0])
    if len(listed) == 1:
        return common.open_vlan(session, [listed[0]])
    return session.change(conf.make_vlans(listed))


def _paging(on: bool) -> Callable[[Session, list[Arg]], Reply]:
    def command(session: Session, _args: list[Arg]) -> Reply:
        session.paging = on
        return NOTHING

    return command


def _any_view() -> Forms:
    return [
        *common.configurations(WRITER),
        form("display version", show(comware_shows.version)),
        form("display device manuinfo", show(comware_shows.manufacture)),
        form("display clock", show(comware_shows.clock)),
        form("display vlan brief", show(comware_shows.vlan_brief)),
        form("display vlan all", show(comware_shows.vlan_all)),
        form("display interface brief", show(comware_shows.brief)),
        form("display ip interface brief", show(comware_shows.addresses)),
        form("display ip routing-table protocol static", show(comware_shows.routes_static)),
        form("display ip routing-table", show(comware_shows.routes)),
        form("display acl all", show(comware_shows.acl_all)),
        form("display acl N:2000-4999", show(comware_shows.acl_one)),
        form("display packet-filter interface", show(comware_shows.filters)),
        form("display lldp neighbor-information list", show(comware_shows.neighbours)),
        form("display poe interface", show(comware_shows.power)),
        form("display ntp-service status", show(comware_shows.ntp)),
        form("display startup", show(comware_shows.next_start)),
        form("save", _save),
        form("save force", lambda s, a: _save_now(s)),
        form("screen-length disable", _paging(False)),
        form("undo screen-length disable", _paging(True)),
    ]


def _configuring() -> Forms:
    return [
        *common.navigation(),
        form("interface IFACE", common.open_interface),
        form("vlan VLANS", _vlans),
        form("acl advanced N:3000-3999", common.enter_acl),
        form("acl number N:3000-3999", common.enter_acl),
    ]


def _system() -> Forms:
    return [
        *common.system_forms(),
        form("configuration commit", _keep),
        form("configuration commit delay N:1-65535", _delay),
        form("undo vlan VLANS", edits(lambda v: conf.drop_vlans(v, "Vlan"))),
        form("lldp global enable", edits(lambda: _lldp(True))),
        form("undo lldp global enable", edits(lambda: _lldp(False))),
        form("undo acl advanced N:3000-3999", edits(conf.drop_list)),
        form("undo acl number N:3000-3999", edits(conf.drop_list)),
        form("ntp-service enable", lambda s, a: NOTHING),
        form("ntp-service unicast-server IP", edits(lambda ip: conf.set_ntp(ip, True))),
        form("undo ntp-service unicast-server IP", edits(lambda ip: conf.set_ntp(ip, False))),
    ]


def _lldp(on: bool) -> Edit:
    return lambda config: replace(config, lldp=on)


def _port() -> Forms:
    return [
        *common.port_forms(),
        form("port access vlan N:1-4094", port_edits(conf.put_in_vlan)),
        form("undo port access vlan", port_edits(lambda n: conf.put_in_vlan(n, 1))),
        form(
            "port trunk permit vlan all",
            port_edits(lambda n: conf.allow_vlans(n, range(1, VLAN_MAX + 1), True)),
        ),
        form("port trunk permit vlan VLANS", port_edits(lambda n, v: conf.allow_vlans(n, v, True))),
        form(
            "undo port trunk permit vlan VLANS",
            port_edits(lambda n, v: conf.allow_vlans(n, v, False)),
        ),
        form(
            "packet-filter N:3000-3999 inbound",
            port_edits(lambda n, a: common.filtered(n, a, True)),
        ),
        form(
            "undo packet-filter N:3000-3999 inbound",
            port_edits(lambda n, a: common.filtered(n, a, False)),
        ),
    ]


def _table() -> Table:
    anywhere, configuring = _any_view(), _configuring()
    user: Forms = [
        *anywhere,
        form("system-view", _enter_system),
        form("reboot", _reboot),
        form("quit", common.leave),
        form("return", lambda s, a: NOTHING),
    ]
    of_view: dict[str, Forms] = {
        "system": _system(),
        "port": _port(),
        "vlan": common.vlan_forms(),
        "acl": common.acl_forms(first=0),
    }
    return {"user": user, **{v: [*anywhere, *configuring, *of_view[v]] for v in CONFIGURING}}


@dataclass(frozen=True, slots=True)
class Comware:
    """Comware 7's language."""

    table: Table = field(default_factory=_table)
    faults: Mapping[Fault, str] = field(
        default_factory=lambda: {
            "unrecognized": " % Unrecognized command found at '^' position.",
            "incomplete": " % Incomplete command found at '^' position.",
            "wrong": " % Wrong parameter found at '^' position.",
            "too-many": " % Too many parameters found at '^' position.",
            "ambiguous": " % Ambiguous command found at '^' position.",
        }
    )
    banner: str = _BANNER
    more: str = "---- More ----"
    screen: int = 24

    def prompt(self, session: Session) -> str:
        """`<name>` or `[name-where]`."""
        name = session.box.now().running.sysname
        return f"<{name}>" if session.view.kind == "user" else f"[{name}{_where(session.view)}]"

    def refused(self, text: str) -> str:
        """A refusal, in words alone."""
        return text

    def edit(self, session: Session, edit: Edit) -> None:
        """At once."""
        state = session.box.now()
        running = edit(state.running)
        if running != state.running:
            session.box.write(replace(state, running=running))

    def parting(self, session: Session, leave: Callable[[], Reply]) -> Reply:
        """Nothing is uncommitted here."""
        del session
        return leave()


def _where(view: View) -> str:
    if view.kind == "port":
        return f"-{COMWARE7.full(str(view.of))}"
    if view.kind == "vlan":
        return f"-vlan{view.of}"
    return f"-acl-ipv4-adv-{view.of}" if view.kind == "acl" else ""
