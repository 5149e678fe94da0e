"""Every field of every kind's settings: its bounds from both sides, its words, and null."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from fleet.model.collector import CollectorConfig
from fleet.model.device import DeviceKind
from fleet.model.fleet import RolloutLimits
from fleet.model.report import ReportTerms
from fleet.model.secret import SecretRef
from fleet.model.settings import SETTINGS_OF, WRITE_ONLY

ID = "34070501011327000001"
REF = SecretRef(source="vault", name="a")
LONG = "x" * 32
CLOCK: dict[str, tuple[list[object], list[object]]] = {
    "time_mode": (["ntp", "manual", "platform"], ["NTP", "", "gps", 1, True]),
    "time_zone": (["UTC+08:00", "UTC-03:30"], [8, True, ["UTC+08:00"]]),
    "ntp_server": (["127.0.0.1", "ntp.example"], [1, False]),
    "ntp_port": ([1, 123, 65535], [0, -1, 65536, "123", True, 1.5]),
}
LINK: dict[str, tuple[list[object], list[object]]] = {
    "sysname": (
        ["cuihu-sw-01", "翠湖交换机", "a"],
        ["", "a?b", "a;b", '"', " a", "a\n", "x" * 31, 1],
    ),
    "vlans": (
        [[], ["1"], ["100 cameras", "4094 访客"]],
        ["100", ["0 x"], ["4095"], ["100 "], ["x"], ["100 a\nreboot"], [100]],
    ),
    "access_ports": (
        [["GE1/0/1 vlan=100"], ["GE1/0/1 vlan=100 poe=on desc=东门 枪机", "eth0 vlan=1 desc=a"]],
        [
            ["GE1/0/1"],
            ["vlan=1"],
            ["GE1/0/1 vlan=0"],
            ["GE1/0/1 poe=on vlan=1"],
            ["GE1/0/1 vlan=1 poe=maybe"],
            ["-x vlan=1"],
            ["GE1/0/1 vlan=1 desc="],
            ["GE1/0/1 vlan=1 desc=a?"],
            ["GE1/0/1 vlan=1\nundo vlan 1"],
        ],
    ),
    "uplink_ports": (
        [["XGE1/0/1 vlans=100"], ["XGE1/0/1 vlans=1,100-110 desc=To the router"]],
        [
            ["XGE1/0/1 vlans="],
            ["XGE1/0/1 vlans=all"],
            ["XGE1/0/1 vlans=5000"],
            ["XGE1/0/1 vlan=1"],
            ["XGE1/0/1 vlans=1, 2"],
        ],
    ),
    "lldp_enabled": ([True, False], [1, "on"]),
    "addresses": (
        [[], ["Vlanif100 10.34.1.1/24", "eth0 10.0.0.1/32"]],
        [
            ["10.0.0.1/24"],
            ["eth0 10.0.0.1"],
            ["eth0 10.0.0.256/24"],
            ["eth0 10.0.0.1/33"],
            ["eth0;id 10.0.0.1/24"],
        ],
    ),
    "static_routes": (
        [["0.0.0.0/0 via 10.34.0.1"]],
        [
            ["0.0.0.0 via 10.34.0.1"],
            ["0.0.0.0/0"],
            ["0.0.0.0/0 via eth0"],
            ["0.0.0.0/0 via 10.0.0.1 x"],
        ],
    ),
    "access_list": (
        [
            [
                "permit udp 10.7.0.0/24 port 5060",
                "permit tcp any to 10.34.1.0/24",
                "permit udp any port 10000-20000",
                "deny ip any",
            ]
        ],
        [
            ["permit"],
            ["allow ip any"],
            ["permit udp 10.7.0.0/24 port 0"],
            ["permit sctp any"],
            ["permit ip 10.7.0.1"],
        ],
    ),
    "access_list_on": (["Vlanif100", "eth0"], ["", "0", "a b", "-i", "a;b"]),
    "ntp_servers": ([["10.34.0.1"], []], [["ntp.example"], ["10.34.0.1/24"], "10.34.0.1"]),
}
# kind → field → values that are taken, values that are refused
TABLE: dict[DeviceKind, dict[str, tuple[list[object], list[object]]]] = {
    DeviceKind.CAMERA: CLOCK
    | {
        "channel_name": (["", "东门", LONG], [LONG + "x", 1, True]),
        "osd_text": (["", "东门", "长" * 32], ["长" * 33, 1]),
        "cloud_enabled": ([True, False], [0, 1, "true", "off"]),
        "barrier_open_s": ([1, 15, 60], [0, 61, -1, "5", True]),
        "barrier_mode": (["auto", "keep_open", "keep_closed"], ["keepOpen", "", "AUTO", 0]),
        "admin_password": ([REF], ["secret", 1, True]),
    },
    DeviceKind.DOOR: CLOCK
    | {
        "auth_ways": (
            [[], ["card"], ["card", "face"], ["face+card"], ["id_card", "qr", "plate"]],
            ["card", ["knock"], ["card+"], ["+card"], ["card+qr"], ["Card"], [1], [""], [" card"]],
        ),
        "open_duration_s": ([1, 3, 255], [0, 256, -1, "3", 3.5]),
        "admin_password": ([REF], ["secret", 1]),
    },
    DeviceKind.GATE: {
        "open_time_s": ([1, 15, 60], [0, 61, "15"]),
        "close_delay_s": ([0, 10, 60], [-1, 61, "0", False]),
        "auth_ways": ([[], ["plate"], ["face+fingerprint"]], ["card", ["iris+plate"], ["a"]]),
        "forced_open_alarm": ([True, False], [1, 0, "true", "on"]),
        "contact": (["", "值班岗", "x" * 255], ["x" * 256, 1]),
        "location": (["", "东门", "x" * 255], ["x" * 256, False]),
    },
    DeviceKind.RECORDER: CLOCK
    | {
        "cloud_enabled": ([True, False], [0, "false"]),
        "gb_enabled": ([True, False], [1, "true"]),
        "gb_server_id": ([ID], [ID[:-1], ID + "0", "x" * 20, int(ID), "", ID + "\n"]),
        "gb_server_domain": (["3407050000"], [3407050000]),
        "gb_server_address": (["127.0.0.1", "gb.example"], [1]),
        "gb_server_port": ([1, 5060, 65535], [0, 65536, "5060"]),
        "gb_device_id": ([ID], [ID[:-1], "３" * 20]),
        "gb_expires_s": ([0, 3600, 604800], [-1, 604801, "3600"]),
        "gb_keepalive_s": ([0, 60, 604800], [-1, 604801, True]),
        "gb_keepalive_count": ([1, 3, 100], [0, 101, "3"]),
        "gb_channel_ids": ([[], [ID], [ID, ID]], [ID, [ID[:-1]], [1], [None]]),
        "gb_password": ([REF], ["secret"]),
        "admin_password": ([REF], ["secret"]),
    },
    DeviceKind.SWITCH: LINK,
    DeviceKind.ROUTER: LINK,
}
ROWS = [(kind, field) for kind, fields in TABLE.items() for field in fields]
rows = pytest.mark.parametrize(("kind", "field"), ROWS, ids=[f"{k}-{f}" for k, f in ROWS])


def test_the_table_is_the_model() -> None:
    """No field without a row, no row without a field."""
    for kind, model in SETTINGS_OF.items():
        assert set(TABLE[kind]) == set(model.model_fields)
    assert set(TABLE) == set(DeviceKind)


@rows
def test_values_that_a_field_takes(kind: DeviceKind, field: str) -> None:
    """Each bound itself is inside; what is taken stays as it was given."""
    for value in TABLE[kind][field][0]:
        made = SETTINGS_OF[kind].model_validate({field: value}, strict=True)

        assert getattr(made, field) == value
        assert type(getattr(made, field)) is type(value)


@rows
def test_values_that_a_field_refuses(kind: DeviceKind, field: str) -> None:
    """Each bound's neighbour is outside; another type is no value."""
    for value in TABLE[kind][field][1]:
        with pytest.raises(ValidationError) as raised:
            SETTINGS_OF[kind].model_validate({field: value}, strict=True)

        assert {str(e["loc"][0]) for e in raised.value.errors()} == {field}, value


