"""The joint between servers and devices: what a stack gave must be what the plan's settings assume.

Device settings carry the registrar's address, id and domain as the inventory allocates them, and
credentials by version. Before a device is pointed there, the stack's outputs must say the same.
"""

from __future__ import annotations

from fleet.model.errors import EngineError
from fleet.model.stack import PlatformSpec, StackOutputs
from fleet.model.text import text


def check_outputs(spec: PlatformSpec, outputs: StackOutputs | None) -> None:
    """Compare a stack's outputs with the inputs that the plan was sealed with.

    Raises:
        EngineError: there are none, or they say something else; no device was touched.
    """
    if outputs is None:
        raise EngineError(
            text("stack {s} has no outputs", "栈 {s} 没有输出", s=spec.stack),
            text("bring it up: fleet apply", "请先建立：fleet apply"),
        )
    wanted = {
        "server_id": spec.server_id,
        "server_domain": spec.server_domain,
        "addresses": spec.addresses,
        "port": spec.port,
    }
    wrong = [name for name, value in wanted.items() if getattr(outputs, name) != value]
    wrong += [
        f"{c.name}@{c.version}"
        for c in spec.credentials
        if c.version not in outputs.credentials.get(c.name, ())
    ]
    if wrong:
        raise EngineError(
            text(
                "stack {s} gave something else than planned: {w}",
                "栈 {s} 的输出与计划不符：{w}",
                s=spec.stack,
                w=", ".join(wrong),
            ),
            text("see: fleet stacks outputs", "请看：fleet stacks outputs"),
        )
