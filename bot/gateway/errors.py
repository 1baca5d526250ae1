"""Errors as the API shows them: one JSON shape, the right status, plain words, never a trace."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.gateway.route import Handler

logger = logging.getLogger(__name__)

MissingPage = Callable[[web.Request], web.Response]

# Statuses that aiohttp itself raises, in our words; everything else is an unexpected error.
STANDARD = {
    400: ("bad_request", "The desk cannot read this request; see the chat API in the README."),
    404: ("not_found", "There is nothing at this address; check the path."),
    405: ("wrong_method", "This address does not take this method; the Allow header names those it takes."),
    413: ("too_large", "The request is larger than 16 KB; send less at once."),
}


class ApiError(Exception):
    """An answer that is an error; `message` names the thing and the cure, and nothing that the family wrote."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def too_many(what: str, seconds: int) -> ApiError:
    """Too many of `what`; `seconds` is how long to wait."""
    message = f"Too many {what} in a short time; wait {seconds} s and send it again."
    return ApiError(429, "too_many", message, {"Retry-After": str(seconds)})


def json_response(body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """JSON in UTF-8, as short as it gets."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return web.Response(body=text.encode(), status=status, headers=headers, content_type="application/json")


def error_response(error: ApiError) -> web.Response:
    """The one shape of errors."""
    body = {"error": {"code": error.code, "message": error.message}}
    return json_response(body, error.status, error.headers)


def errors_middleware(missing_page: MissingPage | None = None) -> Middleware:
    """Turn whatever a handler raises into an answer; `missing_page` makes the page for addresses outside the API."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await _answer(request, handler, missing_page)
        except ApiError as error:
            return error_response(error)
        except Exception as error:  # noqa: BLE001 - the last door before the family
            # What nobody foresaw is logged without any text of a family.
            logger.error("%s in %s %s: %s", type(error).__name__, request.method, route_of(request), where(error))
            message = "Something went wrong here; please try again in a minute."
            return error_response(ApiError(500, "unexpected", message))

    return middleware


async def _answer(request: web.Request, handler: Handler, missing_page: MissingPage | None) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as raised:
        if raised.status not in STANDARD:
            raise
        if raised.status == 404 and missing_page is not None and not request.path.startswith("/api"):
            return missing_page(request)
        code, message = STANDARD[raised.status]
        allow = {"Allow": raised.headers["Allow"]} if "Allow" in raised.headers else {}
        raise ApiError(raised.status, code, message, allow) from None


@web.middleware
async def refuse_compressed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A few bytes can unpack into gigabytes; no client of ours compresses what it sends."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ApiError(415, "compressed_body", "Send the body as it is, without Content-Encoding.")
    return await handler(request)


def route_of(request: web.Request) -> str:
    """The route's pattern, never the address itself, which may carry what a family typed."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown route"


def where(error: BaseException) -> str:
    """The innermost places of an error, without its message: that may quote a family."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
