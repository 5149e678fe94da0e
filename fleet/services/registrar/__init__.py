"""The GB/T 28181 registrar: the upper side of an uplink, for rehearsal and small sites.

`python -m fleet.services.registrar --config FILE` (docs/reference/registrar.md). Devices register
by digest, keep alive and answer for their catalog over UDP; the fleet asks on a unix socket.
"""
