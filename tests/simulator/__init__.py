"""Tests of the simulated devices: real sockets, real processes, clients that we did not write."""