@rows
def test_a_field_may_be_left_out_or_be_none(kind: DeviceKind, field: str) -> None:
    """Every setting may be unmanaged: that is the default of each."""
    assert getattr(SETTINGS_OF[kind].model_validate({}), field) is None
    assert getattr(SETTINGS_OF[kind].model_validate({field: None}), field) is None


@rows
def test_a_field_survives_json(kind: DeviceKind, field: str) -> None:
    """Written as JSON and read again it is the same value of the same type."""
    for value in TABLE[kind][field][0]:
        made = SETTINGS_OF[kind].model_validate({field: value})

        again = SETTINGS_OF[kind].model_validate_json(made.model_dump_json())

        assert again == made
        assert hash(type(getattr(again, field))) == hash(type(value))


@pytest.mark.parametrize("kind", list(DeviceKind))
def test_a_setting_of_another_kind_is_unknown(kind: DeviceKind) -> None:
    """Unknown names are errors of the whole object, whatever their value."""
    foreign = {f for other in TABLE.values() for f in other} - set(TABLE[kind])

    for field in sorted(foreign):
        with pytest.raises(ValidationError, match="extra_forbidden"):
            SETTINGS_OF[kind].model_validate({field: None})


def test_only_references_are_write_only() -> None:
    """A field that no device gives back takes a reference, in every kind that has it."""
    for kind, fields in TABLE.items():
        assert {f for f, (good, _) in fields.items() if good == [REF]} == WRITE_ONLY & set(fields)
        assert "gb_password" not in fields or kind is DeviceKind.RECORDER


