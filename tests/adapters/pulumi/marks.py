"""Marks that several test modules of the engine share."""

from __future__ import annotations

import pytest

# See the fixture `collected`: the loop and its socket pair may also be collected within the test.
SDK_LEAK = pytest.mark.filterwarnings(
    "ignore:unclosed event loop:ResourceWarning", "ignore:unclosed <socket:ResourceWarning"
)
