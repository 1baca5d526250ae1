"""What the desk sends to Rasa beside a message's words: what it means (the encoder runs in one process only) and what
the family was asked."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray

# Their names in the body of a turn and in the metadata of a message.
KEY, ASKS = "meaning", "asks"


def pack(vector: NDArray[np.float32]) -> str:
    """The encoder's vector as text for JSON."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def unpack(packed: str) -> NDArray[np.float32]:
    """What `pack` was given."""
    return np.frombuffer(base64.b64decode(packed), dtype="<f4").astype(np.float32)
