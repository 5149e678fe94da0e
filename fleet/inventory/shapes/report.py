"""What city.yaml and district.yaml say about the monthly report: its period, sender, receiver."""

from __future__ import annotations

from fleet.inventory.shapes.words import FREE_TEXT, IDENTIFIER, NAME
from fleet.inventory.types import Field, IntType, ListType, ObjectType, TextType
from fleet.model.text import text

_LOCAL_TIME = TextType(
    text("a time of Asia/Shanghai, like 2026-11-20 22:30", "北京时间，如 2026-11-20 22:30"),
    r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}",
    example="2026-11-20 22:30",
)
_WINDOW = ObjectType(
    {
        "from": Field(_LOCAL_TIME, text("when the work begins", "开始时间"), required=True),
        "to": Field(_LOCAL_TIME, text("when it ends", "结束时间"), required=True),
        "reason": Field(FREE_TEXT, text("what is done", "事由"), required=True),
        "compounds": Field(
            ListType(IDENTIFIER), text("compounds; none: all of them", "涉及小区；不填为全部")
        ),
    }
)
_SHARED = {
    "from_day": Field(
        IntType(1, 28),
        text(
            "the day of the month on which a period begins; default 25, 1 is the calendar month",
            "统计期起始日，默认 25；1 为自然月",
        ),
    ),
    "due_day": Field(
        IntType(1, 28),
        text(
            "the day by which the report is due; default 25 (clause 21)",
            "报送截止日，默认每月 25 日（通知要求）",
        ),
    ),
    "recipient": Field(NAME, text("whom the report is addressed to", "主送机关")),
}
CITY_REPORT = ObjectType(_SHARED)
DISTRICT_REPORT = ObjectType(
    _SHARED
    | {
        "issuer": Field(NAME, text("the bureau that signs the report", "发文机关署名")),
        "windows": Field(
            ListType(_WINDOW),
            text(
                "planned work, excluded from the rates and listed",
                "计划检修时段，不计入各项率并单独列出",
            ),
        ),
    }
)
