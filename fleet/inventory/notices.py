"""Contacts, routes for alarms, and declared compounds, from the files that name them."""

from __future__ import annotations

from datetime import date

from fleet.inventory.bound import Bound, Template
from fleet.inventory.crosscheck import Ledger
from fleet.inventory.scope import Scope
from fleet.model.evidence import Evidence, Origin
from fleet.model.health import CompoundFigures
from fleet.model.notify import AlarmTerms, CommandRoute, Contacts, HookRoute, MailRoute, Route
from fleet.model.secret import SecretRef
from fleet.model.text import Text, text

_RENAMED = {"from": "sender"}
_TUPLES = frozenset({"to", "argv", "only"})


def contacts_of(*levels: Bound | None) -> Contacts:
    """Whom to phone; of several levels the nearest that names a party counts."""
    given: dict[str, object] = {}
    for level in levels:
        bound = None if level is None else level.child("contacts")
        if bound is not None:
            given |= {n: v for n, v in bound.values.items() if isinstance(v, str)}
    return Contacts.model_validate(given)


def alarms_of(bound: Bound | None, scope: Scope) -> AlarmTerms:
    """The routes; one that would send a secret in clear is noted and left out."""
    if bound is None:
        return AlarmTerms()
    routes: dict[str, Route] = {}
    for name, route in bound.named("routes").items():
        made = _route(route, name, scope)
        if made is not None and (why := _in_clear(made)) is not None:
            scope.note(
                "secret-in-clear",
                route.position,
                why,
                text("use TLS, or leave the secret out", "请启用 TLS，或去掉该密钥"),
                field=f"alarms.routes.{name}",
            )
        elif made is not None:
            routes[name] = made
    language = bound.text("language") or "zh"
    return AlarmTerms.model_validate({"language": language, "routes": routes})


def declared_of(bound: Bound, code: str, ids: Ledger, scope: Scope) -> tuple[CompoundFigures, ...]:
    """Compounds that nobody manages by this product yet, as people declare them.

    `ids` are all compound ids of the fleet, so that none is declared and managed at once.
    """
    found: dict[str, CompoundFigures] = {}
    for line in bound.children("declared"):
        name, day = line.need("id"), line.need("as_of")
        if not (name and day and "devices" in line.values):
            continue
        ids.take(name, line.place("id"), scope, "duplicate-id", "declared.id")
        if not _is_date(day) or line.whole("online") > line.whole("devices"):
            scope.note(
                "declared",
                line.position,
                text("{c} cannot be so", "{c} 的填报不可能成立", c=name),
                text(
                    "a date of the calendar, and at most as many online as there are devices",
                    "日期须有效，在线数不得多于设备数",
                ),
                field="declared",
            )
            continue
        found[name] = CompoundFigures(
            compound=name,
            name=line.need("name"),
            district=code,
            devices=line.whole("devices"),
            online=line.whole("online") if "online" in line.values else None,
            retention_days=line.number("retention_days")
            if "retention_days" in line.values
            else None,
            origin=Origin(
                evidence=Evidence.DECLARED,
                source=f"{line.position.file}:{line.position.line}",
                # The day in China is over at 16:00 UTC.
                as_of=f"{day}T16:00:00.000Z",
            ),
        )
    return tuple(found.values())


def _route(bound: Bound, name: str, scope: Scope) -> Route | None:
    """One route; None where a fault of it was noted, here or when its values were read."""
    kinds: dict[str | None, type[Route]] = {"smtp": MailRoute, "webhook": HookRoute}
    model = kinds.get(bound.text("by"), CommandRoute)
    values: dict[str, object] = {}
    for key, value in bound.values.items():
        if isinstance(value, Template):
            if not value.uri:
                return None
            if "{" in value.uri:
                _unfit(bound, key, name, scope)
                return None
            values[key] = SecretRef.parse(value.uri)
        elif key in _TUPLES:
            values[key] = tuple(bound.texts(key))
            if not values[key] and key in bound.places and key != "only":
                _unfit(bound, key, name, scope)
                return None
        else:
            values[_RENAMED.get(key, key)] = value
    wanted = {n for n, f in model.model_fields.items() if f.is_required()}
    return model.model_validate(values) if wanted <= set(values) else None


def _unfit(bound: Bound, key: str, name: str, scope: Scope) -> None:
    scope.note(
        "alarm-route",
        bound.place(key),
        text("{k} cannot be so in a route", "发送途径的 {k} 不能这样写", k=key),
        text(
            "a list needs an entry; a reference here knows no {device}",
            "列表至少一项；此处的引用不能含 {device}",
        ),
        field=f"alarms.routes.{name}.{key}",
    )


def _in_clear(route: Route) -> Text | None:
    if isinstance(route, MailRoute) and route.password is not None and route.security == "none":
        return text("the password would go out in clear", "口令将以明文发送")
    if isinstance(route, HookRoute) and route.token and not route.url.startswith("https://"):
        return text("the token would go out in clear", "令牌将以明文发送")
    return None


def _is_date(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True
