"""The one list of routes, and who may call each."""

from __future__ import annotations

from bot.gateway import (
    action_server,
    care,
    chat,
    feedback,
    health,
    help_centre,
    pages,
    privacy,
    staff_page,
    ticket_page,
)
from bot.gateway.route import Route
from bot.gateway.sms import webhook

# On the address that faces the network.
ROUTES: tuple[Route, ...] = (
    *chat.ROUTES,
    *care.ROUTES,
    *webhook.ROUTES,
    *health.ROUTES,
    *pages.ROUTES,
    *privacy.ROUTES,  # before the articles, whose addresses would take it in
    *ticket_page.ROUTES,
    *help_centre.ROUTES,
    *feedback.ROUTES,
    *staff_page.ROUTES,
)
# On the second listener, bound to 127.0.0.1.
LOCAL_ROUTES: tuple[Route, ...] = action_server.ROUTES
