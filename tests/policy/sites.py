"""A compound that keeps every rule, as model values; a test changes one thing of it."""

from __future__ import annotations

from fleet.model.compound import (
    Area,
    AreaKind,
    Category,
    Centre,
    Entrance,
    Segment,
    Site,
    UnitDoor,
)
from fleet.model.device import Device, DeviceKind, FieldValue, Login
from fleet.model.diagnostic import Position
from fleet.model.fleet import City, Compound, District, Recorder, Uplink
from fleet.model.secret import SecretRef

REF = SecretRef(source="vault", name="a")


def at(line: int) -> Position:
    """A place in the compound's file."""
    return Position(file="x.yaml", line=line)


def device(
    name: str, kind: DeviceKind, line: int, *, area: str | None = None, **settings: FieldValue
) -> Device:
    """A device with a managed password, where its kind has one."""
    return Device(
        id=name,
        kind=kind,
        driver="isapi",
        compound="x",
        name=name,
        address=f"127.0.1.{line}",
        port=8080,
        area=area,
        login=Login(user="admin"),
        settings=settings,
        secrets={} if kind is DeviceKind.GATE else {"admin_password": REF},
        position=at(line),
    )


CAMERA = device("cam", DeviceKind.CAMERA, 20, area="road")
DOOR = device("door", DeviceKind.DOOR, 21, auth_ways=["card", "face"])
GATE = device("gate", DeviceKind.GATE, 22, auth_ways=["card"])
RECORDER = device("nvr", DeviceKind.RECORDER, 23)
SITE = Site(
    category=Category.NEW,
    built_year=2024,
    areas=(Area(id="road", kind=AreaKind.MAIN_ROAD, name="Road", position=at(3)),),
    perimeter=(Segment(id="north", length_m=80, physical="wall", position=at(5)),),
    entrances=(
        Entrance(id="east", name="East", kind="pedestrian", gates=("gate",), position=at(7)),
    ),
    unit_doors=(UnitDoor(id="u1", name="Unit 1", building="1", reader="door", position=at(9)),),
    centre=Centre(room="Gatehouse", shifts=3, staff_per_shift=1, position=at(11)),
)
UPLINK = Uplink(
    source="platform",
    server_id="34070500002000000001",
    server_domain="3407050000",
    server_address="127.0.0.1",
    server_port=5060,
)
COMPOUND = Compound(
    id="x",
    name="X",
    district="340705",
    file="x.yaml",
    site=SITE,
    uplink=UPLINK,
    devices=(CAMERA, DOOR, GATE, RECORDER),
    recorders=(Recorder(device="nvr", channels=("cam",), channel_ids=("34070501011327000001",)),),
    position=at(1),
)


def with_site(category: str = "new", **changes: object) -> Compound:
    """The compound with some facts of its site changed."""
    facts = changes | {"category": Category(category)}
    return COMPOUND.model_copy(update={"site": SITE.model_copy(update=facts)})


def with_devices(*devices: Device, category: str = "new", **changes: object) -> Compound:
    """The compound with other devices."""
    return with_site(category).model_copy(update={"devices": devices} | changes)


def city_of(*compounds: Compound) -> City:
    """A city of one district."""
    district = District(code="340705", name="铜官区", folder="340705-x", compounds=compounds)
    return City(code="340700", name="铜陵市", districts=(district,))
