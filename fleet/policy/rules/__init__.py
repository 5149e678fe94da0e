"""The rules, a file each; `fleet.policy.registry` lists them."""
