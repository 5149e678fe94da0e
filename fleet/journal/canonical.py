"""One value, one text: the canonical JSON that the chain's digests cover.

Keys sorted, no spaces, UTF-8 without escapes. A float has many spellings, so it becomes a whole
number where it is one and is else kept to the microsecond; what is not finite is refused.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping

from pydantic import BaseModel

from fleet.model.secret import Secret

_DECIMALS = 6
_SECRET_KEY = re.compile(r"(^|[_-])(password|passwd|passphrase|secret|private[_-]?key|ha1)$", re.I)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def canonical(value: object) -> str:
    """The canonical JSON text of a plain value.

    Raises:
        ValueError: a number that is not finite.
        TypeError: a value that JSON does not have.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def plain(value: object, key: str = "") -> object:
    """`value` as JSON types only, ready for `canonical`; models become mappings.

    Raises:
        AssertionError: a secret, or a text under a key that names one (a reference is allowed).
        TypeError, ValueError: no JSON value; always a defect of the caller.
    """
    if isinstance(value, Secret):
        raise AssertionError(f"a secret's value under {key!r} must not reach the journal")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _plain_text(str(value), key)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _plain_float(value)
    if isinstance(value, BaseModel):
        return plain(value.model_dump(), key)
    if isinstance(value, Mapping):
        return {_plain_key(k): plain(v, str(k)) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v, key) for v in value]
    raise TypeError(f"{type(value).__name__} under {key!r} has no place in a record")


def _plain_key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a record's keys are texts, not {key!r}")
    return str(key)


def _plain_text(value: str, key: str) -> str:
    if _SECRET_KEY.search(key) and value and not value.startswith("secret://"):
        raise AssertionError(f"a text under {key!r} must not reach the journal; give a reference")
    # Half a character cannot be written as UTF-8; a device's odd name must not stop an append.
    return _LONE_SURROGATE.sub("\ufffd", value)


def _plain_float(value: float) -> int | float:
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number of a record")
    return int(value) if value.is_integer() else _rounded(value)


def _rounded(value: float) -> int | float:
    near = round(value, _DECIMALS)
    return int(near) if near.is_integer() else near
