"""Over TCP, what a web page could make its reader's browser do to the API is refused."""

from ipaddress import ip_address

from aiohttp import web

from mooring.model.error import ForbiddenError


def check_origin(request: web.BaseRequest) -> None:
    """Raise ForbiddenError for a request that a browser sends on behalf of a page.

    A cross-site request says so in ``Origin``. A page whose name was rebound to our address looks
    like our own, and gives itself away in ``Host``: a name, where our clients have an address.
    """
    if "Origin" in request.headers:
        raise ForbiddenError("the API does not answer pages in a browser")
    host = request.headers.get("Host", "")
    if not (_is_address(host) or host.partition(":")[0] == "localhost"):
        raise ForbiddenError(f"the API is not known as {host[:60]!r}", "call it by its address")


def _is_address(host: str) -> bool:
    bare, _, _ = host[1:].partition("]") if host.startswith("[") else host.partition(":")
    try:
        ip_address(bare)
    except ValueError:
        return False
    return True
