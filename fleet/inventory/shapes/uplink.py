"""The district's platform and a compound's uplink (GB/T 28181-2022, 9.1 and 9.6)."""

from __future__ import annotations

from fleet.inventory.shapes.words import ADDRESS, GB_DOMAIN, GB_ID, HOST, PORT, SECRET
from fleet.inventory.types import ChoiceType, EnumType, Field, IntType, ListType, ObjectType
from fleet.model.text import text

_COLLECTOR = ObjectType(
    {
        "poll_s": Field(
            IntType(1, 3600),
            text("seconds between two looks at a device, default 60", "轮询间隔（秒），默认 60"),
        ),
        "addresses": Field(
            ListType(ADDRESS),
            text(
                "addresses on which it hears SNMP notifications; default the platform's",
                "接收 SNMP 告警通知的地址，默认为平台地址",
            ),
        ),
        "trap_port": Field(
            PORT, text("UDP port for notifications, default 16200", "通知的 UDP 端口，默认 16200")
        ),
        "community": Field(
            SECRET,
            text(
                "v2c community, by reference; without it only v3 is taken",
                "v2c 团体名（引用）；不填则只接受 v3",
            ),
        ),
        "clock_limit_s": Field(
            IntType(1, 3600),
            text("seconds a clock may be off, default 60", "时钟允许偏差（秒），默认 60"),
        ),
        "keep_days": Field(
            IntType(1, 3650), text("days of history, default 400", "历史保留天数，默认 400")
        ),
        "max_mb": Field(
            IntType(1, 1_000_000),
            text("most of history in MiB, default 512", "历史占用上限（MiB），默认 512"),
        ),
    }
)
PLATFORM = ObjectType(
    {
        "server_id": Field(
            GB_ID, text("its GB/T 28181 id, type 200", "平台国标编码，类型码 200"), required=True
        ),
        "server_domain": Field(
            GB_DOMAIN,
            text("SIP domain: the first 10 digits of server_id", "SIP 域：平台编码前 10 位"),
            required=True,
        ),
        "addresses": Field(
            ListType(ADDRESS),
            text("addresses that the registrar binds", "注册服务监听的地址"),
            required=True,
        ),
        "port": Field(
            PORT, text("SIP port on each address (UDP)", "SIP 端口（UDP）"), required=True
        ),
        "collector": Field(
            _COLLECTOR,
            text(
                "watch the district's health by a service of its stack; {} for the defaults",
                "由区县服务器栈中的采集服务监测健康状况；全用默认值写 {}",
            ),
        ),
    }
)
_SOURCES = {
    "platform": text("the district's own platform", "本区县自有平台"),
    "operator": text(
        "a platform whose data was given, usually the police's; needs no engine",
        "由运营方给出参数的平台（通常为公安平台），不需要引擎",
    ),
}
_SOURCE = Field(EnumType(_SOURCES), text("whose platform it is", "上级平台归属"), required=True)
_TIMERS = {
    "expires_s": Field(
        IntType(3600, 604_800),
        text("seconds a registration lasts, default 86400", "注册有效期（秒），默认 86400"),
    ),
    "keepalive_s": Field(
        IntType(5, 3600), text("seconds between keepalives, default 60", "心跳间隔（秒），默认 60")
    ),
    "keepalive_count": Field(
        IntType(1, 100), text("missed keepalives until offline, default 3", "心跳超时次数，默认 3")
    ),
}
UPLINK = ChoiceType(
    "source",
    _SOURCES,
    {
        "platform": ObjectType(
            {
                "source": _SOURCE,
                "server_address": Field(
                    ADDRESS,
                    text(
                        "which of the platform's addresses; default the first",
                        "使用平台的哪个地址，默认第一个",
                    ),
                ),
                "password": Field(
                    SECRET,
                    text(
                        "SIP password; default secret://generated/sip/{gb_id}, one a recorder",
                        "SIP 口令；默认 secret://generated/sip/{gb_id}，每台录像机一个",
                    ),
                ),
                **_TIMERS,
            }
        ),
        "operator": ObjectType(
            {
                "source": _SOURCE,
                "server_id": Field(
                    GB_ID, text("id of the upper platform", "上级平台编码"), required=True
                ),
                "server_domain": Field(
                    GB_DOMAIN,
                    text("SIP domain of the upper platform", "上级平台 SIP 域"),
                    required=True,
                ),
                "server_address": Field(
                    HOST, text("address of the upper platform", "上级平台地址"), required=True
                ),
                "server_port": Field(
                    PORT, text("SIP port of the upper platform", "上级平台 SIP 端口"), required=True
                ),
                "password": Field(
                    SECRET,
                    text("SIP password that was given, by reference", "所给的 SIP 口令（引用）"),
                    required=True,
                ),
                **_TIMERS,
            }
        ),
    },
)
