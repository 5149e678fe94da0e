"""One file a platform; `fleet.drivers.ssh.driver` lists them."""
