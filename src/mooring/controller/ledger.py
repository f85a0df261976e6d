"""The ledger: every object that exists or is meant to, in memory and in the store at once.

Memory changes first and without waiting, so two requests for one name cannot both pass; the store
follows before the call returns.
"""

from collections.abc import Callable, Mapping
from typing import Final, Protocol, TypeAlias, TypeVar

import msgspec

from mooring.model.endpoint import Endpoint
from mooring.model.error import ConflictError, MachineError, NotFoundError
from mooring.model.identity import short
from mooring.model.network import Network
from mooring.model.run import Run
from mooring.model.sandbox import Sandbox
from mooring.store.keyvalue import KeyValue

Stored: TypeAlias = Network | Endpoint | Sandbox | Run

_PREFIXES: Final[dict[type, str]] = {
    Network: "network/",
    Endpoint: "endpoint/",
    Sandbox: "sandbox/",
    Run: "run/",
}

_LISTED: Final = 10
"""Names that an error lists before it would be no help any more."""

_T = TypeVar("_T")


class Caller(Protocol):
    """Where blocking work goes."""

    async def call(self, work: Callable[[], _T]) -> _T: ...


class _Named(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


_N = TypeVar("_N", bound=_Named)


class Ledger:
    """Objects by id. The dictionaries are for reading; ``put`` and ``remove`` change them."""

    def __init__(self, store: KeyValue, caller: Caller) -> None:
        self._store = store
        self._caller = caller
        self.networks: Final[dict[str, Network]] = {}
        self.sandboxes: Final[dict[str, Sandbox]] = {}
        self.runs: Final[dict[str, Run]] = {}
        self.endpoints: Final[dict[str, Endpoint]] = {}
        self._network_names: dict[str, str] = {}
        self._sandbox_names: dict[str, str] = {}
        self._run_names: dict[str, str] = {}
        self._of_network: dict[str, dict[str, None]] = {}
        self._of_sandbox: dict[str, dict[str, None]] = {}

    def load(self) -> None:
        """Read the store. Blocking; for the start, before anything else runs.

        Raises MachineError for what is stored and cannot be understood: to go on without it would
        be to take down what it stands for.
        """
        for kind, prefix in _PREFIXES.items():
            decoder: msgspec.json.Decoder[Stored] = msgspec.json.Decoder(kind)
            for key, value in self._store.list(prefix):
                try:
                    self._remember(decoder.decode(value))
                except msgspec.DecodeError as error:
                    raise MachineError(
                        f"{key} in the store cannot be read: {error}",
                        "start the Mooring that wrote it, or move the store away to begin anew",
                    ) from error

    async def put(self, *objects: Stored, durable: bool = False) -> None:
        """Add objects or put them in the place of those with the same id.

        ``durable`` waits for the disk: for what must outlive a power failure.
        """
        for item in objects:
            self._remember(item)
        puts = {_key(item): msgspec.json.encode(item) for item in objects}
        await self._caller.call(lambda: self._store.write(puts, durable=durable))

    def reserve(self, item: Stored) -> None:
        """Let an object count as existing before it is stored, so that its name is taken."""
        self._remember(item)

    async def remove(self, *objects: Stored, durable: bool = False) -> None:
        """Remove objects; what is not there is fine."""
        for item in objects:
            self._forget(item)
        keys = [_key(item) for item in objects]
        await self._caller.call(lambda: self._store.write({}, keys, durable=durable))

    def network(self, ref: str) -> Network:
        """The network with a name, id or beginning of an id."""
        return _get("network", ref, self.networks, self._network_names)

    def sandbox(self, ref: str) -> Sandbox:
        """The sandbox with a name, id or beginning of an id."""
        return _get("sandbox", ref, self.sandboxes, self._sandbox_names)

    def run(self, ref: str) -> Run:
        """The run with a name, id or beginning of an id."""
        return _get("run", ref, self.runs, self._run_names)

    def endpoints_of(self, network_id: str) -> list[Endpoint]:
        """Endpoints on a network, in the order of joining."""
        return [self.endpoints[id_] for id_ in self._of_network.get(network_id, ())]

    def endpoints_in(self, sandbox_id: str) -> list[Endpoint]:
        """Endpoints of a sandbox, in the order of joining."""
        return [self.endpoints[id_] for id_ in self._of_sandbox.get(sandbox_id, ())]

    def find_endpoint(self, sandbox_id: str, network_id: str) -> Endpoint | None:
        """The sandbox's endpoint on the network."""
        for endpoint in self.endpoints_in(sandbox_id):
            if endpoint.network_id == network_id:
                return endpoint
        return None

    def has_network(self, name: str) -> bool:
        """Whether a network bears the name."""
        return name in self._network_names

    def refuse_taken_name(self, name: str) -> None:
        """Raise ConflictError if a sandbox or a run has the name."""
        for kind, names in (("run", self._run_names), ("sandbox", self._sandbox_names)):
            if taken := names.get(name):
                remove = "moor rm -f" if kind == "run" else "moor sandbox rm"
                raise ConflictError(
                    f"the name {name} is in use by the {kind} {short(taken)}",
                    f"choose another name, or remove that one ({remove} {name})",
                )

    def _remember(self, item: Stored) -> None:
        match item:
            case Network():
                self.networks[item.id] = item
                self._network_names[item.name] = item.id
            case Sandbox():
                self.sandboxes[item.id] = item
                self._sandbox_names[item.name] = item.id
            case Run():
                self.runs[item.id] = item
                self._run_names[item.name] = item.id
            case Endpoint():
                self.endpoints[item.id] = item
                self._of_network.setdefault(item.network_id, {})[item.id] = None
                self._of_sandbox.setdefault(item.sandbox_id, {})[item.id] = None

    def _forget(self, item: Stored) -> None:
        match item:
            case Network():
                self.networks.pop(item.id, None)
                self._network_names.pop(item.name, None)
            case Sandbox():
                self.sandboxes.pop(item.id, None)
                self._sandbox_names.pop(item.name, None)
            case Run():
                self.runs.pop(item.id, None)
                self._run_names.pop(item.name, None)
            case Endpoint():
                self.endpoints.pop(item.id, None)
                for index, key in (
                    (self._of_network, item.network_id),
                    (self._of_sandbox, item.sandbox_id),
                ):
                    members = index.get(key, {})
                    members.pop(item.id, None)
                    if not members:
                        index.pop(key, None)


def _key(item: Stored) -> str:
    return _PREFIXES[type(item)] + item.id


def _get(kind: str, ref: str, objects: Mapping[str, _N], names: Mapping[str, str]) -> _N:
    """By id, then name, then an unambiguous beginning of an id, as Docker resolves references."""
    if found := objects.get(ref) or objects.get(names.get(ref, "")):
        return found
    matches = [item for id_, item in objects.items() if ref and id_.startswith(ref)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        listed = ", ".join(sorted(f"{item.name} ({short(item.id)})" for item in matches))
        raise ConflictError(f"{ref!r} is the beginning of several ids: {listed}", "give more of it")
    existing = ", ".join(sorted(names)[:_LISTED])
    remedy = f"there are: {existing}" if existing else f"there is no {kind} at all"
    raise NotFoundError(f"no {kind} named {ref!r}", remedy)
