"""ISAPI over HTTP digest: cameras, door readers and recorders."""
