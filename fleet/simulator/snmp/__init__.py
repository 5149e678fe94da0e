"""Gate controllers as SNMPv3 agents with the reference MIB (COMPOUND-FLEET-GATE-MIB)."""
