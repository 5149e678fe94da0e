"""What a rule is: a pure function with its clause, wording, owner and examples.

The notice 铜公通〔2021〕123号 speaks in three strengths, and so do the findings: 应当/应 must, 争取
and 逐步 strive, and what protects residents holds whatever the compound's age.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from fleet.model.compound import Category
from fleet.model.device import Device
from fleet.model.diagnostic import Position, Severity
from fleet.model.fleet import Compound
from fleet.model.suspect import Suspect
from fleet.model.text import Text, text

NOTICE = "铜公通〔2021〕123号"
NOTICE_VERSION = "2021-04"


class Wording(StrEnum):
    """How strongly the clause is worded."""

    MUST = "must"  # 应当、应: error in a new compound; 结合实际 and 逐步 soften it in others
    STRIVE = "strive"  # 争取: a warning everywhere
    ALWAYS = "always"  # 不应强制、保障: an error everywhere


class Owner(StrEnum):
    """The department that follows a finding up (clause 19)."""

    POLICE = "police"
    HOUSING = "housing"
    CIVIL_AFFAIRS = "civil_affairs"


@dataclass(frozen=True)
class Hit:
    """One place that breaks a rule. `mild` holds it to a warning whatever the wording."""

    summary: Text
    fix: Text
    position: Position | None
    device: str | None = None
    field: str | None = None
    compound: str | None = None
    mild: bool = False


@dataclass(frozen=True)
class Example:
    """Sections of a compound's file that keep a rule, and others that break it; YAML."""

    good: str
    bad: str


@dataclass(frozen=True)
class Rule:
    """One rule. It judges a compound's declared facts, or what the reader found suspicious.

    `title` and `why` are for people; `standard` and `version` name the source of `clause`.
    """

    id: str
    clause: str
    wording: Wording
    owner: Owner
    title: Text
    why: Text
    example: Example
    compound: Callable[[Compound], Iterator[Hit]] | None = None
    suspect: Callable[[Suspect], Hit | None] | None = None
    standard: str = NOTICE
    version: str = NOTICE_VERSION

    def severity(self, category: Category | None, mild: bool = False) -> Severity:
        """How a finding counts in a compound of that category (None: in a file above it)."""
        if mild or self.wording is Wording.STRIVE:
            return Severity.WARNING
        if self.wording is Wording.ALWAYS or category in (None, Category.NEW):
            return Severity.ERROR
        return Severity.WARNING

    @property
    def severities(self) -> dict[str, Severity]:
        """The severity in each category of compound, new ones first."""
        order = (Category.NEW, Category.EXISTING, Category.OLD)
        return {category.value: self.severity(category) for category in order}


# What a finding in an existing compound becomes: clause 2 has it improved step by step.
PLAN_ITEM = text("put it into the remediation plan", "列入逐步完善计划")
# Clause 1: an old compound does what its circumstances allow.
AS_FITS = text(
    "as circumstances allow, else waive it with a reason", "结合实际建设，确有困难的说明理由"
)


def at(device: Device, field: str) -> Position | None:
    """Where a device's field was set, or the device where nobody set it."""
    places = device.origins.get(field)
    return places[0] if places else device.position
