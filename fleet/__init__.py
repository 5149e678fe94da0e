"""compound-fleet: residential compounds as YAML in git, proved on the device.

This module imports nothing outside the standard library, on purpose: ``make setup`` runs
``fleet.bootstrap`` with the system's Python before any dependency is installed, and
``fleet --version`` must answer without loading an engine.
"""

__version__ = "0.1.0"
