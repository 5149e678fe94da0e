"""Which needs of a plan lack a consent: any plan, any set of consents; without a device."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.app.consent import CONSENTS, check_consents, missing
from fleet.model.errors import ConsentNeeded
from fleet.model.plan import Plan, PlanNeed
from fleet.model.text import text
from tests.support.fakes_city import cameras, world
from tests.support.fakes_plans import planned

_NEEDS = st.lists(
    st.builds(
        lambda kind, n: PlanNeed(kind=kind, device=f"d-{n}", text=text("why", "原因")),
        st.sampled_from(["experimental", "reboot", "others"]),
        st.integers(1, 4),
    ),
    max_size=6,
)
_ACCEPTED = st.sets(st.sampled_from(["experimental", "reboot", "others", "everything", ""]))


@pytest.fixture
async def plan(tmp_path: Path) -> Plan:
    """A plan of one camera, without needs."""
    return (await planned(world(cameras(1, 1), tmp_path))).plan


def needing(plan: Plan, needs: Sequence[PlanNeed]) -> Plan:
    """The plan with needs."""
    return plan.model_copy(update={"needs": tuple(needs)})


@pytest.mark.property
@given(needs=_NEEDS, accepted=_ACCEPTED)
@settings(max_examples=120, deadline=None)
def test_a_consent_is_missing_or_everything_is_allowed(
    needs: list[PlanNeed], accepted: set[str]
) -> None:
    """Goal: each need that takes a consent is named until its own word is given; no other word,
    and no need that is only shown, changes anything."""
    plan = Plan.model_construct(needs=tuple(needs))
    lacking = [n for n in needs if n.kind in ("experimental", "reboot") and n.kind not in accepted]

    assert list(missing(plan, accepted)) == lacking
    if not lacking:
        check_consents(plan, accepted)
        return
    with pytest.raises(ConsentNeeded) as raised:
        check_consents(plan, accepted)
    told, fix = raised.value.summary, raised.value.fix
    assert fix is not None
    for need in lacking:
        assert need.device in told.en
        assert need.device in told.zh
        assert f"--accept {need.kind}" in fix.en
        assert f"--accept {need.kind}" in fix.zh
    assert fix.en.count("--accept") == len({n.kind for n in lacking})


async def test_the_words_that_are_told_are_enough(plan: Plan) -> None:
    """Goal: whoever gives exactly what the refusal asks for is let through."""
    needs = [
        PlanNeed(kind=kind, device="sw-1", text=text("why", "原因"))
        for kind in ("reboot", "others", "experimental")
    ]
    with pytest.raises(ConsentNeeded) as raised:
        check_consents(needing(plan, needs), ())
    assert raised.value.fix is not None
    words = raised.value.fix.en.split()
    given_ = [words[i + 1] for i, word in enumerate(words) if word == "--accept"]

    assert given_ == list(CONSENTS)
    check_consents(needing(plan, needs), given_)


async def test_a_plan_that_needs_nothing_is_never_held_up(plan: Plan) -> None:
    """Goal: no consent is asked for where none is needed, whatever was given."""
    assert plan.needs == ()
    for accepted in ((), ("reboot",), ("nonsense",)):
        check_consents(plan, accepted)
