"""The commands that VRP8 and Comware 7 share, word for word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network
from typing import cast

from fleet.simulator.ssh import configuration as conf
from fleet.simulator.ssh import rules
from fleet.simulator.ssh.box import Box
from fleet.simulator.ssh.configuration import Edit, Refused
from fleet.simulator.ssh.grammar import Arg, Form, form
from fleet.simulator.ssh.session import (
    NOTHING,
    SYSTEM,
    USER,
    Command,
    Reply,
    Session,
    View,
)
from fleet.simulator.ssh.written import Writer

Forms = list[Form[Command]]
CONFIGURING = ("system", "port", "vlan", "acl")
_DESCRIPTION_MAX = 80
_NAME_MAX = 64


def edits(make: Callable[..., Edit]) -> Command:
    """A command that is one change, made of the arguments."""
    return lambda session, args: session.change(make(*args))


def port_edits(make: Callable[..., Edit]) -> Command:
    """A command that is one change of the interface in whose view it was given."""
    return lambda session, args: session.change(make(str(session.view.of), *args))


def vlan_edits(make: Callable[..., Edit]) -> Command:
    """A command that is one change of the VLAN in whose view it was given."""
    return lambda session, args: session.change(make(int(session.view.of), *args))


def show(make: Callable[..., list[str]]) -> Command:
    """A command that shows something: `make` gets the box and the arguments."""

    def command(session: Session, args: list[Arg]) -> Reply:
        session.box.read()
        return Reply(make(session.box, *args))

    return command


def configurations(writer: Writer) -> Forms:
    """What shows a configuration: what runs, one interface of it, what is saved, this view."""

    def this(session: Session, _args: list[Arg]) -> Reply:
        session.box.read()
        view = session.view
        return Reply(writer.this(session.box.now().running, view.kind, view.of))

    def interface(box: Box, name: str) -> list[str]:
        return writer.this(box.now().running, "port", name)

    return [
        form("display current-configuration", show(lambda box: writer.document(box.now().running))),
        form("display current-configuration interface IFACE", show(interface)),
        form("display saved-configuration", show(lambda box: writer.document(box.now().startup))),
        form("display this", this),
    ]


def navigation() -> Forms:
    """How a session moves between views that are not the user's."""
    return [form("quit", leave), form("return", _return)]


def system_forms() -> Forms:
    """What both take in the system view."""
    return [
        form("sysname TEXT", _sysname),
        form("undo interface IFACE", _undo_interface),
        form("ip route-static IP MASK IP", _route(True)),
        form("undo ip route-static IP MASK IP", _route(False)),
    ]


def port_forms() -> Forms:
    """What both take in an interface's view."""
    return [
        form("description TEXT", _described),
        form("undo description", port_edits(lambda n: conf.set_port(n, description=""))),
        form("shutdown", port_edits(lambda n: conf.set_port(n, shut=True))),
        form("undo shutdown", port_edits(lambda n: conf.set_port(n, shut=False))),
        form("port link-type access", port_edits(lambda n: _bridged(n, conf.make_trunk(n, False)))),
        form("port link-type trunk", port_edits(lambda n: _bridged(n, conf.make_trunk(n, True)))),
        form("undo port link-type", port_edits(lambda n: _bridged(n, conf.make_trunk(n, False)))),
        form("poe enable", port_edits(lambda n: _powered(n, True))),
        form("undo poe enable", port_edits(lambda n: _powered(n, False))),
        form("ip address IP MASK", port_edits(lambda n, ip, m: conf.set_address(n, f"{ip}/{m}"))),
        form("undo ip address", port_edits(lambda n: conf.set_address(n, ""))),
    ]


def vlan_forms() -> Forms:
    """What both take in a VLAN's view."""
    return [
        form("name TEXT", vlan_edits(lambda v, told: conf.text_vlan(v, name=told))),
        form("undo name", vlan_edits(lambda v: conf.text_vlan(v, name=""))),
        form("description TEXT", vlan_edits(lambda v, told: conf.text_vlan(v, description=told))),
        form("undo description", vlan_edits(lambda v: conf.text_vlan(v, description=""))),
    ]


