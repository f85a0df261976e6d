"""Drivers, found through entry points like anybody else's."""

from importlib.metadata import entry_points
from typing import Final

from mooring.controller.driver import Driver, DriverSettings
from mooring.model.error import MachineError

GROUP: Final = "mooring.drivers"


def load_drivers(settings: DriverSettings) -> dict[str, Driver]:
    """Every installed network driver by its name, told what the daemon's options say."""
    found: dict[str, Driver] = {}
    for point in entry_points(group=GROUP):
        try:
            driver: Driver = point.load()()
            driver.configure(settings)
        except Exception as error:
            raise MachineError(
                f"the network driver {point.name} ({point.value}) cannot be loaded: {error}",
                "mend or uninstall the package it comes from",
            ) from error
        found[driver.name] = driver
    return found
