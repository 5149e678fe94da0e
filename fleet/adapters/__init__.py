"""The outside world behind our ports: engines, stores, processes, files; only wiring imports it."""
