"""The facts about a site, from its file into the model."""

from __future__ import annotations

from fleet.inventory.bound import Bound
from fleet.model.compound import Area, Centre, Entrance, Segment, Site, UnitDoor


def site_of(file: Bound, head: Bound) -> Site:
    """The site that a compound's file describes; `head` is its `compound:` object."""
    return Site.model_validate(
        {
            "category": head.need("category"),
            "built_year": head.whole("built_year"),
            "renovation_plan": head.truth("renovation_plan"),
            "stage": head.text("stage"),
            "address": head.need("address"),
            "households": head.whole("households"),
            "areas": tuple(_area(b) for b in _whole(file, "areas", "id", "kind")),
            "perimeter": tuple(_segment(b) for b in _whole(file, "perimeter", "id", "length_m")),
            "entrances": tuple(_entrance(b) for b in _whole(file, "entrances", "id", "kind")),
            "unit_doors": tuple(_unit_door(b) for b in _whole(file, "unit_doors", "id")),
            "centre": _centre(file.child("centre")),
        }
    )


def _whole(file: Bound, section: str, *required: str) -> list[Bound]:
    """The objects of a section that have what the model needs; a fault of the others is noted."""
    return [b for b in file.children(section) if all(name in b.values for name in required)]


def _area(bound: Bound) -> Area:
    return Area.model_validate(
        {
            "id": bound.need("id"),
            "kind": bound.need("kind"),
            "name": bound.need("name"),
            "position": bound.position,
        }
    )


def _segment(bound: Bound) -> Segment:
    return Segment.model_validate(
        {
            "id": bound.need("id"),
            "length_m": bound.number("length_m"),
            "physical": bound.text("physical"),
            "electronic": bound.text("electronic"),
            "position": bound.position,
        }
    )


def _entrance(bound: Bound) -> Entrance:
    return Entrance.model_validate(
        {
            "id": bound.need("id"),
            "name": bound.need("name"),
            "kind": bound.need("kind"),
            "gates": tuple(bound.texts("gates")),
            "position": bound.position,
        }
    )


def _unit_door(bound: Bound) -> UnitDoor:
    return UnitDoor.model_validate(
        {
            "id": bound.need("id"),
            "name": bound.need("name"),
            "building": bound.need("building"),
            "passage": bound.text("passage") or "unit",
            "reader": bound.text("reader"),
            "position": bound.position,
        }
    )


def _centre(bound: Bound | None) -> Centre | None:
    if bound is None:
        return None
    return Centre(
        room=bound.need("room"),
        shifts=bound.whole("shifts"),
        staff_per_shift=bound.whole("staff_per_shift"),
        ups_minutes=bound.whole("ups_minutes") if "ups_minutes" in bound.values else None,
        position=bound.position,
    )
