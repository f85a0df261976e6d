"""The host driver."""

from typing import ClassVar, final

from mooring.controller.single import SingleNetworkDriver


@final
class HostDriver(SingleNetworkDriver):
    """Its one network is the machine's own network stack."""

    name: ClassVar[str] = "host"
