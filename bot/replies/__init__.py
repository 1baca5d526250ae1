"""The assistant's replies: one file of wording for each language, one file of shapes for all of them."""

from bot.replies.catalogue import Replies, RepliesError, Reply

__all__ = ["Replies", "RepliesError", "Reply"]
