"""Switches and routers over SSH: Huawei VRP8 and H3C Comware 7, with their undo and their texts."""
