"""Telephone numbers at rest: told apart by a keyed hash, readable only while there is somebody to answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from contextlib import suppress

import phonenumbers
from cryptography.fernet import Fernet, InvalidToken

from actions.desk.checked_file import REGION
from actions.desk.secret_key import derived

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


def is_number(text: str) -> bool:
    """Whether this is a telephone number as Twilio writes it (E.164); a short code is none."""
    return _NUMBER.fullmatch(text) is not None


def e164(*written: str) -> frozenset[str]:
    """Numbers of the district as +15155550142, without extensions; what is no number is left out."""
    found = set()
    for one in written:
        with suppress(phonenumbers.NumberParseException):
            found.add(phonenumbers.format_number(phonenumbers.parse(one, REGION), phonenumbers.PhoneNumberFormat.E164))
    return frozenset(found)


def spoken_contact(contact: str | None) -> str | None:
    """A phone number as people of the country write it; an e-mail address as it is."""
    if contact is None or not contact.startswith("+"):
        return contact
    return phonenumbers.format_number(phonenumbers.parse(contact), phonenumbers.PhoneNumberFormat.NATIONAL)


def masked_contact(contact: str | None) -> str | None:
    """A contact of which only its owner can tell that it is meant: ***-0177, a***@example.com."""
    if contact is None:
        return None
    name, at, domain = contact.partition("@")
    return f"{name[:1]}***@{domain}" if at else f"***-{contact[-4:]}"


class PhoneNumbers:
    """Hashes and seals numbers with keys made from SECRET_KEY; without it neither can be undone.

    A plain hash would not do: there are so few numbers that all can be tried.
    """

    def __init__(self, key: bytes) -> None:
        self._hashing = derived(key, "phone number hash")
        self._sealing = Fernet(base64.urlsafe_b64encode(derived(key, "phone number seal")))

    def hashed(self, number: str) -> str:
        """HMAC-SHA-256 of a number, in hexadecimal: the same for the same number."""
        return hmac.new(self._hashing, number.encode(), hashlib.sha256).hexdigest()

    def sealed(self, number: str) -> str:
        return self._sealing.encrypt(number.encode()).decode()

    def opened(self, sealed: str) -> str | None:
        """The number; None when it was sealed under another SECRET_KEY."""
        try:
            return self._sealing.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None
