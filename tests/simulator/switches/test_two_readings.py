"""The product's reading of a configuration and the simulator's own: two tables that must agree."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.drivers.ssh.config import Words, configured
from fleet.drivers.ssh.platforms import hp_comware, huawei_vrpv8
from fleet.drivers.ssh.render import rendered
from fleet.model.device import FieldValue
from fleet.model.links import concerning
from fleet.simulator.ssh import canonical
from fleet.simulator.ssh.configuration import Configuration
from tests.simulator.switches.kit import PLATFORMS, Platform, Switch
from tests.simulator.switches.test_configurations import WRITERS, configurations

WORDS: dict[str, Words] = {"huawei_vrpv8": huawei_vrpv8.WORDS, "hp_comware": hp_comware.WORDS}
pytestmark = pytest.mark.property


def read(config: Configuration, platform: Platform) -> dict[str, FieldValue]:
    """A configuration's text as the product's driver reads it."""
    text = "\n".join(WRITERS[platform].document(config))
    bridged = {name for name, port in config.ports.items() if not port.routed}
    powered = {name for name, port in config.ports.items() if port.poe is not None}
    return configured(text, WORDS[platform], bridged, powered).fields()


@pytest.mark.parametrize("platform", PLATFORMS)
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_both_read_the_same(platform: Platform, data: st.DataObject) -> None:
    """Any configuration, as text, is the same fields to the driver as it is to the device."""
    config = data.draw(configurations(platform))
    assert _comparable(read(config, platform)) == _comparable(canonical.fields(config))


@pytest.mark.parametrize("platform", PLATFORMS)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_what_the_driver_types_is_taken(platform: Platform, data: st.DataObject) -> None:
    """From the box to any configuration's links: every line is accepted, and brings the fields."""
    wanted = canonical.fields(data.draw(configurations(platform)))
    switch = Switch(platform)
    standing = switch.box.now().running
    text = "\n".join(WRITERS[platform].document(standing))
    before = {n: concerning(n, v, wanted[n]) for n, v in read(standing, platform).items()}
    lines = rendered(WORDS[platform], configured(text, WORDS[platform]), before, wanted)
    terminal = switch.login()
    terminal("system-view")
    for line in lines:
        assert terminal(line) == "", (line, lines)
    if platform == "huawei_vrpv8":
        terminal.silent("commit")
    reached = read(switch.box.now().running, platform)
    found = {name: concerning(name, value, wanted[name]) for name, value in reached.items()}
    assert _comparable(found) == _comparable(wanted)


def _comparable(fields: object) -> dict[str, object]:
    """Fields with their additive lists as sets: both have their own order of names."""
    assert isinstance(fields, dict)
    return {n: set(v) if isinstance(v, list) and n != "access_list" else v
            for n, v in fields.items()}  # fmt: skip
