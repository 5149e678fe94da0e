"""What the app tests share: rules that say what the test wants."""

from __future__ import annotations

import pytest

from fleet.model.diagnostic import Diagnostic


@pytest.fixture
def broken_rules(monkeypatch: pytest.MonkeyPatch) -> list[Diagnostic]:
    """The findings that the policy gives for any city; none until the test adds some."""
    findings: list[Diagnostic] = []
    monkeypatch.setattr("fleet.app.plan.judge", lambda _city: findings)
    return findings
