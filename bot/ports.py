"""What is said of an address that cannot be listened on, by `familydesk up` before it starts and by the desk itself."""

from __future__ import annotations

import errno
import socket


def unusable(host: str, port: int, name: str, error: OSError) -> str:
    """What is wrong with an address that cannot be listened on, and the cure."""
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"FAMILYDESK_HOST is '{host}', no address of this machine; use 127.0.0.1, or 0.0.0.0 for all of them"
    return (
        f"port {port} on {host} cannot be used ({error.strerror}); stop what uses it, or set FAMILYDESK_{name} to a "
        f"free one"
    )
