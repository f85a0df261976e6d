"""Programs can tell the refusals of address management apart."""

from mooring.ipam import error
from mooring.model.error import MooringError


def test_every_refusal_has_a_code_of_its_own() -> None:
    refusals = [
        kind
        for kind in vars(error).values()
        if isinstance(kind, type)
        and issubclass(kind, MooringError)
        and kind.__module__ == error.__name__
    ]
    general = {kind.code for kind in MooringError.__subclasses__()}
    assert refusals
    assert len({kind.code for kind in refusals} - general) == len(refusals)
