"""Read a whole city: every file once, every fault of the run noted, the result frozen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pydantic import Field

from fleet.inventory.assemble import Assembly
from fleet.inventory.bound import Bound
from fleet.inventory.folders import folders
from fleet.inventory.layers import Trace
from fleet.inventory.notices import alarms_of
from fleet.inventory.scope import FINDINGS_MAX, Scope, unresolved
from fleet.inventory.shapes.files import CITY
from fleet.inventory.source import Source
from fleet.inventory.suspects import suspects
from fleet.model.base import Frozen
from fleet.model.device import Device
from fleet.model.diagnostic import Diagnostic, Position, Severity
from fleet.model.errors import InventoryError
from fleet.model.fleet import City, District, RolloutLimits
from fleet.model.suspect import Suspect
from fleet.model.text import text

CITY_FILE = "city.yaml"
_VAULT_HEAD = b"$ANSIBLE_VAULT;"
# What somebody who knows more than the files has to say about one device.
Check = Callable[[Device], Iterable[Diagnostic]]


class Loaded(Frozen):
    """What a city's files say.

    `city` is None where there is any error; `sound` holds then what is free of errors, so that the
    rules can speak in the same run. `traces` maps device → field → what each level says about it,
    the winning one first. `suspects` is everything that no file may hold.
    """

    city: City | None
    diagnostics: tuple[Diagnostic, ...] = ()
    sound: City | None = None
    traces: Mapping[str, Mapping[str, tuple[Trace, ...]]] = Field(default_factory=dict)
    suspects: tuple[Suspect, ...] = ()

    def require(self) -> City:
        """The city.

        Raises:
            InventoryError: there is a fault; the error carries every one of the run.
        """
        if self.city is not None:
            return self.city
        errors = sum(d.severity is Severity.ERROR for d in self.diagnostics)
        raise InventoryError(
            text("the inventory has {n} faults", "清单有 {n} 处错误", n=errors),
            self.diagnostics,
            text("correct them where they stand", "请在所指位置逐一更正"),
        )


def load(city_dir: Path, check: Check | None = None) -> Loaded:
    """Read the city in a folder; raises nothing for anything that stands in its files.

    Positions are relative to `city_dir`. Needs no secret and no network. `check` is asked about
    every device that could be built, those of faulty files included; what it finds counts as a
    finding of the files.
    """
    root = city_dir.absolute()
    scope = Scope(CITY_FILE)
    run = Assembly(root, scope)
    if not os.path.lexists(root / CITY_FILE):
        scope.note(
            "no-city",
            None,
            text("no city.yaml in {d}", "{d} 中没有 city.yaml", d=city_dir),
            text("give the city's folder with -C", "请用 -C 指定城市目录"),
        )
        return Loaded(city=None, diagnostics=tuple(scope.findings))
    opened = run.open(root / CITY_FILE, CITY)
    if opened is None:
        return Loaded(city=None, diagnostics=tuple(scope.findings))
    city = _city(*opened, run)
    if check is not None:
        found = [f for d in run.devices for f in check(d)]
        scope.findings.extend(found[: max(0, FINDINGS_MAX - len(scope.findings))])
    if scope.full:
        scope.findings.append(_more())
    findings = tuple(sorted(scope.findings, key=_order))
    faulty = {f.position.file for f in findings if f.severity is Severity.ERROR and f.position}
    return Loaded(
        city=city if not faulty else None,
        diagnostics=findings,
        sound=_sound(city, faulty) if city is not None else None,
        traces=run.traces,
        suspects=tuple(sorted(set(run.suspects), key=lambda s: _place(s.position))),
    )


def _more() -> Diagnostic:
    return Diagnostic(
        code="more",
        severity=Severity.ERROR,
        summary=text("only the first {n} faults are shown", "仅显示前 {n} 处错误", n=FINDINGS_MAX),
        fix=text("correct these, then look again", "请先更正以上错误，再次检查"),
        position=Position(file=CITY_FILE),
    )


def _city(source: Source, bound: Bound, run: Assembly) -> City | None:
    scope = run.scope.within(file=CITY_FILE)
    run.suspects += suspects(source, None)
    head = bound.child("city")
    districts = [run.district(f, source, bound) for f in folders(run.root, scope)]
    found = tuple(d for d in districts if d is not None)
    _codes(found, run)
    if head is None:
        return None
    secrets = bound.child("secrets")
    city = City(
        code=head.need("code"),
        name=head.need("name"),
        districts=found,
        limits=_limits(bound.child("rollout")),
        alarms=alarms_of(bound.child("alarms"), scope),
        secrets_file=secrets.text("vault") if secrets else None,
        vault_password_file=secrets.text("password_file") if secrets else None,
        sources={name: s.sha256 for name, s in sorted(run.sources.items())},
    )
    _canary(city, bound, run, scope)
    if secrets is not None and city.secrets_file is not None:
        _vault(run, city.secrets_file, secrets.place("vault"), scope)
    return city.model_copy(update={"suspects": tuple(run.suspects)})


def _limits(bound: Bound | None) -> RolloutLimits:
    if bound is None:
        return RolloutLimits()
    given = {n: bound.values[n] for n in RolloutLimits.model_fields if n in bound.values}
    return RolloutLimits.model_validate(given)


def _codes(districts: tuple[District, ...], run: Assembly) -> None:
    seen: dict[str, District] = {}
    for district in districts:
        first = seen.setdefault(district.code, district)
        if first is not district:
            run.scope.within(file=f"{district.folder}/district.yaml").note(
                "duplicate-id",
                district.position,
                text(
                    "district {c} is already given in {f}",
                    "区县 {c} 已在 {f} 出现",
                    c=district.code,
                    f=first.folder,
                ),
                text("one folder a district", "每个区县一个目录"),
                field="district.code",
            )


def _canary(city: City, bound: Bound, run: Assembly, scope: Scope) -> None:
    known = [c.id for c in city.compounds()]
    rollout = bound.child("rollout")
    if city.limits.canary in (None, *known) or rollout is None or run.broken:
        return
    unresolved(scope, rollout.place("canary"), "canary", str(city.limits.canary), known)


def _vault(run: Assembly, name: str, place: Position, scope: Scope) -> None:
    """The vault must be there and be encrypted; nothing of it is kept."""
    head = _head(run.root / name)
    if head is None:
        scope.note(
            "no-reference",
            place,
            text("{f} is not there or cannot be read", "{f} 不存在或无法读取", f=name),
            text(
                "make it with: ansible-vault create {f}",
                "可用 ansible-vault create {f} 创建",
                f=name,
            ),
            field="secrets.vault",
            severity=Severity.WARNING,
        )
        return
    if head != _VAULT_HEAD:
        run.suspects.append(Suspect(what="open_vault", position=Position(file=name), key="vault"))


def _head(path: Path) -> bytes | None:
    try:
        if not path.is_file():
            return None  # Opening a fifo would wait for a writer that never comes.
        with path.open("rb") as file:
            return file.read(len(_VAULT_HEAD))
    except OSError:
        return None


def _sound(city: City, faulty: set[str]) -> City | None:
    """The part of a city whose own files have no error; None where what all inherit has one."""
    if CITY_FILE in faulty:
        return None
    districts = tuple(
        d.model_copy(update={"compounds": tuple(c for c in d.compounds if c.file not in faulty)})
        for d in city.districts
        if f"{d.folder}/district.yaml" not in faulty
    )
    return city.model_copy(update={"districts": districts})


def _place(position: Position | None) -> tuple[str, int, int]:
    if position is None:
        return ("", 0, 0)
    return (position.file, position.line, position.column)


def _order(finding: Diagnostic) -> tuple[str, int, int]:
    return _place(finding.position)
