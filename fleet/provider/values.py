"""Between the provider SDK's property values and plain JSON values.

The engine's numbers are floats; ours are integers. An unknown (an output of something not made
yet) arrives as the SDK's sentinel text, at any depth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime.rpc import UNKNOWN

Plain = Mapping[str, object]


def plain(properties: Mapping[str, PropertyValue]) -> dict[str, object]:
    """Property values as JSON values; secrets lose their mark."""
    return {key: _plain(value) for key, value in properties.items()}


def properties(values: Plain, secret: frozenset[str] = frozenset()) -> dict[str, PropertyValue]:
    """JSON values as property values; the keys in `secret` are marked so."""
    return {key: _property(value, key in secret) for key, value in values.items()}


def has_unknown(value: object) -> bool:
    """Whether an unknown stands anywhere in a plain value."""
    if isinstance(value, Mapping):
        return any(has_unknown(v) for v in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return any(has_unknown(v) for v in value)
    return value == UNKNOWN


def _plain(value: PropertyValue) -> object:
    inner = value.value
    if isinstance(inner, Mapping):
        return plain(inner)
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        return [_plain(v) for v in inner]
    if isinstance(inner, float) and inner.is_integer():
        return int(inner)
    return inner


def _property(value: object, secret: bool = False) -> PropertyValue:
    if isinstance(value, Mapping):
        return PropertyValue(properties(value), is_secret=secret)
    if isinstance(value, list | tuple):
        return PropertyValue([_property(v) for v in value], is_secret=secret)
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value), is_secret=secret)
    return PropertyValue(cast("str | bool | float | None", value), is_secret=secret)
