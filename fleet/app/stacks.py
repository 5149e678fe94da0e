"""The servers' side alone: list, preview, bring up, look at, recover and destroy platform stacks.

Every acting use case holds the lease of each stack it touches and writes to the journal before and
after; no audit, no act.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fleet.model.base import Frozen
from fleet.model.errors import UsageError
from fleet.model.fleet import City
from fleet.model.stack import PlatformSpec, ResourceChange, StackOutputs, StackPreview
from fleet.model.text import text
from fleet.plan.platform import platform_spec
from fleet.ports.engine import OnResource, ServerEngine
from fleet.ports.journal import Draft, Journal
from fleet.ports.lease import Leases
from fleet.rollout.records import stack_up

BEGUN, DESTROYED, RECOVERED = "stack.begun", "stack.destroyed", "stack.recovered"
Tell = Callable[[str], OnResource]


@dataclass(frozen=True)
class Servers:
    """What these use cases need; `specs` maps a district's code to what its stack should be."""

    engine: ServerEngine
    leases: Leases
    journal: Callable[[], Journal]
    actor: str
    specs: Mapping[str, PlatformSpec]


class StackStatus(Frozen):
    """One stack: whether it is declared, was brought up, and still stands as it was left."""

    district: str
    stack: str
    spec: PlatformSpec | None = None
    outputs: StackOutputs | None = None
    clean: bool = False


def specs_of(city: City) -> dict[str, PlatformSpec]:
    """The stacks that a city declares, by district code."""
    found = ((d.code, platform_spec(d)) for d in city.districts)
    return {code: spec for code, spec in found if spec is not None}


def listing(servers: Servers, districts: Sequence[str]) -> tuple[StackStatus, ...]:
    """Every stack, declared or standing; needs no engine.

    Raises:
        UsageError: a district has no stack.
    """
    found = []
    for district in choose(servers, districts, standing=True):
        spec = servers.specs.get(district)
        found.append(
            StackStatus(
                district=district,
                stack=spec.stack if spec else f"platform-{district}",
                spec=spec,
                outputs=servers.engine.outputs(district),
                clean=spec is not None and servers.engine.clean(spec),
            )
        )
    return tuple(found)


def choose(servers: Servers, districts: Sequence[str], standing: bool) -> tuple[str, ...]:
    """The districts that are meant: those named, else all that are declared.

    With `standing`, a stack that exists and is declared no more is meant too.

    Raises:
        UsageError: a named district has no stack.
    """
    known = set(servers.specs) | (set(servers.engine.stacks()) if standing else set())
    for district in districts:
        if district not in known:
            raise UsageError(
                text("district {d} has no stack", "区县 {d} 没有服务器栈", d=district),
                text("see: fleet stacks list", "请看：fleet stacks list"),
            )
    return tuple(d for d in sorted(known) if not districts or d in districts)


def preview(servers: Servers, districts: Sequence[str]) -> tuple[StackPreview, ...]:
    """What `up` would do; a stack that stands as declared costs no engine.

    Raises:
        UsageError, EngineError, LockHeld: as named.
    """
    found = []
    for district in choose(servers, districts, standing=False):
        spec = servers.specs[district]
        if servers.engine.clean(spec):
            found.append(StackPreview(stack=spec.stack, spec=spec))
        else:
            found.append(servers.engine.preview(spec))
    return tuple(found)


def up(servers: Servers, previews: Sequence[StackPreview], tell: Tell) -> tuple[StackOutputs, ...]:
    """Do what the previews say, journalled before and after.

    Raises:
        LockHeld: somebody else acts on one of the stacks; nothing was done.
        StalePlan, AlteredPlan, EngineError: as named; earlier stacks stay up.
    """
    dirty = [p for p in previews if p.dirty]
    done = []
    with servers.leases.hold([f"stack/{p.spec.district}" for p in dirty], "stacks up"):
        for one in dirty:
            _begun(servers, one.stack, "up", one.plan_sha256)
            outputs = servers.engine.up(one, tell(one.stack))
            servers.journal().append([stack_up("", outputs)])
            done.append(outputs)
    return tuple(done)


def refresh(servers: Servers, districts: Sequence[str]) -> Mapping[str, tuple[ResourceChange, ...]]:
    """Drift of each stack: before as recorded, after as seen. Changes no record.

    Raises:
        UsageError, EngineError, LockHeld: as named.
    """
    chosen = choose(servers, districts, standing=False)
    return {d: servers.engine.refresh(servers.specs[d]) for d in chosen}


def outputs(servers: Servers, districts: Sequence[str]) -> Mapping[str, StackOutputs]:
    """What each stack gave when it was last brought up; needs no engine.

    Raises:
        UsageError: a named district has no stack.
    """
    found = ((d, servers.engine.outputs(d)) for d in choose(servers, districts, standing=True))
    return {d: o for d, o in found if o is not None}


def recover(servers: Servers, districts: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Clear what killed calls left, stack by stack; what was found, empty where nothing was.

    Raises:
        LockHeld: a holder lives.
        UsageError, EngineError: as named.
    """
    chosen = choose(servers, districts, standing=True)
    found = {}
    with servers.leases.hold([f"stack/{d}" for d in chosen], "stacks recover"):
        for district in chosen:
            found[district] = servers.engine.recover(district)
            if found[district]:
                data = {"found": list(found[district]), "actor": servers.actor}
                servers.journal().append(
                    [Draft(kind=RECOVERED, subject=f"platform-{district}", data=data)]
                )
    return found


def destroy(servers: Servers, districts: Sequence[str], tell: Tell) -> tuple[str, ...]:
    """End and remove the stacks of `districts`, journalled before and after.

    Raises:
        LockHeld: somebody else acts on one of the stacks; nothing was done.
        EngineError: one cannot be removed; earlier ones stay removed.
    """
    with servers.leases.hold([f"stack/{d}" for d in districts], "stacks destroy"):
        for district in districts:
            stack = f"platform-{district}"
            _begun(servers, stack, "destroy", None)
            servers.engine.destroy(district, tell(stack))
            servers.journal().append([Draft(kind=DESTROYED, subject=stack)])
    return tuple(districts)


def _begun(servers: Servers, stack: str, verb: str, plan: str | None) -> None:
    data = {"verb": verb, "actor": servers.actor, "plan_sha256": plan}
    servers.journal().append([Draft(kind=BEGUN, subject=stack, data=data)])
