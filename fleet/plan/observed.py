"""An observation as a signed JSON document, and the keys that a city trusts to sign one.

Signed are the canonical bytes of what was seen, after a word that says what they are for, so that a
signature made for something else never fits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from fleet.model.errors import AlteredPlan, StalePlan
from fleet.model.sight import FleetObservation
from fleet.model.text import Text, text
from fleet.plan.canonical import canonical_bytes
from fleet.ports.signing import Signer, Verify

PURPOSE = b"fleet/observation/v1\n"
# Room for 100,000 devices; what is larger was not written by us.
LIMIT = 256 * 1024 * 1024
# Clocks of two machines may differ by so much; a later observation is from the future.
SKEW = timedelta(minutes=5)
MAX_AGE_H = 36.0
_KEY = re.compile(r"ed25519:[A-Za-z0-9+/]{43}=")


def to_bytes(observation: FleetObservation, signer: Signer) -> bytes:
    """The signed document."""
    body = canonical_bytes(observation)
    document = {
        "fleet_observation": json.loads(body),
        "key": signer.public,
        "signature": signer.sign(PURPOSE + body),
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def from_bytes(raw: bytes, city: str, trusted: Collection[str], verify: Verify) -> FleetObservation:
    """Read a signed document.

    Raises:
        AlteredPlan: it is no observation, was changed, is signed by nobody trusted, or is of
            another city.
    """
    try:
        if len(raw) > LIMIT:
            raise ValueError("too large")
        document = json.loads(raw)
        body = canonical_bytes(document["fleet_observation"])
        key, signature = str(document["key"]), str(document["signature"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _none() from error
    if key not in trusted:
        raise AlteredPlan(
            text(
                "the observation is signed with {k}, which this city does not trust",
                "观测由 {k} 签名，本市未信任该密钥",
                k=key if _KEY.fullmatch(key) else "?",
            ),
            text(
                "if it is yours, enrol it: fleet observe --enrol, then commit observers.pub",
                "如确为本单位密钥，请登记：fleet observe --enrol，并提交 observers.pub",
            ),
        )
    if not verify(key, PURPOSE + body, signature):
        raise AlteredPlan(
            text("the observation is not what was signed", "观测与签名时不一致"),
            text("observe again: fleet observe -o FILE", "请重新观测：fleet observe -o FILE"),
        )
    try:
        found = FleetObservation.model_validate(document["fleet_observation"])
    except ValidationError as error:
        raise _none() from error
    if found.city != city:
        raise AlteredPlan(
            text(
                "the observation is of city {p}, this is {c}",
                "观测属于城市 {p}，当前为 {c}",
                p=found.city,
                c=city,
            )
        )
    return found


def age(observation: FleetObservation, now: str) -> timedelta:
    """How long ago looking began."""
    return _time(now) - _time(observation.taken_at)


def check_age(observation: FleetObservation, now: str, max_age_h: float) -> None:
    """Refuse an observation that tells too little about today.

    Raises:
        StalePlan: it is older than `max_age_h` hours, or from the future.
    """
    old = age(observation, now)
    if old < -SKEW:
        raise StalePlan(
            text(
                "the observation is from the future ({t}): a clock is wrong",
                "观测时间在未来（{t}）：时钟有误",
                t=observation.taken_at,
            )
        )
    if old > timedelta(hours=max_age_h):
        raise StalePlan(
            text(
                "the observation is {a} old; at most {m:g} h are allowed",
                "观测已过 {a}；最多允许 {m:g} 小时",
                a=age_text(old),
                m=max_age_h,
            ),
            text(
                "observe again where the credentials are, or allow it: --max-age HOURS",
                "请在有凭据的机器上重新观测，或用 --max-age 小时数 放行",
            ),
        )


def age_text(old: timedelta) -> Text:
    """An age for a person, in the unit that fits."""
    minutes = max(int(old.total_seconds() // 60), 0)
    if minutes < 120:
        return text("{n} min", "{n} 分钟", n=minutes)
    if minutes < 48 * 60:
        return text("{n} h", "{n} 小时", n=minutes // 60)
    return text("{n} days", "{n} 天", n=minutes // 1440)


def trusted_keys(words: str) -> dict[str, str]:
    """Keys of an `observers.pub`, each with its name: one `ed25519:BASE64 NAME` a line, # comments.

    Raises:
        AlteredPlan: a line is no key; its number is told.
    """
    found = {}
    for number, line in enumerate(words.splitlines(), start=1):
        key, _, name = line.partition("#")[0].strip().partition(" ")
        if key and not _KEY.fullmatch(key):
            raise AlteredPlan(
                text(
                    "line {n} of the trusted keys is not ed25519:BASE64 NAME",
                    "受信任密钥第 {n} 行不是 ed25519:BASE64 名称",
                    n=number,
                )
            )
        if key:
            found[key] = name.strip()
    return found


def _none() -> AlteredPlan:
    return AlteredPlan(
        text("this is not an observation of fleet", "这不是 fleet 的观测文件"),
        text("make one with: fleet observe -o FILE", "用以下命令生成：fleet observe -o FILE"),
    )


def _time(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).astimezone(UTC)
