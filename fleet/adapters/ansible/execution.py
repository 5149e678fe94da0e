"""One call of ansible-runner, from configuration to exit code; blocks the thread it is made on."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ansible_runner.config.runner import RunnerConfig
from ansible_runner.runner import Runner

from fleet.adapters.ansible.environment import cleaned
from fleet.adapters.ansible.words import LastWords

# How often the runner looks at its deadline and at a cancellation.
_TICK_S = 0.2
# Beyond this many forks Ansible's own parent is the bottleneck (performance notes in the record).
_FORKS_MAX = 50


@dataclass(frozen=True)
class Execution:
    """What ansible-runner is told; `own` and `extra` are the tree's whole environment."""

    folder: Path
    playbook: Path
    inventory: Path
    hosts: int
    variables: Mapping[str, str]
    own: Mapping[str, str]
    extra: Mapping[str, str]
    timeout_s: float

    def run(self, words: LastWords, stop: threading.Event) -> tuple[str, int | None]:
        """Run it and return ansible-runner's status and the exit code (None: by a signal).

        Calls the runner's classes and not `ansible_runner.run`: that one writes settings and
        extra variables to disk and replaces signal handlers.
        """
        if stop.is_set():
            return "canceled", None
        config = RunnerConfig(
            private_data_dir=str(self.folder / "runner"),
            playbook=str(self.playbook),
            inventory=str(self.inventory),
            extravars=dict(self.variables),
            forks=max(1, min(_FORKS_MAX, self.hosts)),
            ident="run",
            quiet=True,
            only_failed_event_data=True,
        )
        config.prepare()
        # It seeds the environment from ours, and what is in it goes to disk: replace it whole.
        config.env = cleaned(config.env, self.own, self.extra)
        config.suppress_output_file = True
        config.pexpect_timeout = _TICK_S
        config.job_timeout = self.timeout_s
        runner = Runner(config, event_handler=words.hear, cancel_callback=stop.is_set)
        runner.run()
        return runner.status, runner.rc
