"""Wire codecs without I/O: bytes in, frozen values out, and back; hostile input is an error value.

Shared by drivers, simulated devices and services, so nothing here knows a device, a fleet or a
clock; whatever is random on the wire (nonces, tags, branches) may be given by the caller.
"""
