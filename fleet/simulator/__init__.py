"""Simulated devices, shipped: the real protocols over real sockets, in processes of their own.

The room shares only the wire codecs (fleet.protocols) with the drivers. It keeps tables of its own,
so that a mistake in a driver's table cannot hide behind the same mistake here.
"""
