"""``--network app`` and ``--network name=app,alias=db,ip=10.1.0.7``. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from mooring.model.error import InvalidArgumentError

_KEYS: Final = ("name", "alias", "ip", "ip6", "mac-address", "driver-opt", "gw-priority")


def endpoints_config(
    networks: Sequence[str],
    *,
    aliases: Sequence[str] = (),
    ip: str = "",
    ip6: str = "",
    mac: str = "",
) -> dict[str, dict[str, Any]]:
    """The networks to join with their settings, as ``EndpointsConfig``.

    What is given beside the networks (``--ip``, ``--network-alias`` …) is for the one network that
    is given plainly. Raises InvalidArgumentError where that is not clear.
    """
    parsed = [_parse(text) for text in networks]
    names = [name for name, _ in parsed]
    for name in names:
        if names.count(name) > 1:
            raise InvalidArgumentError(f"network {name} is given twice", "give it once")
    beside = {
        "--network-alias": list(aliases),
        "--ip": ip,
        "--ip6": ip6,
        "--mac-address": mac,
    }
    given = [option for option, value in beside.items() if value]
    if given:
        _check_plain(given[0], networks)
        settings = parsed[0][1]
        settings["Aliases"] = list(aliases)
        settings["IPAMConfig"] = {"IPv4Address": ip, "IPv6Address": ip6}
        settings["MacAddress"] = mac
    return dict(parsed)


def _check_plain(option: str, networks: Sequence[str]) -> None:
    if not networks:
        raise InvalidArgumentError(f"{option} says nothing without a network", "give --network")
    if len(networks) > 1 or "=" in networks[0]:
        key = {"--network-alias": "alias"}.get(option, option.removeprefix("--"))
        raise InvalidArgumentError(
            f"{option} does not say for which network it is",
            f"write it with the network, as in --network name={_name(networks[0])},{key}=…",
        )


def _name(text: str) -> str:
    return _parse(text)[0] if "=" in text else text


def _parse(text: str) -> tuple[str, dict[str, Any]]:
    if "=" not in text:
        if not text:
            raise InvalidArgumentError("--network is empty", "name a network")
        return text, {}
    name = ""
    addresses: dict[str, str] = {}
    settings: dict[str, Any] = {}
    for part in text.split(","):
        key, separator, value = part.partition("=")
        if not separator or not value:
            raise InvalidArgumentError(
                f"--network {text}: {part!r} is not of the form KEY=VALUE",
                f"the keys are {', '.join(_KEYS)}",
            )
        match key:
            case "name":
                name = value
            case "alias":
                settings.setdefault("Aliases", []).append(value)
            case "ip":
                addresses["IPv4Address"] = value
            case "ip6":
                addresses["IPv6Address"] = value
            case "mac-address":
                settings["MacAddress"] = value
            case "driver-opt":
                option, _, setting = value.partition("=")
                settings.setdefault("DriverOpts", {})[option] = setting
            case "gw-priority":
                settings["GwPriority"] = _priority(text, value)
            case _:
                raise InvalidArgumentError(
                    f"--network {text}: there is no key {key!r}",
                    f"the keys are {', '.join(_KEYS)}",
                )
    if not name:
        raise InvalidArgumentError(f"--network {text} names no network", "add name=…")
    if addresses:
        settings["IPAMConfig"] = addresses
    return name, settings


def _priority(text: str, value: str) -> int:
    try:
        return int(value)
    except ValueError as error:
        raise InvalidArgumentError(
            f"--network {text}: gw-priority {value!r} is not a number"
        ) from error
