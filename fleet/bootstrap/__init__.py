"""Getting ready: the checkout's environment, and the engine that no package index carries.

Everything here runs with the system's Python before a single dependency is installed, so it imports
the standard library and nothing else, not even another room of the house. The product imports it
too: ``fleet doctor`` and the server adapter ask ``engine.find_engine`` where the engine is.
"""
