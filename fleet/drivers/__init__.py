"""Device knowledge: one package a protocol, each implementing `fleet.ports.driver`."""
