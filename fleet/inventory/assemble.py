"""Files become districts and compounds: each is read once, bound, built and cross-checked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from fleet.inventory import gbid
from fleet.inventory.bind import bind
from fleet.inventory.bound import Bound
from fleet.inventory.crosscheck import (
    Ledgers,
    check_compound,
    check_domain,
    check_id,
    check_platform,
)
from fleet.inventory.devices import Surroundings, build
from fleet.inventory.folders import Folder
from fleet.inventory.layers import Trace, layer
from fleet.inventory.notices import contacts_of, declared_of
from fleet.inventory.reports import check_windows, report_of
from fleet.inventory.scope import Scope
from fleet.inventory.shapes.files import COMPOUND_FILE, DISTRICT
from fleet.inventory.sites import site_of
from fleet.inventory.source import Source, read
from fleet.inventory.subjects import declared, named
from fleet.inventory.suspects import suspects
from fleet.inventory.types import ObjectType
from fleet.inventory.uplinks import Upper, platform_of, upper_of
from fleet.model.device import Device
from fleet.model.diagnostic import Severity
from fleet.model.fleet import Compound, District
from fleet.model.suspect import Suspect
from fleet.model.text import text

# Stands in for a category that is faulty; nothing is asked of it beyond its form.
_ANY_CATEGORY = "existing"


@dataclass
class Assembly:
    """One run over a city's files; collects what the result needs beside the city itself."""

    root: Path
    scope: Scope
    ledgers: Ledgers = field(default_factory=Ledgers)
    sources: dict[str, Source] = field(default_factory=dict)
    # Every device that could be built, those of faulty files included.
    devices: list[Device] = field(default_factory=list)
    suspects: list[Suspect] = field(default_factory=list)
    traces: dict[str, Mapping[str, tuple[Trace, ...]]] = field(default_factory=dict)
    # Files that were not understood as a whole, so that references into them cannot be judged.
    broken: set[str] = field(default_factory=set)

    def open(self, path: Path, shape: ObjectType) -> tuple[Source, Bound] | None:
        """Read and bind one file; None, noted, where nothing can be made of it."""
        first = len(self.scope.findings)
        source = read(self.root, path, self.scope)
        name = path.relative_to(self.root).as_posix()
        if source is None or source.root is None:
            self.broken.add(name)
            return None
        self.sources[name] = source
        bound = bind(source.root, shape, self.scope.within(file=name))
        self.scope.findings[first:] = named(self.scope.findings[first:], source.root)
        return (source, bound) if bound is not None else None

    def district(self, folder: Folder, city: Source, city_bound: Bound) -> District | None:
        """One district with all its compounds; None where its own file is of no use."""
        name = folder.district.relative_to(self.root).as_posix()
        scope = self.scope.within(file=name)
        opened = self.open(folder.district, DISTRICT)
        if opened is None:
            return None
        source, bound = opened
        self.suspects += suspects(source, None)
        head = bound.child("district")
        if head is None:
            return None
        if head.need("code") and head.need("code") != folder.code:
            scope.note(
                "folder",
                head.place("code"),
                text(
                    "code {c} stands in a folder named {f}",
                    "代码 {c} 与目录名 {f} 不一致",
                    c=head.need("code"),
                    f=folder.path.name,
                ),
                text("rename the folder, or correct the code", "请改目录名或更正代码"),
                field="district.code",
            )
        _check_city(city_bound, head, scope)
        platform_bound = bound.child("platform")
        district = District(
            code=head.need("code") or folder.code,
            name=head.need("name"),
            folder=folder.path.name,
            platform=platform_of(platform_bound, scope),
            report=report_of(city_bound.child("report"), bound.child("report"), scope),
            position=bound.position,
        )
        if platform_bound is not None:
            check_platform(district, platform_bound, self.ledgers, scope)
        above = _Above(city, city_bound, source, bound, district)
        built = [self._compound(path, above) for path in folder.compounds]
        compounds = tuple(c for c in built if c is not None)
        if len(compounds) == len(built):
            check_windows(bound.child("report"), (c.id for c in compounds), scope)
        told = declared_of(bound, district.code, self.ledgers.compounds, scope)
        return district.model_copy(update={"compounds": compounds, "declared": told})

    def _compound(self, path: Path, above: _Above) -> Compound | None:
        opened = self.open(path, COMPOUND_FILE)
        if opened is None:
            return None
        source, bound = opened
        given = bound.child("compound") or Bound(bound.position)
        whole = bool(given.need("id") and given.need("category"))
        # Checked to the end in any case, so that all faults of a file are told in one run.
        head = replace(given, values={"category": _ANY_CATEGORY, **given.values})
        scope = self.scope.within(file=source.file, compound=head.need("id") or None)
        ids = declared(source.root) if source.root is not None else frozenset()
        self.suspects += suspects(source, head.need("id") or None)
        lines = bound.children("devices")
        around = Surroundings(
            compound=head.need("id"),
            city=layer("city", above.city_bound),
            district=layer("district", above.bound),
            own=layer("compound", bound),
            groups=bound.named("groups"),
            upper=self._upper(bound, above, scope),
            cameras={
                # Where two lines claim one id the first counts.
                line.need("id"): line.text("gb_id")
                for line in reversed(lines)
                if line.text("kind") == "camera"
            },
            unbound=ids - {n.need("id") for n in lines},
        )
        built = build(lines, around, scope)
        self.traces |= built.traces
        self.devices += built.devices
        compound = Compound(
            id=head.need("id"),
            name=head.need("name"),
            district=above.district.code,
            file=source.file,
            site=site_of(bound, head),
            uplink=around.upper.uplink if around.upper else None,
            devices=tuple(built.devices),
            recorders=tuple(built.recorders),
            unmanaged=tuple(built.unmanaged),
            contacts=contacts_of(above.city_bound, above.bound, bound),
            position=head.position,
            content=_content(source, above.source, above.city),
            watched_by="site" if head.text("watched_by") == "site" else "centre",
        )
        check_compound(compound, above.district.code, bound, ids, self.ledgers, scope)
        if not whole:
            self.broken.add(source.file)
            return None
        return compound

    def _upper(self, bound: Bound, above: _Above, scope: Scope) -> Upper | None:
        """The compound's uplink, else the district's; the platform of an operator is checked."""
        own = bound.child("uplink")
        given = own or above.bound.child("uplink")
        at = scope if own is not None else scope.within(file=above.source.file)
        upper = upper_of(given, above.district.platform, at)
        if upper is not None and given is not None and upper.uplink.source == "operator":
            server = upper.uplink.server_id
            place = given.place("server_id")
            # The police's platform may be the county's or the city's: the city's prefix will do.
            division = f"{above.district.code[:4]}00"
            check_id(server, division, gbid.PLATFORM_TYPES, place, at, "uplink.server_id")
            check_domain(server, upper.uplink.server_domain, given, at)
        return upper


@dataclass(frozen=True)
class _Above:
    """What a compound inherits from: the city's and the district's files."""

    city: Source
    city_bound: Bound
    source: Source
    bound: Bound
    district: District


def _content(*sources: Source) -> str:
    """One hash over what a compound's file and the files above it mean, in that order."""
    return hashlib.sha256("\n".join(s.meaning for s in sources).encode()).hexdigest()


def _check_city(city_bound: Bound, head: Bound, scope: Scope) -> None:
    """A division's code begins as its city's: four digits, of a municipality two (GB/T 2260)."""
    city = city_bound.child("city")
    whole, part = (city.need("code") if city is not None else ""), head.need("code")
    shared = 2 if whole.endswith("0000") else 4
    if whole and part and whole[:shared] != part[:shared]:
        scope.note(
            "division",
            head.place("code"),
            text("district {d} is not of city {c}", "区县 {d} 不属于城市 {c}", d=part, c=whole),
            text(
                "correct one of the codes, or move the folder into its own city",
                "请更正其中一个代码，或将目录移入其所属城市",
            ),
            field="district.code",
            severity=Severity.WARNING,
        )
