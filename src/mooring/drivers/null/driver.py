"""The null driver."""

from typing import ClassVar, final

from mooring.controller.single import SingleNetworkDriver


@final
class NullDriver(SingleNetworkDriver):
    """Its one network is a stack with nothing but loopback."""

    name: ClassVar[str] = "null"
