"""Whether the server on this machine is well: `python -m checkin.deploy.health`, exit 0 or 1.

It asks the port that CHECKIN_PORT names (8080 unless it is set), which no `--port` of the server's changes.
For health checks of containers, whose images have no other program that could ask. Needs little more than the
standard library, so that asking every few seconds costs little.
"""

import ssl
import sys
import urllib.request
from contextlib import suppress
from typing import Final

from checkin.config import read_settings

SECONDS: Final = 2.0


def is_well(port: int) -> bool:
    """Whether a server answers on a port, over HTTP or HTTPS, that its database does."""
    # The certificate is made for the name that tablets use; nothing is told to the server.
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    # Whatever proxy the environment names is for others: it would ask its own machine.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=unchecked)
    )
    for scheme in ("http", "https"):
        with suppress(OSError):  # also an answer that is no 200
            address = f"{scheme}://127.0.0.1:{port}/healthz"
            opener.open(address, timeout=SECONDS).close()
            return True
    return False


if __name__ == "__main__":
    sys.exit(0 if is_well(read_settings().port) else 1)
