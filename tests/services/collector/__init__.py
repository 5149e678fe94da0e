"""The collector as a process."""
