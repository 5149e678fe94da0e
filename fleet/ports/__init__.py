"""Protocols only: what the inner rooms need of the world, each as small as it can be."""
