"""What a message means, as the desk sends it to Rasa along with its words: the encoder runs in one process only."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray

# Its name in the body of a turn and in the metadata of a message.
KEY = "meaning"


def pack(vector: NDArray[np.float32]) -> str:
    """The encoder's vector as text for JSON."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def unpack(packed: str) -> NDArray[np.float32]:
    """What `pack` was given."""
    return np.frombuffer(base64.b64decode(packed), dtype="<f4").astype(np.float32)
