"""Reading what a client sends: every wrong field named, the text made clean, commands to Rasa disarmed."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from bot.gateway.errors import ApiError
from bot.gateway.limits import BODY_BYTES, CLIENT_ID_CHARACTERS, FORM_BYTES, FORM_FIELDS, MESSAGE_CHARACTERS
from bot.gateway.patience import in_time

KEPT_CONTROLS = frozenset("\n\t")
# What remains when somebody sends nothing but slashes.
NOTHING_LEFT = "help"
LARGEST_ID = 2**63 - 1
FORM_TYPE = "application/x-www-form-urlencoded"

Form = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Incoming:
    """A message as the client sent it: either `text`, cleaned but maybe too long, or the id of a button."""

    client_id: str
    text: str | None
    choice: str | None

    @property
    def too_long(self) -> bool:
        return self.text is not None and len(self.text) > MESSAGE_CHARACTERS


def too_long(what: str = "The message") -> ApiError:
    """The error for a message above the limit."""
    message = f"{what} is too long: {MESSAGE_CHARACTERS:,} characters at most; send it in parts."
    return ApiError(413, "message_too_long", message)


async def read_object(request: web.Request, too_large: ApiError) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object."""
    if (request.content_length or 0) > BODY_BYTES:
        raise too_large
    try:
        async with in_time():
            raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise too_large from None
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):  # a thousand brackets deep is as broken as a missing one
        raise ApiError(400, "broken_json", "The body is not JSON in UTF-8; send a JSON object.") from None
    if not isinstance(body, dict):
        raise ApiError(422, "not_an_object", "The body must be a JSON object, such as {}.")
    return body


async def read_form(request: web.Request) -> Form:
    """The fields of an HTML form in their order, as they came; no body is an empty form. Raises ApiError."""
    raw = bytearray()
    async with in_time():
        async for part in request.content.iter_any():
            raw += part
            if len(raw) > FORM_BYTES:
                raise ApiError(413, "too_large", f"The form is larger than {FORM_BYTES // 1024} KB.")
    if request.content_type != FORM_TYPE:
        if not raw:
            return ()
        raise ApiError(415, "not_a_form", f"Send {FORM_TYPE}, as browsers and Twilio do.")
    try:
        text = raw.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FORM_FIELDS)
    except ValueError:
        raise ApiError(400, "broken_form", "The form cannot be read.") from None


def read_language(body: dict[str, Any], offered: Sequence[str]) -> str | None:
    """The language that the family chose, or None."""
    language = body.get("language")
    if language is None or (isinstance(language, str) and language in offered):
        return language
    message = f"`language` must be null or one of those offered here: {', '.join(offered)}."
    raise ApiError(422, "unknown_language", message)


def read_message(body: dict[str, Any]) -> Incoming:
    """A message of the contract: an id and either a text or a choice."""
    client_id, text, choice = body.get("id"), body.get("text"), body.get("choice")
    if not isinstance(client_id, str) or not 0 < len(client_id) <= CLIENT_ID_CHARACTERS or not client_id.isprintable():
        message = f"`id` must be a text of 1 to {CLIENT_ID_CHARACTERS} printable characters, new for each message."
        raise ApiError(422, "wrong_id", message)
    if (text is None) == (choice is None):
        raise ApiError(422, "text_or_choice", "Send either `text` or `choice`, one of the two.")
    if choice is not None:
        if not isinstance(choice, str) or not choice.isprintable():
            raise unknown_choice()
        return Incoming(client_id, None, choice)
    if not isinstance(text, str):
        raise ApiError(422, "wrong_text", "`text` must be a text.")
    cleaned = clean(text)
    if not visible(cleaned):
        raise ApiError(422, "empty_text", "`text` is empty; write what you need in a few words.")
    return Incoming(client_id, cleaned, None)


def read_after(value: object) -> int:
    """The id that the client has seen last; 0 is the start. Raises ApiError."""
    if value is None or value == "":
        return 0
    text = str(value)
    if isinstance(value, str | int) and text.isascii() and text.isdigit() and len(text) < 20:
        return min(int(text), LARGEST_ID)
    raise ApiError(422, "wrong_after", "`after` must be the id of a message: a whole number.")


def unknown_choice() -> ApiError:
    """The error for a button that this conversation was never given."""
    message = "`choice` is no button of this conversation; send the id of one of its buttons, or a text."
    return ApiError(422, "unknown_choice", message)


def clean(text: str) -> str:
    """Composed Unicode without control characters (newline and tab stay) and without halves of characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        letter for letter in lines if letter in KEPT_CONTROLS or unicodedata.category(letter) not in {"Cc", "Cs"}
    )
    return unicodedata.normalize("NFC", kept).strip()


def visible(text: str) -> bool:
    """Whether a reader would see anything."""
    return any(unicodedata.category(letter)[0] not in "CZ" for letter in text)


def disarm(text: str) -> str:
    """The text as Rasa may see it: Rasa reads what starts with "/" as a command of its own, so no slash is left there.

    Slashes hide behind blanks, zero-width letters and wide forms; all that stands before the last of them goes. Digits
    are plain ones: CB٢٠٤١٢٠ is a tag like any other.
    """
    start = 0
    for place, letter in enumerate(text):
        if unicodedata.normalize("NFKC", letter).startswith("/"):
            start = place + 1
        elif unicodedata.category(letter)[0] not in "CZM":
            break
    rest = plain_digits(text[start:].strip() if start else text)
    return rest if visible(rest) else NOTHING_LEFT


def plain_digits(text: str) -> str:
    """The text with 0 to 9 for the digits of other scripts and wide ones."""
    return "".join(letter if letter.isascii() or not letter.isdecimal() else str(int(letter)) for letter in text)
