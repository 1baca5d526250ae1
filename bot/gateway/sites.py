"""Web sites that embed the widget: those that the district lists may call the chat API from their pages."""

from __future__ import annotations

from aiohttp import web

from bot.gateway.keys import SETTINGS
from bot.gateway.route import Handler

# What the widget asks for from another site's page, and the script itself where a site pins it by its hash.
SHARED = ("/api/chat/", "/widget/", "/widget.js")
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "3600",
}


@web.middleware
async def let_sites_in(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say to browsers that a listed site may read the answer; any other site gets no such leave, nor `*`."""
    if not request.path.startswith(SHARED) or not request.app[SETTINGS].widget_sites:
        return await handler(request)
    origin = request.headers.get("Origin", "")
    listed = origin in request.app[SETTINGS].widget_sites
    if listed and request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        response: web.StreamResponse = web.Response(status=204, headers=PREFLIGHT)
    else:
        response = await handler(request)
    if not response.prepared:  # a WebSocket is; it has a check of its own
        vary = [name for name in (response.headers.get("Vary"), "Origin") if name]
        response.headers["Vary"] = ", ".join(vary)
        if listed:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    return response
