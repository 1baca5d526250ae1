"""What takes long to load, and whether it is there yet: the articles with their search, and the actions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rasa_sdk.executor import ActionExecutor

    from knowledge.articles import Library
    from knowledge.knowledge import Knowledge


class Loading:
    """Empty at first; `done` puts both in place at once."""

    def __init__(self) -> None:
        self._knowledge: Knowledge | None = None
        self._executor: ActionExecutor | None = None
        self._done = asyncio.Event()

    def done(self, knowledge: Knowledge, executor: ActionExecutor) -> None:
        self._knowledge, self._executor = knowledge, executor
        self._done.set()

    def knowledge(self) -> Knowledge | None:
        """The articles and their search, None while loading."""
        return self._knowledge

    def library(self) -> Library | None:
        """The articles alone, None while loading."""
        return None if self._knowledge is None else self._knowledge.library

    def executor(self) -> ActionExecutor | None:
        """What runs the actions, None while loading."""
        return self._executor

    async def meaning(self, text: str) -> NDArray[np.float32] | None:
        """What the encoder makes of a text, None while loading."""
        return None if self._knowledge is None else await self._knowledge.meaning_soon(text)

    async def wait(self, seconds: float) -> bool:
        """Wait until all is loaded, `seconds` at most; whether it is."""
        if self._done.is_set():
            return True
        try:
            await asyncio.wait_for(self._done.wait(), seconds)
        except TimeoutError:
            return False
        return True
