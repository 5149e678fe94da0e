"""The three kinds of file: city.yaml, district.yaml, and one file a compound."""

from __future__ import annotations

from fleet.inventory.shapes.device import DEVICE, GROUPS, LOGINS
from fleet.inventory.shapes.notices import ALARMS, CONTACTS, DECLARED
from fleet.inventory.shapes.report import CITY_REPORT, DISTRICT_REPORT
from fleet.inventory.shapes.settings import SETTINGS
from fleet.inventory.shapes.site import AREA, CENTRE, COMPOUND, ENTRANCE, SEGMENT, UNIT_DOOR
from fleet.inventory.shapes.uplink import PLATFORM, UPLINK
from fleet.inventory.shapes.words import DIVISION, FILE_NAME, IDENTIFIER, NAME
from fleet.inventory.types import EnumType, Field, IntType, ListType, ObjectType
from fleet.model.text import Text, text

_APPROVE = {
    "never": text("none (the default)", "无（默认）"),
    "after_canary": text("the one after the canary", "先行小区之后的一批"),
    "every_wave": text("each one after the canary", "先行小区之后的每一批"),
}
_SETTINGS = Field(
    SETTINGS,
    text(
        "settings by device kind, inherited city → district → compound → group → device",
        "按设备类型的设置，继承顺序：市 → 区县 → 小区 → 分组 → 设备",
    ),
)
_LOGINS = Field(
    LOGINS,
    text(
        "how to log in to a device before it has a password of its own, by kind",
        "设备尚无独立口令前的登录方式，按类型",
    ),
)
_UPLINK = Field(
    UPLINK, text("where the recorders register (clause 16)", "录像机上联的平台（实时对接）")
)
_CONTACTS = Field(
    CONTACTS,
    text(
        "whom to phone about a link; organisations and desks, no persons",
        "上联故障联系单位；填单位和值班台，不填个人",
    ),
)


def _identity(code: Text, name: Text) -> ObjectType:
    return ObjectType(
        {"code": Field(DIVISION, code, required=True), "name": Field(NAME, name, required=True)}
    )


CITY = ObjectType(
    {
        "city": Field(
            _identity(
                text("division code, like 340700", "行政区划代码，如 340700"), text("name", "名称")
            ),
            text("which city this is", "城市"),
            required=True,
        ),
        "secrets": Field(
            ObjectType(
                {
                    "vault": Field(
                        FILE_NAME,
                        text(
                            "the ansible-vault file beside city.yaml",
                            "city.yaml 旁的 ansible-vault 文件",
                        ),
                    ),
                    "password_file": Field(
                        FILE_NAME,
                        text(
                            "file with the vault's password beside city.yaml; not in production",
                            "city.yaml 旁的保险库口令文件；生产环境请勿放置",
                        ),
                    ),
                }
            ),
            text("where the given secrets lie", "所给密钥的存放位置"),
        ),
        "rollout": Field(
            ObjectType(
                {
                    "canary": Field(
                        IDENTIFIER, text("the compound that goes first", "先行小区编号")
                    ),
                    "wave_size": Field(
                        IntType(1, 1000), text("compounds in a wave at most", "每批最多小区数")
                    ),
                    "tolerated_failures": Field(
                        IntType(0, 100_000),
                        text(
                            "failed devices a wave bears; one more stops it",
                            "每批可容忍的失败设备数，超出即停",
                        ),
                    ),
                    "in_flight": Field(
                        IntType(1, 10_000),
                        text(
                            "devices under change at once; more than tolerated_failures + 1 is "
                            "faster and accepts an overshoot that the plan shows",
                            "同时变更的设备数；大于容忍数 + 1 更快，但计划会显示可能超出的数量",
                        ),
                    ),
                    "approve": Field(
                        EnumType(_APPROVE),
                        text(
                            "waves that wait for `fleet rollout approve` before they begin",
                            "开始前须等待 fleet rollout approve 的批次",
                        ),
                    ),
                }
            ),
            text("limits of a rollout", "下发的限制"),
        ),
        "report": Field(CITY_REPORT, text("the monthly report (clause 21)", "月度报告")),
        "alarms": Field(ALARMS, text("where alarms go out to", "告警的发送途径")),
        "contacts": _CONTACTS,
        "logins": _LOGINS,
        "settings": _SETTINGS,
    }
)
DISTRICT = ObjectType(
    {
        "district": Field(
            _identity(
                text(
                    "division code, the same as in the folder's name", "行政区划代码，与目录名一致"
                ),
                text("name", "名称"),
            ),
            text("which district or county this is", "区县"),
            required=True,
        ),
        "platform": Field(
            PLATFORM, text("the district's own central servers", "区县自有的中心服务器")
        ),
        "uplink": _UPLINK,
        "report": Field(DISTRICT_REPORT, text("the monthly report (clause 21)", "月度报告")),
        "contacts": _CONTACTS,
        "declared": Field(
            ListType(DECLARED),
            text(
                "compounds that nobody manages by this product yet, one a line",
                "尚未纳入本系统管理的小区，每行一个",
            ),
        ),
        "logins": _LOGINS,
        "settings": _SETTINGS,
    }
)
COMPOUND_FILE = ObjectType(
    {
        "compound": Field(COMPOUND, text("which compound this is", "小区"), required=True),
        "uplink": _UPLINK,
        "areas": Field(
            ListType(AREA),
            text("existing areas of the notice's kinds (clause 11)", "通知所列类别的现有区域"),
        ),
        "perimeter": Field(
            ListType(SEGMENT), text("the perimeter, segment by segment (6-7)", "周界，逐段填写")
        ),
        "entrances": Field(ListType(ENTRANCE), text("entrances (8-10)", "出入口")),
        "unit_doors": Field(
            ListType(UNIT_DOOR), text("unit doors and passages (13)", "单元门及通道门")
        ),
        "centre": Field(CENTRE, text("monitoring centre and duty (15)", "监控中心及值班")),
        "contacts": _CONTACTS,
        "logins": _LOGINS,
        "settings": _SETTINGS,
        "groups": Field(
            GROUPS, text("device groups with settings of their own", "设备分组及其设置")
        ),
        "devices": Field(
            ListType(DEVICE), text("the devices, one a line", "设备，每行一台"), required=True
        ),
    }
)
