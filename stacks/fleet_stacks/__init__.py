"""Pulumi programs as plain functions: what must exist before a device can be configured.

A program is a function and not a script, so that the product runs it inline (no language plugin,
so no download) and a user of the ``pulumi`` command runs the same function from a ``__main__.py``.
It is imported as ``fleet_stacks`` to leave the name ``stacks`` free in the environment.
"""
