"""Documents that cannot lie: references written from the code, and commands that are run."""
