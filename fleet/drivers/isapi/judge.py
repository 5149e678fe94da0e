"""Which values ISAPI has a form for, told before any device is asked.

The encoders are the ones that write, so that what passes here cannot be refused for its form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fleet.drivers.isapi import values
from fleet.drivers.isapi.document import holds
from fleet.drivers.isapi.places import NodesPlace, no_xml
from fleet.drivers.isapi.tables import RESOURCES, places
from fleet.drivers.isapi.words import list_word, number_word, text_word
from fleet.drivers.reasons import Unfit, reason, unknown_field
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.text import Text

Encode = Callable[[FieldValue], str]


def _ways(value: FieldValue) -> str:
    return values.ways_to_device(list_word(value))


def _each(value: FieldValue) -> str:
    return "".join(list_word(value))


# Fields whose place is not one node each (special.py).
_SPECIAL: Mapping[str, Encode] = {
    "ntp_server": text_word,
    "ntp_port": number_word,
    "osd_text": text_word,
    "auth_ways": _ways,
    "gb_channel_ids": _each,
}


def why_not(kind: DeviceKind, field: str, value: FieldValue) -> Text | None:
    """Why `value` cannot be written to `field` of a `kind`; None where it can."""
    for resource in RESOURCES.get(kind, ()):
        if any(spec.name == field and spec.readable for spec in resource.fields):
            return _why(_encoder(resource.name, field), value)
    return unknown_field(kind.value, field, "ISAPI")


def _encoder(resource: str, field: str) -> Encode:
    if field in _SPECIAL:
        return _SPECIAL[field]
    nodes = [n for p in places(resource, "") if isinstance(p, NodesPlace) for n in p.fields]
    return next(node.encode for node in nodes if node.field == field)


def _why(encode: Encode, value: FieldValue) -> Text | None:
    try:
        word = encode(value)
    except Unfit as error:
        return reason(error)
    return None if holds(word) else no_xml()
