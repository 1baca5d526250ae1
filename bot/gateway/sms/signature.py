"""Twilio's signature: whether a request really comes from Twilio, checked before anything in it is believed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohttp import web

from actions.desk.secret_key import derived
from bot.gateway.errors import ApiError
from bot.gateway.incoming import Form, read_form
from bot.gateway.keys import SETTINGS, TWILIO_FORM, TWILIO_TOKENS
from bot.gateway.route import Handler
from knowledge.settings import Settings

HEADER = "X-Twilio-Signature"
USUAL_PORTS = {"https": 443, "http": 80}


def signed(token: str, url: str, form: Form) -> str:
    """Base64 of HMAC-SHA-1 over the address, then each field's name and value in the order of names.

    A field that comes several times counts once for each different value, in the order of values.
    """
    data = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.digest(token.encode(), data.encode(), hashlib.sha1)).decode()


def is_genuine(tokens: Iterable[str], public_url: str, path: str, form: Form, given: str) -> bool:
    """Whether `given` is the signature of this request under any of the tokens; without a token nothing is.

    `path` is as it came, with its query. Every comparison is made, each in constant time.
    """
    wanted = given.encode("utf-8", "replace")
    found = False
    for token in tokens:
        for url in addresses(public_url, path):
            found |= hmac.compare_digest(signed(token, url, form).encode(), wanted)
    return found


def addresses(public_url: str, path: str) -> tuple[str, ...]:
    """The address that families and Twilio know, with and without its usual port: Twilio signs either."""
    parts = urlsplit(public_url)
    host = parts.netloc.removesuffix(f":{parts.port}")
    usual = USUAL_PORTS[parts.scheme]
    rest = f"{parts.path}{path}"
    if parts.port not in {None, usual}:
        return (f"{parts.scheme}://{host}:{parts.port}{rest}",)
    return (f"{parts.scheme}://{host}{rest}", f"{parts.scheme}://{host}:{usual}{rest}")


def webhook_tokens(settings: Settings, key: bytes) -> tuple[str, ...]:
    """The tokens that may sign: Twilio's, during a change of tokens the old one too (`new,old`).

    Where no account is set at all, nobody outside can sign: only `familydesk text`, which has the desk's own key.
    """
    tokens = tuple(token.strip() for token in settings.twilio_auth_token.reveal().split(",") if token.strip())
    if tokens or settings.twilio_account_sid or settings.twilio_from:
        return tokens
    return (derived(key, "text messages without an account").hex(),)


def from_twilio(handler: Handler) -> Handler:
    """The handler behind the check of the signature; it finds the form in the request."""

    async def checked(request: web.Request) -> web.StreamResponse:
        form = await read_form(request)
        tokens = request.app[TWILIO_TOKENS]
        address, path, given = request.app[SETTINGS].address, request.raw_path, request.headers.get(HEADER, "")
        # A path that is a whole address was not meant for us; its host and scheme are the sender's to choose.
        genuine = is_genuine(tokens, address, path, form, given) and path.startswith("/")
        if not genuine:
            message = "The signature is missing or wrong: only Twilio, with this desk's PUBLIC_URL, may call this."
            raise ApiError(403, "wrong_signature", message)
        request[TWILIO_FORM] = dict(form)
        return await handler(request)

    return checked
