"""Cameras, door readers and recorders over ISAPI (HTTP digest, XML and JSON)."""
