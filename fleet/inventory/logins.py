"""How to log in to a device at first: user, password and keys, each inherited by itself."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.inventory.bound import Bound
from fleet.inventory.layers import Subject, Trace, reference_of
from fleet.inventory.scope import Scope
from fleet.model.device import DeviceKind, Login
from fleet.model.diagnostic import Position
from fleet.model.text import text

_SNMP = ("auth", "priv")


def login_of(
    subject: Subject,
    levels: Iterable[tuple[str, Bound | None]],
    place: Position,
    scope: Scope,
    agent: bool = False,
) -> tuple[Login, dict[str, tuple[Trace, ...]]]:
    """The login of one device and where each part comes from; parts that miss are noted.

    `levels` are named and go from the outermost to the nearest. `agent`: it has an SNMP agent
    beside what it is managed by, so that it needs the keys of both.
    """
    wanted = _SNMP if subject.kind is DeviceKind.GATE else ("password", *(_SNMP if agent else ()))
    traces: dict[str, tuple[Trace, ...]] = {}
    # A literal stands where a reference should: the policy refuses it, so it is not missing.
    literal = set()
    for level, part in levels:
        if part is None:
            continue
        if user := part.text("user"):
            told = Trace(level=level, position=part.place("user"), value=user)
            traces["login.user"] = (told, *traces.get("login.user", ()))
        for name in wanted:
            field = f"login.{name}"
            if (template := part.secret(name)) is None:
                continue
            if not template.uri:
                literal.add(name)
            elif ref := reference_of(template, subject, part.place(name), scope, field):
                told = Trace(level=level, position=part.place(name), secret=ref)
                traces[field] = (told, *traces.get(field, ()))
    for name in ("user", *wanted):
        if f"login.{name}" not in traces and name not in literal:
            _missing(name, subject, place, scope)
    user_told = traces.get("login.user")
    refs = {n: traces[f"login.{n}"][0].secret for n in wanted if f"login.{n}" in traces}
    return Login(user=str(user_told[0].value) if user_told else "", **refs), traces


def _missing(name: str, subject: Subject, place: Position, scope: Scope) -> None:
    scope.note(
        "no-login",
        place,
        text("no login for it: {n} is missing", "没有登录方式：缺少 {n}", n=name),
        text(
            "give logins.{k}.{n} in city.yaml, its district, compound or group, or login.{n} here",
            "请在 city.yaml、区县、小区或分组给出 logins.{k}.{n}，或在此处给出 login.{n}",
            k=subject.kind,
            n=name,
        ),
        field=f"login.{name}",
    )
