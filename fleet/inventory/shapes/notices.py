"""Where alarms go out to, whom to phone, and compounds that are only declared so far."""

from __future__ import annotations

from fleet.inventory.shapes.words import FILE_NAME, HOST, IDENTIFIER, NAME, PORT, SECRET
from fleet.inventory.types import (
    ChoiceType,
    EnumType,
    Field,
    IntType,
    ListType,
    MapType,
    ObjectType,
    TextType,
)
from fleet.model.text import text

_MAIL = TextType(
    text("a mail address", "邮件地址"),
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?",
    254,
    example="duty@example.org",
)
_URL = TextType(
    text(
        "an address, https:// (http:// only without token)", "https:// 地址（无令牌时可用 http://）"
    ),
    r"https?://[A-Za-z0-9.\[\]:-]+(/[!-~]*)?",
    1000,
    example="https://duty.example.org/alarms",
)
_WORD = TextType(
    text("one word of the command line", "命令行的一个词"),
    r"[^\x00-\x1f\x7f]+",
    1000,
    example="/usr/local/bin/page",
)
_GLOB = TextType(
    text("a glob, like cuihu*", "通配模式，如 cuihu*"),
    r"[A-Za-z0-9_*?\[\]!.:-]+",
    100,
    example="'cuihu*'",
)
_DATE = TextType(
    text("a date, like 2026-11-24", "日期，如 2026-11-24"),
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    example="2026-11-24",
)
_BY = {
    "smtp": text("by e-mail", "电子邮件"),
    "webhook": text("by HTTP POST of JSON", "HTTP POST（JSON）"),
    "command": text("to a program of the operator's", "运营方自己的程序"),
}
_SECURITY = {
    "starttls": text("TLS after STARTTLS (the default)", "STARTTLS 加密（默认）"),
    "tls": text("TLS from the first byte", "全程 TLS"),
    "none": text("in clear, without a password", "明文，不得带口令"),
}
_LANGUAGES = {"zh": text("Chinese (the default)", "中文（默认）"), "en": text("English", "英文")}
_SHARED = {
    "by": Field(EnumType(_BY), text("how messages leave", "发送方式"), required=True),
    "only": Field(
        ListType(_GLOB),
        text(
            "only alarms whose id, device, compound or kind matches one; none: all",
            "仅发送编号、设备、小区或类别匹配者；不填为全部",
        ),
    ),
}
_CA = Field(
    FILE_NAME,
    text(
        "the only authorities to trust (PEM) beside city.yaml; default: the system's",
        "唯一信任的证书颁发机构（PEM，city.yaml 旁）；默认用系统的",
    ),
)
_ROUTE = ChoiceType(
    "by",
    _BY,
    {
        "smtp": ObjectType(
            {
                **_SHARED,
                "host": Field(HOST, text("mail server", "邮件服务器"), required=True),
                "port": Field(PORT, text("its port, like 587", "端口，如 587"), required=True),
                "security": Field(EnumType(_SECURITY), text("encryption", "加密方式")),
                "user": Field(NAME, text("login name", "登录名")),
                "password": Field(SECRET, text("its password, by reference", "口令（引用）")),
                "from": Field(_MAIL, text("the sender", "发件人"), required=True),
                "to": Field(ListType(_MAIL), text("the receivers", "收件人"), required=True),
                "ca_file": _CA,
            }
        ),
        "webhook": ObjectType(
            {
                **_SHARED,
                "url": Field(_URL, text("where to POST", "接收地址"), required=True),
                "token": Field(SECRET, text("bearer token, by reference", "Bearer 令牌（引用）")),
                "ca_file": _CA,
            }
        ),
        "command": ObjectType(
            {
                **_SHARED,
                "argv": Field(
                    ListType(_WORD),
                    text("program and arguments, no shell", "程序及参数，不经 shell"),
                    required=True,
                ),
                "timeout_s": Field(
                    IntType(1, 300), text("seconds it may take, default 20", "限时（秒），默认 20")
                ),
            }
        ),
    },
)
ALARMS = ObjectType(
    {
        "language": Field(EnumType(_LANGUAGES), text("of the messages", "消息语言")),
        "routes": Field(
            MapType(IDENTIFIER, _ROUTE), text("the routes by their names", "各发送途径，按名称")
        ),
    }
)
CONTACTS = ObjectType(
    {
        "integrator": Field(NAME, text("who looks after the devices", "设备维护单位")),
        "network": Field(NAME, text("who looks after the line", "线路运维单位")),
        "platform": Field(NAME, text("the desk of the upper platform", "上级平台值班")),
        "operator": Field(NAME, text("who runs fleet's own servers", "本系统服务器运维")),
    }
)
DECLARED = ObjectType(
    {
        "id": Field(IDENTIFIER, text("its id", "编号"), required=True),
        "name": Field(NAME, text("its name", "名称"), required=True),
        "devices": Field(
            IntType(0, 100_000), text("how many devices stand there", "设备总数"), required=True
        ),
        "online": Field(IntType(0, 100_000), text("how many are said to be online", "据报在线数")),
        "retention_days": Field(
            IntType(0, 3650), text("days of recording, as said", "据报录像保存天数")
        ),
        "as_of": Field(_DATE, text("when that was said", "填报日期"), required=True),
    }
)