LIMITS: list[tuple[dict[str, object], bool]] = [
    ({}, True),
    ({"canary": "x"}, True),
    ({"wave_size": 1}, True),
    ({"wave_size": 0}, False),
    ({"wave_size": 1000}, True),
    ({"tolerated_failures": 0}, True),
    ({"tolerated_failures": -1}, False),
    ({"in_flight": 1}, True),
    ({"in_flight": 0}, False),
    ({"in_flight": None}, True),
    ({"approve": "never"}, True),
    ({"approve": "after_canary"}, True),
    ({"approve": "every_wave"}, True),
    ({"approve": "sometimes"}, False),
    ({"waves": 1}, False),
]


@pytest.mark.parametrize(("given", "good"), LIMITS)
def test_limits_of_a_rollout(given: dict[str, object], good: bool) -> None:
    """The bounds of each limit, and no unknown one."""
    if good:
        assert (
            RolloutLimits.model_validate(given).model_dump()
            == {
                "canary": None,
                "wave_size": 10,
                "tolerated_failures": 0,
                "in_flight": None,
                "approve": "never",
            }
            | given
        )
    else:
        with pytest.raises(ValidationError):
            RolloutLimits.model_validate(given)


TERMS: list[tuple[dict[str, object], bool]] = [
    ({}, True),
    ({"from_day": 1}, True),
    ({"from_day": 28}, True),
    ({"from_day": 0}, False),
    ({"from_day": 29}, False),
    ({"due_day": 1}, True),
    ({"due_day": 28}, True),
    ({"due_day": 0}, False),
    ({"due_day": 31}, False),
    ({"recipient": "市局"}, True),
    ({"issuer": ""}, True),
    ({"windows": []}, True),
    ({"windows": [{"begin": "a", "end": "b", "reason": "c"}]}, True),
    ({"windows": [{"begin": "a", "end": "b"}]}, False),
    ({"windows": [{"begin": "a", "end": "b", "reason": "c", "who": "d"}]}, False),
]


@pytest.mark.parametrize(("given", "good"), TERMS)
def test_terms_of_a_report(given: dict[str, object], good: bool) -> None:
    """Every month has a 28th day, not every one a 29th."""
    if not good:
        with pytest.raises(ValidationError):
            ReportTerms.model_validate(given)
        return
    terms = ReportTerms.model_validate(given)
    assert (terms.from_day, terms.due_day) == (given.get("from_day", 25), given.get("due_day", 25))
    assert terms.recipient == given.get("recipient", "市公安局")
    assert ReportTerms.model_validate_json(terms.model_dump_json()) == terms


COLLECTOR: list[tuple[dict[str, object], bool]] = [
    ({}, True),
    ({"poll_s": 0.2}, True),
    ({"poll_s": 0.19}, False),
    ({"poll_s": 3600}, True),
    ({"poll_s": 3600.1}, False),
    ({"trap_port": 1}, True),
    ({"trap_port": 0}, False),
    ({"trap_port": 65536}, False),
    ({"clock_limit_s": 0.001}, True),
    ({"clock_limit_s": 0}, False),
    ({"keep_days": 1}, True),
    ({"keep_days": 0}, False),
    ({"max_mb": 1}, True),
    ({"max_mb": 0}, False),
    ({"district": "340705"}, True),
    ({"community": "secret://vault/c"}, True),
    ({"trap_addresses": ["127.0.0.1"]}, True),
    ({"interval_s": 1}, False),
]


@pytest.mark.parametrize(("given", "good"), COLLECTOR)
def test_a_collectors_configuration(given: dict[str, object], good: bool) -> None:
    """Bounds of each number, and no unknown key; the defaults stay where nothing is said."""
    whole = {"city_dir": "/c", "state_dir": "/s"} | given
    if not good:
        with pytest.raises(ValidationError):
            CollectorConfig.model_validate(whole)
        return
    made = CollectorConfig.model_validate(whole)
    assert made.poll_s == given.get("poll_s", 60.0)
    assert made.trap_port == given.get("trap_port", 16200)
    assert (made.keep_days, made.max_mb) == (given.get("keep_days", 400), given.get("max_mb", 512))
    assert CollectorConfig.model_validate_json(made.model_dump_json()) == made
