"""The uplink of a compound, and what its recorders' gb_* settings follow from (GB/T 28181, 9.1)."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.inventory.bound import Bound, Template
from fleet.inventory.layers import Subject, Trace, reference_of
from fleet.inventory.scope import Scope
from fleet.model.collector import CollectorTerms
from fleet.model.device import FieldValue
from fleet.model.diagnostic import Position
from fleet.model.fleet import Platform, Uplink
from fleet.model.secret import SecretRef
from fleet.model.text import text

_COLLECTOR_NUMBERS = ("poll_s", "trap_port", "clock_limit_s", "keep_days", "max_mb")
_GENERATED = Template("secret://generated/sip/{gb_id}")


@dataclass(frozen=True)
class Upper:
    """A compound's uplink and the reference of each recorder's password."""

    uplink: Uplink
    password: Template
    password_position: Position


def platform_of(bound: Bound | None, scope: Scope) -> Platform | None:
    """The district's platform."""
    if bound is None:
        return None
    return Platform(
        server_id=bound.need("server_id"),
        server_domain=bound.need("server_domain"),
        addresses=tuple(bound.texts("addresses")),
        port=bound.whole("port"),
        collector=_collector(bound.child("collector"), tuple(bound.texts("addresses")), scope),
        position=bound.position,
    )


def _collector(
    bound: Bound | None, addresses: tuple[str, ...], scope: Scope
) -> CollectorTerms | None:
    if bound is None:
        return None
    community = bound.secret("community")
    if community is not None and "{" in community.uri:
        scope.note(
            "no-reference",
            bound.place("community"),
            text("this reference belongs to no one device", "此处的引用不属于某台设备"),
            text("leave out {device} and {gb_id}", "请去掉 {device} 和 {gb_id}"),
            field="platform.collector.community",
        )
        community = None
    given = {n: bound.whole(n) for n in _COLLECTOR_NUMBERS if n in bound.values}
    return CollectorTerms.model_validate(
        {
            **given,
            "trap_addresses": tuple(bound.texts("addresses")) or addresses,
            "community": community.uri if community is not None and community.uri else None,
        }
    )


def upper_of(bound: Bound | None, platform: Platform | None, scope: Scope) -> Upper | None:
    """The upper side as the compound (or its district) declares it; faults noted, then None."""
    if bound is None:
        return None
    if bound.text("source") == "operator":
        password = bound.secret("password") or Template("")
        uplink = _uplink(
            bound,
            source="operator",
            server_id=bound.need("server_id"),
            server_domain=bound.need("server_domain"),
            server_address=bound.need("server_address"),
            server_port=bound.whole("server_port"),
            password=None
            if "{" in password.uri or not password.uri
            else SecretRef.parse(password.uri),
        )
        return Upper(uplink, password, bound.place("password"))
    if platform is not None and not platform.addresses:
        # The district's own file says what is wrong with them.
        return None
    if platform is None:
        scope.note(
            "no-reference",
            bound.position,
            text("the district declares no platform", "区县没有声明平台"),
            text(
                "add platform: to district.yaml, or source: operator here",
                "请在 district.yaml 添加 platform:，或此处用 source: operator",
            ),
            field="uplink.source",
        )
        return None
    address = bound.text("server_address") or platform.addresses[0]
    if address not in platform.addresses:
        scope.note(
            "no-reference",
            bound.place("server_address"),
            text(
                "{a} is no address of the district's platform", "{a} 不是区县平台的地址", a=address
            ),
            text("one of {w}", "可用：{w}", w=", ".join(platform.addresses)),
            field="uplink.server_address",
        )
    uplink = _uplink(
        bound,
        source="platform",
        server_id=platform.server_id,
        server_domain=platform.server_domain,
        server_address=address,
        server_port=platform.port,
        password=None,
    )
    return Upper(uplink, bound.secret("password") or _GENERATED, bound.place("password"))


def _uplink(bound: Bound, **fields: object) -> Uplink:
    timers = {
        name: bound.whole(name, default)
        for name, default in (("expires_s", 86400), ("keepalive_s", 60), ("keepalive_count", 3))
    }
    return Uplink.model_validate({**fields, **timers, "position": bound.position})


def derived(
    upper: Upper, subject: Subject, line: Bound, channel_ids: tuple[str, ...], scope: Scope
) -> dict[str, Trace]:
    """The gb_* fields that a recorder needs for its compound's uplink."""
    uplink = upper.uplink
    place = uplink.position or line.position
    values: dict[str, FieldValue] = {
        "gb_enabled": True,
        "gb_server_id": uplink.server_id,
        "gb_server_domain": uplink.server_domain,
        "gb_server_address": uplink.server_address,
        "gb_server_port": uplink.server_port,
        "gb_expires_s": uplink.expires_s,
        "gb_keepalive_s": uplink.keepalive_s,
        "gb_keepalive_count": uplink.keepalive_count,
    }
    found = {n: Trace(level="uplink", position=place, value=v) for n, v in values.items()}
    if subject.gb_id:
        found["gb_device_id"] = Trace(
            level="uplink", position=line.place("gb_id"), value=subject.gb_id
        )
    # Also when it is empty: a recorder without channels must not go on reporting old ones.
    given = "channels" if "channels" in line.places else "spare_ids"
    found["gb_channel_ids"] = Trace(
        level="uplink", position=line.place(given), value=list(channel_ids)
    )
    template, at = upper.password, upper.password_position
    if template.uri and (ref := reference_of(template, subject, at, scope, "gb_password")):
        found["gb_password"] = Trace(level="uplink", position=at, secret=ref)
    return found
