"""The screens of compound-fleet: the same facts as the command line, for people who watch.

It lives in ``tui/`` but is imported as ``fleet_tui``, so that an installed wheel does not claim the
name ``tui`` for everybody else in the environment (docs/decisions/0004-names.md).
"""
