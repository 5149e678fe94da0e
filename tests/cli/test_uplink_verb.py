"""`fleet uplink diagnose`: one page and an exit code that a script can go by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fleet.app.context import App
from fleet.model.exitcodes import ExitCode
from fleet.model.fleet import City, Recorder
from fleet.model.notify import Contacts
from fleet.model.registrar import Binding, Refusal, UplinkWord
from fleet.ports.reach import Reach, Reached
from tests.cli.conftest import Call
from tests.support.fakes_city import World, city, compound, recorder, uplink, world

GB_ID = "34070500001180000001"
CHANNEL = "34070500001310000001"


class Nets:
    """What answers where, as the test says."""

    def __init__(self) -> None:
        self.recorder, self.server = Reached(way="answers"), Reached(way="answers")

    async def tcp(self, address: str, port: int, timeout_s: float = 3.0) -> Reached:
        """The recorder."""
        return self.recorder

    async def sip(self, address: str, port: int, timeout_s: float = 3.0) -> Reached:
        """The platform."""
        return self.server


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[World, Nets]]:
    """One compound whose registrar says what the test wants."""

    def serve(word: UplinkWord) -> tuple[World, Nets]:
        listed = Recorder(device="c1-nvr-1", channel_ids=(CHANNEL,))
        one = compound("c1", [recorder("c1-nvr-1")], uplink(), recorders=[listed])
        one = one.model_copy(update={"contacts": Contacts(operator="局科信")})
        town: City = city([one], platform=True)
        w, nets = world(town, tmp_path), Nets()
        nvr = w.devices["c1-nvr-1"]
        nvr.store(dict(town.compound("c1").devices[0].settings))
        nvr.registered = True

        async def explain(district: str, gb_id: str, address: str) -> UplinkWord:
            assert (district, gb_id) == ("340705", GB_ID)
            return word

        monkeypatch.setattr(type(w.upper), "explain", staticmethod(explain), raising=False)

        @contextmanager
        def opened(_city: Path, _state: Path) -> Iterator[tuple[App, Reach]]:
            yield w.app(), nets

        monkeypatch.setattr("fleet.wiring.diagnose.open_diagnosis", opened)
        return w, nets

    return serve


WELL = UplinkWord(
    answers=True,
    binding=Binding(
        gb_id=GB_ID,
        registered=True,
        contact=f"sip:{GB_ID}@127.34.1.1:5060",
        peer="127.34.1.1:5060",
        expires_in_s=9000.0,
        keepalive_age_s=4.0,
        credential_version=1,
    ),
)
REFUSED = UplinkWord(
    answers=True,
    refusals=(
        Refusal(gb_id=GB_ID, source="127.34.1.1", reason="wrong_password", times=7, age_s=3.0),
    ),
)


def test_a_refused_password_in_both_languages(
    call: Call, served: Callable[..., tuple[World, Nets]]
) -> None:
    """Goal: cause, evidence, party and what to ask, last on the page; exit 5."""
    served(REFUSED)

    english = call("uplink", "diagnose", "c1")
    chinese = call("--lang", "zh", "uplink", "diagnose", "c1")

    assert (english.code, chinese.code) == (ExitCode.PARTIAL, ExitCode.PARTIAL)
    tail = english.out.splitlines()[-5:]
    assert tail[0] == "c1: the link is faulty"
    assert tail[1] == "  cause: wrong_password (c1-nvr-1)"
    assert "7 logins" in tail[2]
    assert "the password is wrong" in tail[2]
    assert tail[3] == "  phone: who looks after the devices"
    assert tail[4].startswith("  ask: ")
    assert "口令错误" in chinese.out
    assert "  联系：设备维护单位" in chinese.out


def test_json_says_the_same_and_every_step(
    call: Call, served: Callable[..., tuple[World, Nets]]
) -> None:
    """Goal: a script finds cause and party by their names, and seven steps a recorder."""
    _, nets = served(UplinkWord(answers=False))
    nets.server = Reached(way="refused", said="Connection refused")

    said = call("--format", "json", "uplink", "diagnose", "c1")

    assert said.code == ExitCode.PARTIAL
    assert said.json["state"] == "faulty"
    assert (said.json["cause"], said.json["step"], said.json["party"]) == (
        "registrar_down", "port", "operator",
    )  # fmt: skip
    assert said.json["phone"]["zh"] == "局科信（本系统服务器运维）"
    steps = [c["step"] for c in said.json["recorders"][0]["checks"]]
    assert steps == ["route", "port", "login", "contact", "keepalive", "clock", "catalog"]


def test_a_healthy_link_ends_with_zero(
    call: Call, served: Callable[..., tuple[World, Nets]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goal: nothing to phone about, no cause printed."""
    w, _ = served(WELL)
    told = {"c1-nvr-1": (CHANNEL,)}

    async def query(_district: str, gb_id: str, _timeout_s: float = 5.0) -> object:
        from fleet.model.observation import Registration

        return Registration(
            gb_id=gb_id, source="registrar", registered=True, catalog=told["c1-nvr-1"]
        )

    monkeypatch.setattr(w.upper, "query_catalog", query)

    said = call("uplink", "diagnose", "c1")

    assert said.code == ExitCode.OK
    assert said.out.splitlines()[-1] == "c1: the link is healthy"
    assert "cause" not in said.out


@pytest.mark.parametrize("args", [("diagnose", "c9"), ("diagnose",), ("mend", "c1")])
def test_what_cannot_be_asked(
    call: Call, served: Callable[..., tuple[World, Nets]], args: tuple[str, ...]
) -> None:
    """Goal: a compound that is none, or no such verb, is usage (64), with a hint."""
    served(WELL)

    said = call("uplink", *args)

    assert said.code == ExitCode.USAGE
    assert "fleet uplink" in said.err or "did you mean c1" in said.err
