"""Rules of others that drop what our networks send: found, named, never undone.

An accept of ours cannot undo another table's drop. So the rule is named, and what would help.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from mooring.linux import nftables
from mooring.model.finding import Finding, Severity

_OURS: Final = "mooring"
_DOCKER: Final = "DOCKER-USER"


def findings(bridges: Sequence[str]) -> list[Finding]:
    """What in other tables' forward hooks drops packets by policy, if there are bridges at all."""
    if not bridges:
        return []
    listed = json.loads(nftables.run("list chains", json_output=True) or '{"nftables": []}')
    return judge(listed.get("nftables", []), bridges)


def judge(objects: Iterable[dict[str, Any]], bridges: Sequence[str]) -> list[Finding]:
    """Pure: the findings of a listing in nft's JSON (libnftables-json(5))."""
    chains = [item["chain"] for item in objects if "chain" in item]
    docker = any(chain["name"] == _DOCKER for chain in chains)
    found = []
    for chain in chains:
        drops = chain.get("hook") == "forward" and chain.get("policy") == "drop"
        if drops and chain["table"] != _OURS:
            where = f"{chain['family']} {chain['table']} {chain['name']}"
            found.append(
                Finding(
                    check="firewall",
                    severity=Severity.ERROR,
                    message=f"the chain {where} drops forwarded packets by policy, ours among them",
                    remedy=_remedy(where, bridges[0], docker=docker),
                )
            )
    return found


def _remedy(chain: str, bridge: str, *, docker: bool) -> str:
    """Docker leaves one chain to others for this; elsewhere the accepting rule comes first."""
    if docker:
        rules = [f"iptables -I {_DOCKER} {way} {bridge} -j ACCEPT" for way in ("-i", "-o")]
    else:
        ways = ("iifname", "oifname")
        rules = [f"nft insert rule {chain} {way} {bridge} accept" for way in ways]
    return "for each of our bridges: " + "; ".join(rules)
