"""Switches and edge routers over SSH: strict host keys, changes on trial, every answer checked."""
