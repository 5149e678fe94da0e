"""Changes into steps: one a resource, in the driver's order, with ids that stay."""

from __future__ import annotations

from fleet.model.change import FieldChange
from fleet.model.device import DeviceKind, Stage
from fleet.plan.steps import device_work, target_of
from tests.support.fakes_city import BOOTSTRAP, device
from tests.support.fakes_devices import TABLE
from tests.support.fakes_plans import change

CAMERA = TABLE[DeviceKind.CAMERA]


def changes(*fields: str) -> dict[str, FieldChange]:
    """Changes of these fields, in this order."""
    return {name: change(name) for name in fields}


def test_fields_of_one_resource_share_a_step() -> None:
    """One request carries all the changes of its resource."""
    work = device_work(device("c1-cam-1"), changes("time_zone", "time_mode"), CAMERA)

    (step,) = work.steps
    assert (step.resource, [c.field for c in step.changes]) == ("time", ["time_mode", "time_zone"])


def test_steps_follow_the_driver_and_not_the_changes() -> None:
    """The order is fixed: the login's own password comes last."""
    work = device_work(
        device("c1-cam-1"), changes("admin_password", "cloud_enabled", "osd_text"), CAMERA
    )

    assert [s.resource for s in work.steps] == ["osd", "cloud", "user"]


def test_a_step_has_the_same_id_in_every_plan() -> None:
    """Ids count resources, so that a plan with fewer changes names the same step the same way."""
    all_of_it = device_work(device("c1-cam-1"), changes("time_mode", "osd_text"), CAMERA)
    one = device_work(device("c1-cam-1"), changes("osd_text"), CAMERA)

    assert [s.id for s in all_of_it.steps] == ["c1-cam-1/01-time", "c1-cam-1/03-osd"]
    assert one.steps[0] == all_of_it.steps[1]


def test_the_work_holds_all_that_a_driver_needs_and_no_secret() -> None:
    """Target, compound, stage and login by reference."""
    gate = device("c2-gate-1", DeviceKind.GATE)
    work = device_work(gate, changes("open_time_s"), TABLE[DeviceKind.GATE])

    assert work.target == target_of(gate)
    assert (work.target.driver, work.target.serial) == ("snmp", "S-c2-gate-1")
    assert (work.compound, work.stage, work.login.password) == ("c2", Stage.GATES, BOOTSTRAP)


def test_no_change_gives_no_step() -> None:
    """A device as wanted has work without steps."""
    assert device_work(device("c1-cam-1"), {}, CAMERA).steps == ()
