"""Canonical values → the text of a node, with the type checked before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fleet.drivers.isapi import values
from fleet.drivers.reasons import Unfit, not_flag, not_list, not_text, not_whole
from fleet.model.device import FieldValue


def text_word(value: FieldValue) -> str:
    """A text as it is.

    Raises:
        Unfit: it is no text.
    """
    if not isinstance(value, str):
        raise Unfit(not_text())
    return value


def number_word(value: FieldValue) -> str:
    """A whole number in decimal digits.

    Raises:
        Unfit: it is no number.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit(not_whole())
    return str(value)


def flag_word(value: FieldValue) -> str:
    """`true` or `false`.

    Raises:
        Unfit: it is neither.
    """
    if not isinstance(value, bool):
        raise Unfit(not_flag())
    return "true" if value else "false"


def list_word(value: FieldValue) -> list[str]:
    """A list of texts as it is.

    Raises:
        Unfit: it is no list.
    """
    if not isinstance(value, list):
        raise Unfit(not_list())
    return value


def zone_word(value: FieldValue) -> str:
    """A POSIX time zone, sign reversed.

    Raises:
        Unfit: it is not like `UTC+08:00`.
    """
    return values.zone_to_device(text_word(value))


def one_of(names: Mapping[str, str]) -> Callable[[FieldValue], str]:
    """The device's word for a canonical one, by a table."""

    def word(value: FieldValue) -> str:
        return values.named_to_device(names, text_word(value))

    return word


def meaning_of(names: Mapping[str, str]) -> Callable[[str], FieldValue]:
    """The canonical word for a device's one, by the same table."""

    def meaning(told: str) -> FieldValue:
        return values.named_from_device(names, told)

    return meaning
