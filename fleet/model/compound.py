"""What the notice 铜公通〔2021〕123号 asks of a compound's site, as declared by its builders."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from fleet.model.base import Frozen
from fleet.model.diagnostic import Position


class Category(StrEnum):
    """Clauses 1 to 3: old and in the renovation plan, existing (built from 2001 on), or new."""

    OLD = "old"
    EXISTING = "existing"
    NEW = "new"


class AreaKind(StrEnum):
    """Clause 11: the kinds of area that need a camera, entrances and unit doors beside them."""

    ENTRANCE = "entrance"
    MAIN_ROAD = "main_road"
    PLAZA_PUBLIC = "plaza_public"
    ELEVATOR = "elevator"
    UNDERGROUND_GARAGE = "underground_garage"
    CIVIL_DEFENCE = "civil_defence"
    EQUIPMENT_ROOM = "equipment_room"


class Lifecycle(StrEnum):
    """Clause 4: security is designed, built and accepted together with the compound."""

    PLANNED = "planned"
    DESIGNED = "designed"
    UNDER_CONSTRUCTION = "under_construction"
    ACCEPTED = "accepted"


class Segment(Frozen):
    """Clauses 6 and 7: one perimeter segment with its protection; lengths in metres."""

    id: str
    length_m: float
    physical: Literal["wall", "fence", "building", "water"] | None = None
    electronic: Literal["beam", "vibration_fibre", "electronic_fence", "video"] | None = None
    position: Position | None = None


class Area(Frozen):
    """An existing area of one of the notice's kinds."""

    id: str
    kind: AreaKind
    name: str
    position: Position | None = None


class Entrance(Frozen):
    """Clauses 8 to 10: an entrance, who uses it, and the gates or barriers that close it."""

    id: str
    name: str
    kind: Literal["pedestrian", "vehicle", "mixed"]
    gates: tuple[str, ...] = ()
    position: Position | None = None


class UnitDoor(Frozen):
    """Clause 13: a unit entrance or passage (garage, lift lobby) and its door reader."""

    id: str
    name: str
    building: str
    passage: Literal["unit", "garage", "lift_lobby"] = "unit"
    reader: str | None = None
    position: Position | None = None


class Centre(Frozen):
    """Clause 15: the monitoring centre; no names or phone numbers of the staff."""

    room: str
    shifts: int = 0
    staff_per_shift: int = 0
    ups_minutes: int | None = None
    position: Position | None = None


class Site(Frozen):
    """Everything the notice asks about that is not a device."""

    category: Category
    built_year: int
    renovation_plan: bool = False
    stage: Lifecycle | None = None
    address: str = ""
    households: int = 0
    areas: tuple[Area, ...] = ()
    perimeter: tuple[Segment, ...] = ()
    entrances: tuple[Entrance, ...] = ()
    unit_doors: tuple[UnitDoor, ...] = ()
    centre: Centre | None = None
