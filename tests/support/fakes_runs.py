"""Taking a rollout up again, and what must hold of every run."""

from __future__ import annotations

from fleet.app.apply import resume
from fleet.rollout.run import Result
from fleet.rollout.state import rollouts
from tests.support.fakes_city import World


async def resumed(w: World) -> Result:
    """Take the newest rollout up, as another process would."""
    return await resume(w.app(), rollouts(w.journal)[-1].id, lambda _: None, lambda _: None)


def assert_permitted(w: World) -> None:
    """Each write that reached a device has an intent of its own before it, and none is left over.

    The intents of the records and the writes on the devices are one list in one order.
    """
    open_intents: list[str] = []
    for what, subject in w.trace.events:
        if what == "step.intent":
            open_intents.append(subject)
        elif what == "step.settled" and subject in open_intents:
            open_intents.remove(subject)
        elif what == "write":
            name, resource = subject.split("/")
            mine = [s for s in open_intents if s.startswith(name) and s.endswith(resource)]
            assert mine, f"{subject} was written without an open intent"
