"""What a compound's file says about the site: the facts that the notice asks for."""

from __future__ import annotations

from fleet.inventory.shapes.words import FREE_TEXT, IDENTIFIER, LABEL, NAME
from fleet.inventory.types import (
    BoolType,
    EnumType,
    Field,
    IntType,
    ListType,
    NumberType,
    ObjectType,
)
from fleet.model.text import text

CATEGORY = EnumType(
    {
        "old": text(
            "built by the end of 2000 and in the renovation plan",
            "2000 年底前建成并纳入老旧小区改造计划",
        ),
        "existing": text("built from 2001 on; improved step by step", "2001 年后建成，逐步完善"),
        "new": text("new; security is part of its planning", "新建，安防纳入建设规划"),
    }
)
STAGE = EnumType(
    {
        "planned": text("security is planned", "已规划"),
        "designed": text("designed", "已设计"),
        "under_construction": text("under construction", "施工中"),
        "accepted": text("built and accepted", "已验收"),
    }
)
AREA_KIND = EnumType(
    {
        "entrance": text("at an entrance", "出入口"),
        "main_road": text("main road", "主干道"),
        "plaza_public": text("plaza or public place", "广场及公共活动区域"),
        "elevator": text("lift", "电梯"),
        "underground_garage": text("underground garage", "地下车库"),
        "civil_defence": text("civil defence rooms", "人防工程"),
        "equipment_room": text("equipment room", "设备用房"),
    }
)
PHYSICAL = EnumType(
    {
        "wall": text("wall", "围墙"),
        "fence": text("fence", "栅栏"),
        "building": text("outer wall of a building", "建筑外墙"),
        "water": text("water", "水体"),
    }
)
ELECTRONIC = EnumType(
    {
        "beam": text("infrared beams", "红外对射"),
        "vibration_fibre": text("vibration fibre", "振动光纤"),
        "electronic_fence": text("electronic fence", "电子围栏"),
        "video": text("video analysis", "视频周界"),
    }
)
ENTRANCE_KIND = EnumType(
    {
        "pedestrian": text("people only", "人行"),
        "vehicle": text("vehicles only", "车行"),
        "mixed": text("both together (clause 9 wants them apart)", "人车混行（通知要求争取分离）"),
    }
)
PASSAGE = EnumType(
    {
        "unit": text("unit entrance", "单元入口"),
        "garage": text("passage to the garage", "地下停车场通道"),
        "lift_lobby": text("lift lobby", "电梯口"),
    }
)

_WATCHED_BY = {
    "centre": text("the district's own", "区县中心"),
    "site": text(
        "one at the site, whose signed files the centre takes in",
        "现场采集服务，中心导入其签名文件",
    ),
}
COMPOUND = ObjectType(
    {
        "id": Field(
            IDENTIFIER, text("id, unique in the city", "小区编号，全市唯一"), required=True
        ),
        "name": Field(NAME, text("name", "小区名称"), required=True),
        "category": Field(
            CATEGORY,
            text("category of the notice (clauses 1-3)", "通知中的小区类别"),
            required=True,
        ),
        "built_year": Field(IntType(1900, 2100), text("year built", "建成年份"), required=True),
        "renovation_plan": Field(
            BoolType(),
            text(
                "whether it is in the renovation plan for old compounds", "是否纳入老旧小区改造计划"
            ),
        ),
        "stage": Field(
            STAGE, text("how far its security has come (clause 4)", "安防建设阶段（同步建设）")
        ),
        "address": Field(FREE_TEXT, text("street address", "地址")),
        "households": Field(IntType(0, 100_000), text("number of households", "户数")),
        "watched_by": Field(
            EnumType(_WATCHED_BY),
            text(
                "whose collector watches its devices, default centre",
                "由谁的采集服务监测，默认 centre",
            ),
        ),
    }
)
AREA = ObjectType(
    {
        "id": Field(LABEL, text("id, unique in the compound", "编号，小区内唯一"), required=True),
        "kind": Field(AREA_KIND, text("kind of area (clause 11)", "区域类别"), required=True),
        "name": Field(NAME, text("name", "名称"), required=True),
    }
)
SEGMENT = ObjectType(
    {
        "id": Field(LABEL, text("id, unique in the compound", "编号，小区内唯一"), required=True),
        "length_m": Field(
            NumberType(0, 100_000), text("length in metres", "长度（米）"), required=True
        ),
        "physical": Field(PHYSICAL, text("physical protection, if any", "实体防护（如有）")),
        "electronic": Field(ELECTRONIC, text("electronic protection, if any", "电子防护（如有）")),
    }
)
ENTRANCE = ObjectType(
    {
        "id": Field(LABEL, text("id, unique in the compound", "编号，小区内唯一"), required=True),
        "name": Field(NAME, text("name", "名称"), required=True),
        "kind": Field(ENTRANCE_KIND, text("who passes here", "通行类型"), required=True),
        "gates": Field(
            ListType(IDENTIFIER),
            text(
                "the gate controllers, door readers or barrier-driving cameras that close it",
                "控制该出入口的闸机、门禁或带道闸的车牌相机",
            ),
        ),
    }
)
UNIT_DOOR = ObjectType(
    {
        "id": Field(LABEL, text("id, unique in the compound", "编号，小区内唯一"), required=True),
        "name": Field(NAME, text("name", "名称"), required=True),
        "building": Field(NAME, text("building", "楼栋"), required=True),
        "passage": Field(PASSAGE, text("what it leads to; default unit", "位置，默认 unit")),
        "reader": Field(IDENTIFIER, text("its door reader's id", "门禁设备编号")),
    }
)
CENTRE = ObjectType(
    {
        "room": Field(NAME, text("where the monitoring centre is", "监控中心位置"), required=True),
        "shifts": Field(IntType(0, 6), text("duty shifts a day", "每日班次")),
        "staff_per_shift": Field(IntType(0, 100), text("people on each shift", "每班人数")),
        "ups_minutes": Field(IntType(0, 10_000), text("minutes on backup power", "备用电源分钟数")),
    }
)
