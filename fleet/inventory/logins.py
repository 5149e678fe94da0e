"""How to log in to a device at first: user, password and keys, each inherited by itself."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.inventory.bound import Bound, Template
from fleet.inventory.layers import Subject, reference_of
from fleet.inventory.scope import Scope
from fleet.model.device import DeviceKind, Login
from fleet.model.diagnostic import Position
from fleet.model.text import text


def login_of(
    subject: Subject, levels: Iterable[Bound | None], place: Position, scope: Scope
) -> Login:
    """The login of one device; `levels` from the outermost to the nearest, parts that miss noted."""
    wanted = ("auth", "priv") if subject.kind is DeviceKind.GATE else ("password",)
    user = ""
    given: dict[str, tuple[Template, Position]] = {}
    for level in levels:
        if level is None:
            continue
        user = level.text("user") or user
        for name in wanted:
            if (template := level.secret(name)) is not None:
                given[name] = (template, level.place(name))
    for name in ("user", *wanted):
        if name not in given and not (name == "user" and user):
            _missing(name, subject, place, scope)
    refs = {
        name: reference_of(template, subject, at, scope, f"login.{name}")
        for name, (template, at) in given.items()
        if template.uri
    }
    return Login(user=user, **refs)


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