def acl_forms(first: int) -> Forms:
    """What both take in an access list's view; `first` is the first rule's number."""

    def rule(session: Session, args: list[Arg]) -> Reply:
        number, told = rules.read(str(args[0]))
        return session.change(conf.set_rule(int(session.view.of), number, told, first))

    def undo(session: Session, args: list[Arg]) -> Reply:
        at = cast("int", args[0])
        return session.change(conf.set_rule(int(session.view.of), at, None, first))

    return [form("rule TEXT", rule), form("undo rule N:0-65534", undo)]


def enter_acl(session: Session, args: list[Arg]) -> Reply:
    """Open an access list, making it where it is not there."""
    number = cast("int", args[0])
    return session.change(conf.make_list(number), View("acl", number))


def filtered(name: str, number: int, there: bool) -> Edit:
    """Put an access list on what comes in at an interface, or take it off."""

    def edit(config: conf.Configuration) -> conf.Configuration:
        if not there and conf.port_of(config, name).filter_in != number:
            raise Refused("The ACL is not applied to the interface.")
        return conf.set_port(name, filter_in=number if there else 0)(config)

    return edit


def leave(session: Session, _args: list[Arg]) -> Reply:
    """`quit`: one view back, and out of the session from the first."""
    if session.view.kind == "user":
        return Reply(close=True)
    if session.view.kind != "system":
        session.view = SYSTEM
        return NOTHING
    return session.dialect.parting(session, lambda: _enter(session, USER))


def _return(session: Session, _args: list[Arg]) -> Reply:
    return session.dialect.parting(session, lambda: _enter(session, USER))


def _enter(session: Session, view: View) -> Reply:
    session.view = view
    return NOTHING


def open_interface(session: Session, args: list[Arg]) -> Reply:
    """Open an interface, making a VLAN's or a loopback where it is not there."""
    name = str(args[0])
    naming, state = session.box.naming, session.box.now()
    known = conf.applied(state.running, session.edits).ports
    if name in known:
        return _enter(session, View("port", name))
    vlan = naming.vlan_of(name)
    if vlan is None and not (name.startswith("Loop") and "/" not in name):
        raise Refused("The interface does not exist.")
    return session.change(conf.make_interface(name, vlan), View("port", name))


def open_vlan(session: Session, args: list[Arg]) -> Reply:
    """Open a VLAN, making it where it is not there."""
    vlan = cast("int", args[0])
    return session.change(conf.make_vlans([vlan]), View("vlan", vlan))


def _sysname(session: Session, args: list[Arg]) -> Reply:
    name = str(args[0])
    if len(name) > _NAME_MAX or " " in name:
        raise Refused("The system name is invalid.")
    return session.change(lambda config: replace(config, sysname=name))


def _described(session: Session, args: list[Arg]) -> Reply:
    told = str(args[0])
    if len(told) > _DESCRIPTION_MAX:
        raise Refused("The description is too long.")
    return session.change(conf.set_port(str(session.view.of), description=told))


def _undo_interface(session: Session, args: list[Arg]) -> Reply:
    name = str(args[0])
    if session.box.naming.vlan_of(name) is None and not name.startswith("Loop"):
        raise Refused("The interface cannot be deleted.")
    return session.change(conf.drop_interface(name))


def _route(there: bool) -> Command:
    def command(session: Session, args: list[Arg]) -> Reply:
        network = str(IPv4Network(f"{args[0]}/{args[1]}", strict=False))
        return session.change(conf.set_route(network, str(args[2]), there))

    return command


def _bridged(name: str, edit: Edit) -> Edit:
    def checked(config: conf.Configuration) -> conf.Configuration:
        if conf.port_of(config, name).routed:
            raise Refused("The port is in route mode.")
        return edit(config)

    return checked


def _powered(name: str, on: bool) -> Edit:
    def edit(config: conf.Configuration) -> conf.Configuration:
        if conf.port_of(config, name).poe is None:
            raise Refused("The interface does not support PoE.")
        return conf.set_port(name, poe=on)(config)

    return edit
