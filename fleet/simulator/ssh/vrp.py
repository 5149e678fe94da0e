"""Huawei VRP8: two stages, a candidate by session, `commit trial` and its confirmation.

Texts follow the command references of the NE and CloudEngine series (commands `commit`, `abort
trial`, `display configuration trial status`, `save`). What the references leave open, such as
the words for a trial of somebody else, is marked by nothing but this sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from fleet.simulator.ssh import common, ledger, vrp_shows
from fleet.simulator.ssh import configuration as conf
from fleet.simulator.ssh.common import CONFIGURING, Forms, edits, port_edits, show
from fleet.simulator.ssh.configuration import Edit, Refused
from fleet.simulator.ssh.grammar import Arg, Fault, form
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
from fleet.simulator.ssh.vrp_config import WRITER

TRIAL_S = 600
_UNCOMMITTED = (
    "Warning: Uncommitted configurations found. Are you sure to commit them before exiting?"
    " [Y(yes)/N(no)/C(cancel)]:"
)
_CHOOSE = "Error: Please choose 'YES', 'NO' or 'CANCEL' first before pressing 'Enter'. [Y/N/C]:"


def _run_trial(session: Session, args: list[Arg]) -> Reply:
    numbers = [arg for arg in args if isinstance(arg, int)]
    words = [arg for arg in args if isinstance(arg, str)]
    seconds = numbers[0] if numbers else TRIAL_S
    persist = words[0] if words else ""
    box = session.box
    _refuse_other(session)
    before = box.now()
    if not session.edits and before.trial is None:
        raise Refused("No configuration to be committed.")
    state = ledger.tried(before, session.edits, session.number, persist, box.deadline(seconds))
    box.write(state, milestone=True)
    session.edits.clear()
    return Reply(
        [
            "Info: The system enters the trial configuration mode.",
            "The system will revert to previous configuration if the trial configuration is not"
            f" confirmed in {seconds} seconds.",
        ]
    )


def _commit(session: Session, persist: str = "", label: str = "", description: str = "") -> Reply:
    box = session.box
    _refuse_other(session)
    before = box.now()
    state = ledger.committed(before, session.edits, session.number, persist)
    if state == before:
        # Nothing to commit is no error, and no word is lost on it.
        session.edits.clear()
        return NOTHING
    state = ledger.pointed(
        state, session.user, session.line, box.clock(), label=label, description=description
    )
    box.write(state, milestone=True)
    session.edits.clear()
    return NOTHING


def _refuse_other(session: Session) -> None:
    if session.box.has("other-trial"):
        raise Refused(ledger.BUSY)


def _abort(session: Session, args: list[Arg]) -> Reply:
    persist = str(args[0]) if args else ""
    ledger.aborted(session.box.now(), session.number, persist)

    def go_on() -> Reply:
        state = ledger.aborted(session.box.now(), session.number, persist)
        session.box.write(state)
        return Reply(["Info: The trial configuration rollback succeeded."])

    prompt = "Warning: The trial configuration will be rolled back. Continue? [Y/N]:"
    return Reply((), yes_no(prompt, go_on, session.dialect))


def _clear(session: Session, _args: list[Arg]) -> Reply:
    session.edits.clear()
    return NOTHING


def _save(session: Session, _args: list[Arg]) -> Reply:
    def go_on() -> Reply:
        session.box.write(ledger.saved(session.box.now()))
        return Reply(
            [
                "Now saving the current configuration to the slot 1 .",
                "Info: Save the configuration successfully.",
            ]
        )

    prompt = "Warning: The current configuration will be written to the device. Continue? [Y/N]:"
    return Reply((), yes_no(prompt, go_on, session.dialect))


def _reboot(session: Session, _args: list[Arg]) -> Reply:
    def go_on() -> Reply:
        session.box.reboot()
        return NOTHING

    prompt = "Warning: The system will reboot. Continue? [Y/N]:"
    return Reply((), yes_no(prompt, go_on, session.dialect))


def _enter_system(session: Session, _args: list[Arg]) -> Reply:
    session.view = SYSTEM
    return Reply(["Enter system view, return user view with return command."])


def _paging(session: Session, args: list[Arg]) -> Reply:
    session.paging = bool(args[0])
    return Reply(
        ["Info: The configuration takes effect on the current user terminal interface only."]
    )


def _show_candidate(session: Session, _args: list[Arg]) -> Reply:
    session.box.read()
    config = conf.applied(session.box.now().running, session.edits)
    return Reply(WRITER.document(config))


def _any_view() -> Forms:
    return [
        *common.configurations(WRITER),
        form("display configuration candidate", _show_candidate),
        form("display configuration candidate merge", _show_candidate),
        form("display configuration trial status", show(vrp_shows.trial_status)),
        form("display configuration commit list", show(vrp_shows.commits)),
        form("display configuration commit list verbose", show(vrp_shows.commits_verbose)),
        form("display version", show(vrp_shows.version)),
        form("display device manufacture-info", show(vrp_shows.manufacture)),
        form("display esn", show(vrp_shows.esn)),
        form("display clock", show(vrp_shows.clock)),
        form("display vlan", show(vrp_shows.vlan)),
        form("display interface brief", show(vrp_shows.brief)),
        form("display interface description", show(vrp_shows.descriptions)),
        form("display port vlan", show(vrp_shows.port_vlan)),
        form("display ip interface brief", show(vrp_shows.addresses)),
        form("display ip routing-table protocol static", show(vrp_shows.routes)),
        form("display ip routing-table static", show(vrp_shows.routes)),
        form("display ip routing-table", show(vrp_shows.routes)),
        form("display acl all", show(vrp_shows.acl_all)),
        form("display acl N:2000-4999", show(vrp_shows.acl_one)),
        form("display traffic-filter applied-record", show(vrp_shows.filters)),
        form("display lldp neighbor brief", show(vrp_shows.neighbours)),
        form("display lldp neighbor", show(vrp_shows.neighbours_long)),
        form("display poe power-state", show(vrp_shows.power)),
        form("display ntp status", show(vrp_shows.ntp)),
        form("display startup", show(vrp_shows.next_start)),
    ]


def _configuring() -> Forms:
    return [
        *common.navigation(),
        form("interface IFACE", common.open_interface),
        form("vlan N:1-4094", common.open_vlan),
        form("acl N:3000-3999", common.enter_acl),
        form("acl number N:3000-3999", common.enter_acl),
        form("commit", lambda s, a: _commit(s)),
        form("commit persist ID", lambda s, a: _commit(s, persist=str(a[0]))),
        form("commit label ID", lambda s, a: _commit(s, label=str(a[0]))),
        form("commit description TEXT", lambda s, a: _commit(s, description=str(a[0]))),
        form(
            "commit persist ID description TEXT",
            lambda s, a: _commit(s, persist=str(a[0]), description=str(a[1])),
        ),
        form("commit trial", _run_trial),
        form("commit trial N:60-65535", _run_trial),
        form("commit trial persist ID", _run_trial),
        form("commit trial N:60-65535 persist ID", _run_trial),
        form("abort trial", _abort),
        form("abort trial persist ID", _abort),
        form("clear configuration candidate", _clear),
    ]


def _system() -> Forms:
    return [
        *common.system_forms(),
        form("vlan batch VLANS", edits(conf.make_vlans)),
        form("undo vlan batch VLANS", edits(lambda v: conf.drop_vlans(v, "Vlanif"))),
        form("undo vlan N:1-4094", edits(lambda v: conf.drop_vlans([v], "Vlanif"))),
        form("lldp enable", edits(lambda: _lldp(True))),
        form("undo lldp enable", edits(lambda: _lldp(False))),
        form("undo acl N:3000-3999", edits(conf.drop_list)),
        form("undo acl number N:3000-3999", edits(conf.drop_list)),
        form("ntp unicast-server IP", edits(lambda ip: conf.set_ntp(ip, True))),
        form("undo ntp unicast-server IP", edits(lambda ip: conf.set_ntp(ip, False))),
    ]


def _lldp(on: bool) -> Edit:
    return lambda config: replace(config, lldp=on)


def _port() -> Forms:
    return [
        *common.port_forms(),
        form("port default vlan N:1-4094", port_edits(conf.put_in_vlan)),
        form("undo port default vlan", port_edits(lambda n: conf.put_in_vlan(n, 1))),
        form("port trunk allow-pass vlan VLANS", port_edits(lambda n, v: _allow(n, v, True))),
        form("undo port trunk allow-pass vlan VLANS", port_edits(lambda n, v: _allow(n, v, False))),
        form("traffic-filter acl N:3000-3999 inbound", port_edits(lambda n, a: _on(n, a, True))),
        form(
            "undo traffic-filter acl N:3000-3999 inbound", port_edits(lambda n, a: _on(n, a, False))
        ),
    ]


def _allow(name: str, vlans: list[int], allow: bool) -> Edit:
    return conf.allow_vlans(name, vlans, allow)


def _on(name: str, number: int, there: bool) -> Edit:
    """Unlike Comware, VRP8 takes only a list that is there."""
    put = common.filtered(name, number, there)

    def edit(config: conf.Configuration) -> conf.Configuration:
        if there and number not in config.lists:
            raise Refused("The ACL does not exist.")
        return put(config)

    return edit


def _table() -> Table:
    anywhere, configuring = _any_view(), _configuring()
    user: Forms = [
        *anywhere,
        form("system-view", _enter_system),
        form("screen-length N:0-512 temporary", _paging),
        form("save", _save),
        form("reboot", _reboot),
        form("quit", common.leave),
        form("return", lambda s, a: NOTHING),
    ]
    of_view: dict[str, Forms] = {
        "system": _system(),
        "port": _port(),
        "vlan": common.vlan_forms(),
        "acl": common.acl_forms(first=5),
    }
    return {"user": user, **{v: [*anywhere, *configuring, *of_view[v]] for v in CONFIGURING}}


@dataclass(frozen=True, slots=True)
class Vrp:
    """VRP8's language."""

    table: Table = field(default_factory=_table)
    faults: Mapping[Fault, str] = field(
        default_factory=lambda: {
            "unrecognized": "Error: Unrecognized command found at '^' position.",
            "incomplete": "Error: Incomplete command found at '^' position.",
            "wrong": "Error: Wrong parameter found at '^' position.",
            "too-many": "Error: Too many parameters found at '^' position.",
            "ambiguous": "Error: Ambiguous command found at '^' position.",
        }
    )
    banner: str = ""
    more: str = "  ---- More ----"
    screen: int = 24

    def prompt(self, session: Session) -> str:
        """`<name>`, `[~name]` or, with something uncommitted, `[*name]`."""
        name = session.box.now().running.sysname
        if session.view.kind == "user":
            return f"<{name}>"
        mark = "*" if session.edits else "~"
        return f"[{mark}{name}{_where(session.view)}]"

    def refused(self, text: str) -> str:
        """A refusal."""
        return f"Error: {text}"

    def edit(self, session: Session, edit: Edit) -> None:
        """Into the session's candidate; judged against what it would be then."""
        so_far = conf.applied(session.box.now().running, session.edits)
        if edit(so_far) != so_far:
            session.edits.append(edit)

    def parting(self, session: Session, leave: Callable[[], Reply]) -> Reply:
        """Asks first while something is uncommitted."""
        if not session.edits:
            return leave()

        def answer(words: str) -> Reply:
            word = words.strip().lower()
            if word in ("y", "yes"):
                try:
                    _commit(session)
                except Refused as error:
                    return Reply([self.refused(str(error))])
                return leave()
            if word in ("n", "no"):
                session.edits.clear()
                return leave()
            if word in ("c", "cancel"):
                return NOTHING
            return Reply((), Question(_CHOOSE, answer))

        return Reply((), Question(_UNCOMMITTED, answer))


def _where(view: View) -> str:
    if view.kind == "port":
        return f"-{view.of}"
    if view.kind == "vlan":
        return f"-vlan{view.of}"
    return f"-acl4-advance-{cast('int', view.of)}" if view.kind == "acl" else ""
