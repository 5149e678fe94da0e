# Copyright (c) compound-fleet contributors
# GNU General Public License v3.0 or later (LICENSES/GPL-3.0-or-later.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plugins say themselves, in the language that fleet and the locale name."""

from __future__ import annotations

import os

from fleet.model.errors import FleetError
from fleet.model.language import language_of
from fleet.model.text import Lang, Text, text

NO_CITY = text(
    "fleet_city is not set: use an inventory of compound.fleet.city",
    "未设置 fleet_city：请使用 compound.fleet.city 清单",
)
NEITHER = text(
    "nothing may be written without a permit: run this under `fleet apply`, or run site.yml with "
    "-e fleet_plan=FILE (a plan sealed by `fleet plan -o FILE`), or look only, with --check --diff",
    "没有许可不得写入：请通过 `fleet apply` 运行，或以 -e fleet_plan=FILE 运行 site.yml"
    "（计划由 `fleet plan -o FILE` 封存），或加 --check --diff 只查看",
)
NO_FORK = text(
    "a compound.fleet task runs only inside a fork of ansible-playbook",
    "compound.fleet 任务只能在 ansible-playbook 的子进程中运行",
)
NO_SERVER = text("no permit server answers: {e}", "没有许可服务应答：{e}")
NOTHING_TO_VERIFY = text("nothing to verify in check mode", "检查模式下无需回读")
NO_PERMITS_NEEDED = text("check mode needs no permits", "检查模式无需许可")
SERVERS_FIRST = text("servers are fleet's own first step", "服务器由 fleet 自己先行处理")
NO_UPLINK = text("this compound has no uplink", "该小区没有上联")


def lang() -> Lang:
    """The language of this process."""
    return language_of(os.environ)


def said(words: Text, **values: object) -> str:
    """A text in the language of this process; `{name}` is filled from `values`."""
    chosen = words.render(lang())
    return chosen.format_map(values) if values else chosen


def why(error: FleetError) -> str:
    """What fleet says about an error."""
    return said(error.summary)
