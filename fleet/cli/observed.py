"""Options and answers of plans that are made from a signed observation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fleet.cli.context import Context
from fleet.cli.kit import option
from fleet.model.errors import UsageError
from fleet.model.text import Text, text
from fleet.plan.observed import MAX_AGE_H

if TYPE_CHECKING:
    from fleet.app.compose import Planned
    from fleet.app.sides import Sides
    from fleet.model.fleet import City
    from fleet.model.plan import Plan

OBSERVED = option(
    "--observed",
    type=click.Path(path_type=Path, dir_okay=False),
    help=text(
        "Plan from this signed observation: no credential, no device contact.",
        "依据此签名观测出计划：不用凭据，不连接设备。",
    ),
)
OBSERVER_KEY = option(
    "--observer-key",
    metavar="KEY|FILE",
    help=text(
        "Trust this key (ed25519:…) or file of keys instead of observers.pub.",
        "信任此公钥（ed25519:…）或公钥文件，而非 observers.pub。",
    ),
)
MAX_AGE = option(
    "--max-age",
    type=click.FloatRange(0, min_open=True),
    metavar="HOURS",
    help=text(
        f"Refuse (exit 7) an observation older than this; default {MAX_AGE_H:g}.",
        f"拒绝（退出码 7）早于此小时数的观测，默认 {MAX_AGE_H:g}。",
    ),
)


@dataclass(frozen=True)
class Origin:
    """What a shown plan came from: its observation's sha256 and age, the base's side."""

    digest: str = ""
    age: Text | None = None
    sides: Sides | None = None


@dataclass(frozen=True)
class FromObservation:
    """A plan made from an observation, with what a comment tells of it."""

    planned: Planned
    city: City
    age: Text
    digest: str


def plan_from(
    ctx: Context, file: Path, key: str | None, targets: Sequence[str], max_age_h: float | None
) -> FromObservation:
    """Plan from a signed observation; without `max_age_h` the age is not judged.

    Raises:
        AlteredPlan, StalePlan: the observation is altered, foreign or too old (exit 7).
        PolicyDenied, InventoryError, UsageError: as for any plan.
    """
    import hashlib

    from fleet.app.observed import plan_observed
    from fleet.plan.observed import age, age_text, check_age
    from fleet.wiring import observed

    ground = observed.open_ground(ctx.city_dir)
    keys = observed.trusted(ctx.city_dir, key)
    found = observed.read_observation(file, ground.city.code, keys)
    if max_age_h is not None:
        check_age(found, ground.now, max_age_h)
    planned = plan_observed(ground, found, targets)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return FromObservation(planned, ground.city, age_text(age(found, ground.now)), digest)


def obey(ctx: Context, reviewed: str, again: Plan | None, fresh: Plan) -> None:
    """Let only reviewed content pass, and say that it did.

    Raises:
        UsageError: `reviewed` is no fingerprint.
        ConsentNeeded: something would be done that was not reviewed (exit 8).
    """
    from fleet.app.observed import obey_review
    from fleet.plan.review import is_review_fingerprint

    if not is_review_fingerprint(reviewed):
        raise UsageError(
            text(
                "--reviewed is the fingerprint in the plan comment's first line (review=…)",
                "--reviewed 应为计划评论首行中的指纹（review=…）",
            )
        )
    obey_review(reviewed, again, fresh)
    ctx.say(text("this content was reviewed: {p}", "此内容已评审：{p}", p=reviewed[:12]))
