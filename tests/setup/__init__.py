"""Set-up: environment, engine chain, what the system must bring."""
