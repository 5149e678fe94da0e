"""Plans made the way the product makes them, without its policy: rules are not under test here."""

from __future__ import annotations

from collections.abc import Callable

from fleet.app.apply import apply_plan
from fleet.app.compose import Planned
from fleet.app.plan import make_plan
from fleet.model.change import DeviceWork, Fidelity, FieldChange, Step, Target
from fleet.model.device import DeviceKind, Login, Stage
from fleet.model.fleet import RolloutLimits
from fleet.model.observation import Fault
from fleet.model.plan import Plan, Seal, Wave
from fleet.model.secret import SecretRef
from fleet.model.stack import PlatformSpec, ResourceChange, StackPreview
from fleet.plan.seal import sealed
from fleet.rollout.progress import Event
from fleet.rollout.run import Result, Rollout
from tests.support.fakes_city import BOOTSTRAP, World


async def planned(world: World, *targets: str) -> Planned:
    """A plan over the world as it stands, rules left aside (`looking`), stacks previewed not."""
    return await make_plan(world.app(), targets, looking=True)


async def applied(
    world: World,
    plan: Plan | None = None,
    listener: Callable[[Event], None] = lambda _: None,
    on_rollout: Callable[[Rollout], None] = lambda _: None,
) -> Result:
    """Apply a plan, by default one made now."""
    made = plan if plan is not None else (await planned(world)).plan
    return await apply_plan(world.app(), made, listener, on_rollout)


def change(field: str = "osd_text", before: object = "", after: object = "东门") -> FieldChange:
    """One readable change."""
    return FieldChange.model_validate({"field": field, "before": before, "after": after})


def step(name: str = "c1-cam-1/03-osd", *changes: FieldChange) -> Step:
    """A step by its id."""
    return Step(
        id=name,
        device=name.split("/", maxsplit=1)[0],
        resource=name.rsplit("-", maxsplit=1)[-1],
        changes=changes or (change(),),
    )


def work(*steps: Step, kind: DeviceKind = DeviceKind.CAMERA) -> DeviceWork:
    """A device's work out of its steps."""
    name = steps[0].device
    return DeviceWork(
        target=Target(
            device=name, kind=kind, driver="isapi", address="127.34.1.1", port=1, serial=f"S-{name}"
        ),
        compound=name.split("-")[0],
        stage=Stage.CAMERAS,
        login=Login(user="admin", password=BOOTSTRAP),
        steps=tuple(steps),
    )


def plan_of(*works: DeviceWork, limits: RolloutLimits | None = None, **more: object) -> Plan:
    """A sealed plan: one wave a compound."""
    names = list(dict.fromkeys(w.compound for w in works))
    values = {
        "city": "340700",
        "created_at": "2026-11-24T02:00:00.000Z",
        "targets": (),
        "limits": limits or RolloutLimits(),
        "waves": tuple(Wave(number=n, compounds=(c,)) for n, c in enumerate(names, start=1)),
        "works": works,
        "seal": Seal(
            inventory={c: f"content of {c}" for c in names},
            code="code of these tests",
            observed={w.target.device: "0" * 64 for w in works},
        ),
    }
    return sealed(Plan.model_validate(values | more))


SECRET = SecretRef(source="generated", name="device/c1-cam-1/admin", version=2)
PASSWORD = FieldChange(
    field="admin_password", secret=SECRET, before_version=1, fidelity=Fidelity.UNKNOWN
)


def full_plan() -> Plan:
    """A plan with servers, devices, a secret, lists, booleans and a fault."""
    spec = PlatformSpec(
        district="340705", name="铜官区", server_id="1", server_domain="2", addresses=("a",), port=1
    )
    actions = ("create", "update", "replace", "delete", "same")
    changes = tuple(
        ResourceChange(
            urn=f"u-{a}",
            type="fleet:Service",
            name=a,
            action=a,
            after={"port": 1},
            unknown=("key",),
        )
        for a in actions
    )
    return plan_of(
        work(
            step("c1-cam-1/03-osd", change(), change("x", ["a"], ["b"]), change("y", True, False)),
            step("c1-cam-1/05-user", PASSWORD),
        ),
        stacks=(StackPreview(stack=spec.stack, spec=spec, changes=changes),),
        faults={"c1-cam-9": Fault(code="unreachable", en="no", zh="否")},
    )
