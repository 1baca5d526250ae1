"""The key from which everything that must be signed or sealed takes its own key: set, or made once and kept."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from knowledge.settings import Settings

FILE = "secret.key"


def secret_key(settings: Settings) -> bytes:
    """SECRET_KEY, or the key kept under HOME, which is made at the first need and only its owner may read.

    Two processes that make it at once end up with the same one.
    """
    given = settings.secret_key.reveal()
    if given:
        return given.encode()
    path = settings.home / FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        own = path.with_name(f"{FILE}.{os.getpid()}.{secrets.token_hex(4)}")
        own.touch(mode=0o600)
        own.write_text(secrets.token_urlsafe(32), encoding="ascii")
        _keep_first(own, path)
    return path.read_text(encoding="ascii").strip().encode()


def derived(key: bytes, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose, from which nothing can be told of the others."""
    return hmac.digest(key, f"familydesk {purpose}".encode(), hashlib.sha256)


def _keep_first(own: Path, path: Path) -> None:
    """Linking is atomic, and fails where another process was first."""
    try:
        path.hardlink_to(own)
    except FileExistsError:
        pass
    finally:
        own.unlink()
