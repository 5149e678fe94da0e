"""The driver `ssh` against simulated switches and a real OpenSSH server."""
