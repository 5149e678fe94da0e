"""`fleet.app.stacks` over a recorded engine: what is called, held, journalled, in which order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from fleet.app import stacks
from fleet.model.errors import EngineError, LockHeld, UsageError
from fleet.model.stack import PlatformSpec, ResourceChange, StackOutputs, StackPreview
from fleet.model.text import text
from fleet.ports.engine import OnResource
from fleet.ports.journal import Draft, Record

CHANGE = ResourceChange(urn="u", type="t", name="n", action="create")


def spec(district: str) -> PlatformSpec:
    """A platform without credentials."""
    return PlatformSpec(
        district=district,
        name=district,
        server_id=f"{district}00002000000001",
        server_domain=f"{district}0000",
        addresses=("127.0.0.1",),
        port=5060,
    )


class World:
    """Engine, leases and journal in one, writing down every call."""

    def __init__(self, *clean: str, standing: Sequence[str] = (), fail: str = "") -> None:
        self.log: list[str] = []
        self._clean = clean
        self._standing = tuple(standing)
        self._fail = fail
        self.drift: dict[str, tuple[ResourceChange, ...]] = {}

    def clean(self, wanted: PlatformSpec) -> bool:
        self.log.append(f"clean {wanted.district}")
        return wanted.district in self._clean

    def preview(self, wanted: PlatformSpec) -> StackPreview:
        self.log.append(f"preview {wanted.district}")
        return StackPreview(stack=wanted.stack, spec=wanted, changes=(CHANGE,), plan_sha256="ab")

    def up(self, preview: StackPreview, on_resource: OnResource | None = None) -> StackOutputs:
        self.log.append(f"up {preview.spec.district}")
        if preview.spec.district == self._fail:
            raise EngineError(text("boom", "失败"))
        if on_resource is not None:
            on_resource(CHANGE, "done")
        return StackOutputs(
            stack=preview.stack,
            server_id="1",
            server_domain="1",
            addresses=(),
            port=1,
            ca_fingerprint="f",
        )

    def refresh(self, wanted: PlatformSpec) -> tuple[ResourceChange, ...]:
        return self.drift.get(wanted.district, ())

    def outputs(self, district: str) -> StackOutputs | None:
        return None

    def recover(self, district: str) -> tuple[str, ...]:
        self.log.append(f"recover {district}")
        return ("lock x",) if district == "1" else ()

    def destroy(self, district: str, on_resource: OnResource | None = None) -> None:
        self.log.append(f"destroy {district}")

    def stop(self) -> None:
        self.log.append("stop")

    def stacks(self) -> tuple[str, ...]:
        return self._standing

    @contextmanager
    def hold(self, names: Sequence[str], purpose: str) -> Iterator[None]:
        self.log.append(f"hold {' '.join(names)}")
        if "stack/held" in names:
            raise LockHeld(text("held", "已锁定"))
        yield
        self.log.append("release")

    def append(self, drafts: Sequence[Draft]) -> tuple[Record, ...]:
        self.log += [f"journal {d.kind} {d.subject}" for d in drafts]
        return ()

    def records(
        self,
        rollout: str | None = None,
        kind: str | None = None,
        subject: str | None = None,
        after: int = 0,
    ) -> Iterator[Record]:
        return iter(())

    def verify(self) -> int:
        return 0


def servers(world: World, *districts: str) -> stacks.Servers:
    """The use cases' tools over a world that declares `districts`."""
    specs = {d: spec(d) for d in districts}
    return stacks.Servers(
        engine=world, leases=world, journal=lambda: world, actor="me", specs=specs
    )


def quiet(_stack: str) -> OnResource:
    """Tell nobody."""
    return lambda _change, _phase: None


def test_only_dirty_stacks_are_planned_held_and_brought_up() -> None:
    """Goal: a clean stack costs no engine; leases first, journal before and after each `up`."""
    world = World("1")
    tools = servers(world, "1", "2")
    previews = stacks.preview(tools, ())
    assert [p.dirty for p in previews] == [False, True]
    done = stacks.up(tools, previews, quiet)
    assert [o.stack for o in done] == ["platform-2"]
    assert world.log == [
        "clean 1",
        "clean 2",
        "preview 2",
        "hold stack/2",
        "journal stack.begun platform-2",
        "up 2",
        "journal stack.up platform-2",
        "release",
    ]


def test_a_failed_up_is_begun_and_not_done_in_the_journal() -> None:
    """Goal: the journal never says more than what happened."""
    world = World(fail="2")
    tools = servers(world, "1", "2", "3")
    with pytest.raises(EngineError):
        stacks.up(tools, stacks.preview(tools, ()), quiet)
    written = [line for line in world.log if line.startswith("journal")]
    assert written == [
        "journal stack.begun platform-1",
        "journal stack.up platform-1",
        "journal stack.begun platform-2",
    ]


def test_a_held_stack_stops_before_anything() -> None:
    """Goal: refused as a whole; no engine call, no record."""
    world = World()
    tools = servers(world, "1", "held")
    previews = stacks.preview(tools, ())
    world.log.clear()
    with pytest.raises(LockHeld):
        stacks.up(tools, previews, quiet)
    assert world.log == ["hold stack/1 stack/held"]


def test_unknown_districts_are_usage_errors() -> None:
    """Goal: a typing mistake never means 'all'."""
    tools = servers(World(standing=("9",)), "1")
    for use in (stacks.preview, stacks.refresh, stacks.outputs, stacks.recover, stacks.listing):
        with pytest.raises(UsageError) as caught:
            use(tools, ["nowhere"])
        assert "nowhere" in caught.value.summary.en
    with pytest.raises(UsageError):
        stacks.preview(tools, ["9"])
    assert stacks.choose(tools, (), standing=True) == ("1", "9")
    assert stacks.choose(tools, ("9",), standing=True) == ("9",)


def test_a_stack_that_is_declared_no_more_is_still_listed_and_removed() -> None:
    """Goal: taking a platform out of the inventory does not hide what still runs."""
    world = World(standing=("9",))
    tools = servers(world, "1")
    assert [(s.district, s.spec is None) for s in stacks.listing(tools, ())] == [
        ("1", False),
        ("9", True),
    ]
    world.log.clear()
    assert stacks.destroy(tools, ["9"], quiet) == ("9",)
    assert world.log == [
        "hold stack/9",
        "journal stack.begun platform-9",
        "destroy 9",
        "journal stack.destroyed platform-9",
        "release",
    ]


def test_recovery_is_journalled_only_where_something_was_found() -> None:
    """Goal: `recover` with nothing to do leaves no trace."""
    world = World()
    found = stacks.recover(servers(world, "1", "2"), ())
    assert found == {"1": ("lock x",), "2": ()}
    assert [x for x in world.log if x.startswith("journal")] == [
        "journal stack.recovered platform-1"
    ]


def test_refresh_tells_each_district() -> None:
    """Goal: drift by district; none is an empty tuple."""
    world = World()
    world.drift["2"] = (CHANGE,)
    assert stacks.refresh(servers(world, "1", "2"), ()) == {"1": (), "2": (CHANGE,)}
