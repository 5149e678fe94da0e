"""Simulated switches and routers: their configuration, their languages, their SSH."""
