"""Programs that stacks deploy and keep running, each started as `python -m fleet.services.X`."""
