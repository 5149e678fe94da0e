# Copyright (c) compound-fleet contributors
# GNU General Public License v3.0 or later (LICENSES/GPL-3.0-or-later.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A city as an Ansible inventory: hosts are compounds, groups are districts and categories."""

from __future__ import annotations

from pathlib import Path

from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible_collections.compound.fleet.plugins.plugin_utils import words

from fleet.model.errors import FleetError, InventoryError
from fleet.model.fleet import Compound
from fleet.wiring.build import load_city

DOCUMENTATION = r"""
name: city
short_description: Compounds of a city as hosts
version_added: 0.1.0
author: compound-fleet contributors
description:
  - Reads a compound-fleet city folder. Each compound becomes a host; its district and its category
    become groups named C(district_CODE) and C(category_NAME).
  - Host variables hold ids only, no address, no setting and no secret.
  - The file's name must end in C(.fleet.yml) or C(.fleet.yaml).
requirements:
  - the Python package compound-fleet in the interpreter that runs Ansible
options:
  plugin:
    description: Marks a file as this plugin's.
    type: str
    required: true
    choices: [compound.fleet.city]
  city:
    description: The city folder, the one that holds C(city.yaml); relative to this file.
    type: str
    default: .
"""

EXAMPLES = r"""
# inventories/tongling/city.fleet.yml
plugin: compound.fleet.city

# a file that lies elsewhere
# plugin: compound.fleet.city
# city: ../inventories/tongling
"""


class InventoryModule(BaseInventoryPlugin):
    """Asks fleet for the compounds; everything else about a city stays with fleet."""

    NAME = "compound.fleet.city"

    def verify_file(self, path: str) -> bool:
        """Whether `path` is a file of ours, by its name."""
        return bool(super().verify_file(path)) and path.endswith((".fleet.yml", ".fleet.yaml"))

    def parse(
        self, inventory: InventoryData, loader: DataLoader, path: str, cache: bool = True
    ) -> None:
        """Fill the inventory.

        Raises:
            AnsibleParserError: the city cannot be read; every fault is named with its place.
        """
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        city = (Path(path).absolute().parent / str(self.get_option("city"))).resolve()
        try:
            districts = load_city(city).districts
        except InventoryError as error:
            faults = [f"{d.position}: {words.said(d.summary)}" for d in error.diagnostics]
            raise AnsibleParserError("\n".join([words.why(error), *faults])) from error
        except FleetError as error:
            raise AnsibleParserError(words.why(error)) from error
        self.inventory.set_variable("all", "fleet_city", str(city))
        self.inventory.set_variable("all", "ansible_connection", "local")
        for district in districts:
            for compound in district.compounds:
                self._add(compound)

    def _add(self, compound: Compound) -> None:
        host = self.inventory.add_host(compound.id)
        ids = {"district": compound.district, "category": compound.site.category.value}
        for kind, value in ids.items():
            group = self.inventory.add_group(f"{kind}_{value}")
            self.inventory.add_child(group, host)
            self.inventory.set_variable(host, f"fleet_{kind}", value)
