"""SNMPv3 authPriv: gate controllers, and contact and location of any agent."""
