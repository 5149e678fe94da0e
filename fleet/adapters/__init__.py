"""The outside world behind our ports: engines, stores, processes, files; wiring alone imports it."""
