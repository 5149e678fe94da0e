"""GB/T 28181-2022 ids (annex E): 20 digits that say where, in what industry and what kind.

Digits 1-8 centre (province, city, district, grass-roots unit), 9-10 industry, 11-13 type,
14 network, 15-20 serial number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from fleet.model.text import Text, text

# Every vendor's manual shows ids that begin like this; 3402 is in truth another city (Wuhu).
SAMPLE_PREFIX = "34020000"
CAMERA_TYPES = ("131", "132")
PLATE_CAMERA_TYPES = ("132", "121")
VEHICLE_GATE_TYPES = ("141", "123")
PEDESTRIAN_GATE_TYPES = ("142", "124")
DOOR_TYPES = ("142", "143")
RECORDER_TYPES = ("118",)
PLATFORM_TYPES = ("200",)
# Industries of annex E: 00-08, 11, the sections of GB/T 4754 at 40-59, and 90-99 by agreement.
_INDUSTRIES = frozenset({*range(9), 11, *range(40, 60), *range(90, 100)})


@dataclass(frozen=True)
class GbId:
    """The parts of an id, as text."""

    centre: str
    industry: str
    type: str
    network: str
    serial: str


def parse(value: str) -> GbId:
    """Cut an id into its parts.

    Raises:
        ValueError: it is not 20 ASCII digits.
    """
    if len(value) != 20 or not (value.isascii() and value.isdigit()):
        raise ValueError("a GB/T 28181 id has 20 digits")
    return GbId(value[:8], value[8:10], value[10:13], value[13], value[14:])


def faults(value: str, division: str, types: Collection[str]) -> Iterator[tuple[str, Text, Text]]:
    """What is wrong with an id: code, why, what to do.

    Args:
        value: an id that `parse` accepts.
        division: the code it must begin with; trailing zero pairs stand for any division below.
        types: the type codes allowed here.
    """
    parts = parse(value)
    if value.startswith(SAMPLE_PREFIX):
        yield (
            "gb-id-sample",
            text(
                "{v} is a sample id from a vendor's manual", "{v} 是厂商手册中的示例编码", v=value
            ),
            text("use an id of your own division", "请使用本辖区的编码"),
        )
    elif not value.startswith(prefix := _prefix(division)):
        yield (
            "gb-id-division",
            text("{v} does not begin with {d}", "{v} 不以 {d} 开头", v=value, d=prefix),
            text(
                "the first digits are the division's code: {d}",
                "前几位应为行政区划代码：{d}",
                d=prefix,
            ),
        )
    if parts.type not in types:
        wanted = ", ".join(types)
        yield (
            "gb-id-type",
            text(
                "digits 11-13 of {v} are {t}; here {w}",
                "{v} 的第 11-13 位是 {t}，此处应为 {w}",
                v=value,
                t=parts.type,
                w=wanted,
            ),
            text(
                "the type code must be the device's kind: {w}",
                "类型码须与设备类型一致：{w}",
                w=wanted,
            ),
        )
    if int(parts.industry) not in _INDUSTRIES:
        yield (
            "gb-id-industry",
            text(
                "digits 9-10 of {v} are {i}, no industry of annex E",
                "{v} 的第 9-10 位是 {i}，不是附录 E 的行业编码",
                v=value,
                i=parts.industry,
            ),
            text("a residential community is 01", "社区、楼宇为 01"),
        )


def _prefix(division: str) -> str:
    while len(division) > 2 and division.endswith("00"):
        division = division[:-2]
    return division
