"""Generated inputs without a clock: a loaded machine is no failure of the code."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# The machine may be shared: how long one example takes says nothing about the code.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")
