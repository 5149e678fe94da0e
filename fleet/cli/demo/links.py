"""The demo's step on links: a change that cuts our own path is taken back by the switch itself."""

from __future__ import annotations

from fleet.cli.demo.stage import Story
from fleet.model.text import text

SWITCH = "cuihu-sw-01"
UPLINK, NARROWED = "vlans=100,200,300 desc=To the router", "vlans=100,200 desc=To the router"


def path_cut(story: Story) -> None:
    """The undo is armed before the change, and only a new connection would have confirmed it."""
    story.tell(
        text(
            "In git the uplink of {d} loses the VLAN in which its own address lies.",
            "在 git 中，{d} 的上联端口被去掉了其自身地址所在的 VLAN。",
            d=SWITCH,
        )
    )
    _edit(story, UPLINK, NARROWED)
    story.run("sim", "fault", SWITCH, "cut-path")
    said = story.run("apply", "--yes", want=6)
    story.check(
        "path_cut" in said,
        text("the cut path was not named", "未指出通路被切断"),
    )
    story.run("sim", "fault", SWITCH, "none")
    _edit(story, NARROWED, UPLINK)
    story.tell(
        text(
            "The switch took it back by itself; nothing behind it was touched.",
            "交换机已自动回退；其后的设备均未被改动。",
        )
    )
    story.run("drift")


def _edit(story: Story, before: str, after: str) -> None:
    story.edit(lambda words: words.replace(before, after), "340705-*/cuihu.yaml")
