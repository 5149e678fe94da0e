"""The servers of a city as `fleet stacks` sees them: a fake engine that a test can script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fleet.app.stacks import Servers
from fleet.model.stack import (
    CredentialSpec,
    PlatformSpec,
    ResourceChange,
    StackOutputs,
    StackPreview,
)
from fleet.ports.engine import OnResource
from tests.support.fakes import FakeClock, FakeEngine, FakeLeases, Trace, WatchedJournal


def spec(district: str, name: str, port: int = 5060) -> PlatformSpec:
    """What a district declares."""
    return PlatformSpec(
        district=district,
        name=name,
        server_id=f"{district}00002000000001",
        server_domain=f"{district}0000",
        addresses=("127.34.0.1", "127.34.0.2"),
        port=port,
        credentials=(CredentialSpec(name="sip/1", version=2, purpose="sip", username="1"),),
    )


TONG, ZONG = spec("340705", "铜官区"), spec("340722", "枞阳县", 5070)


def change(action: str, name: str, **more: object) -> ResourceChange:
    """One change of a resource."""
    return ResourceChange.model_validate(
        {"urn": f"u::{name}", "type": "fleet:index:Thing", "name": name, "action": action, **more}
    )


CHANGES = (
    change("create", "registrar"),
    change(
        "update", "config", before={"port": 1, "log": True}, after={"port": 2}, unknown=("ha1",)
    ),
    change("replace", "certificate", before={"days": 30}, after={"days": 90}),
    change("delete", "old"),
    change("same", "ca"),
)


class ScriptedEngine(FakeEngine):
    """The fake engine with changes, drift and leftovers as a test sets them."""

    def __init__(self) -> None:
        super().__init__(Trace())
        self.changes: tuple[ResourceChange, ...] = CHANGES
        self.drift: dict[str, tuple[ResourceChange, ...]] = {}
        self.left: dict[str, tuple[str, ...]] = {}

    def preview(self, spec: PlatformSpec) -> StackPreview:
        """The changes of the test."""
        made = super().preview(spec)
        return made.model_copy(update={"changes": self.changes})

    def up(self, preview: StackPreview, on_resource: OnResource | None = None) -> StackOutputs:
        """As the fake, each resource begun before it is done."""
        for one in preview.changes:
            if on_resource is not None:
                on_resource(one, "started")
        return super().up(preview, on_resource)

    def refresh(self, spec: PlatformSpec) -> tuple[ResourceChange, ...]:
        """The drift of the test."""
        return self.drift.get(spec.district, ())

    def recover(self, district: str) -> tuple[str, ...]:
        """The leftovers of the test."""
        return self.left.get(district, ())

    def destroy(self, district: str, on_resource: OnResource | None = None) -> None:
        """As the fake, telling of one resource that fails at first."""
        if on_resource is not None:
            on_resource(change("delete", "registrar"), "failed")
            on_resource(change("delete", "registrar"), "done")
        super().destroy(district)


@dataclass
class Site:
    """The servers of a city."""

    engine: ScriptedEngine = field(default_factory=ScriptedEngine)
    leases: FakeLeases = field(default_factory=FakeLeases)
    specs: dict[str, PlatformSpec] = field(default_factory=lambda: {"340705": TONG, "340722": ZONG})

    def __post_init__(self) -> None:
        """A journal in memory."""
        self.journal = WatchedJournal(FakeClock(), self.engine.trace)

    def kinds(self) -> list[str]:
        """The journal's records by kind."""
        return [r.kind for r in self.journal.records()]


def installed(monkeypatch: pytest.MonkeyPatch) -> Site:
    """Make `fleet stacks` act on a site of its own."""
    made = Site()

    @contextmanager
    def open_servers(_city: Path, _state: Path) -> Iterator[Servers]:
        yield Servers(made.engine, made.leases, lambda: made.journal, "tester", made.specs)

    monkeypatch.setattr("fleet.wiring.stacks.open_servers", open_servers)
    return made
