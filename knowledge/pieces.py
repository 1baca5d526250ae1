"""Word pieces of the languages that the bundled encoder was not made for, and where in its space they begin."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, trainers
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from knowledge.letters import plain_letters

Floats = NDArray[np.float32]

# Pieces that are seen less often have too little to learn from.
_LEAST_SEEN = 4
_ALPHABET = 3000
# How many English pieces a new piece begins between.
_NEIGHBOURS = 4


def extend(tokenizer: Path, pieces: Sequence[str]) -> str:
    """The content of `tokenizer.json` with these pieces behind its own, in their order."""
    content: dict[str, Any] = json.loads(tokenizer.read_text(encoding="utf-8"))
    vocabulary = content["model"]["vocab"]
    start = len(vocabulary)
    for place, piece in enumerate(pieces):
        vocabulary[piece] = start + place
    content["padding"] = content["truncation"] = None
    return json.dumps(content, ensure_ascii=False)


def cut(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """The word pieces of each text, by their numbers, families' letters taken for one another."""
    return [one.ids for one in tokenizer.encode_batch([plain_letters(text) for text in texts])]


def learn_pieces(tokenizer: Path, texts: Mapping[str, Sequence[str]], english: Sequence[str], each: int) -> list[str]:
    """At most `each` new pieces of every language in `texts`, none of which would cut up English otherwise."""
    own = set(json.loads(tokenizer.read_text(encoding="utf-8"))["model"]["vocab"])
    found: dict[str, None] = {}
    for some in texts.values():
        learner = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106  # a sign of the vocabulary
        learner.normalizer, learner.pre_tokenizer = BertNormalizer(), BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(
            vocab_size=each * 2, min_frequency=_LEAST_SEEN, special_tokens=["[UNK]"], limit_alphabet=_ALPHABET,
            show_progress=False,
        )  # fmt: skip
        learner.train_from_iterator(some, trainer)
        seen = Counter(piece for text in some for piece in learner.encode(text).tokens)
        new = [piece for piece, times in seen.most_common() if piece not in own and times >= _LEAST_SEEN]
        found.update(dict.fromkeys(new[:each]))
    pieces = list(found)
    # A piece that English messages would be cut into is left out: English is to stay as its encoder knows it.
    extended = Tokenizer.from_str(extend(tokenizer, pieces))
    used = {piece for text in english for piece in extended.encode(text).tokens}
    return [piece for piece in pieces if piece not in used]


def first_places(tokenizer: Path, pieces: Sequence[str], words: Floats, pairs: Iterable[tuple[str, str]]) -> Floats:
    """Where each piece begins: between the English pieces that stand where it stands in (text, English) pairs.

    `words` are the encoder's own (pieces, dimension); a piece in no pair begins at the middle of its old parts.
    """
    before = Tokenizer.from_str(extend(tokenizer, ()))
    after = Tokenizer.from_str(extend(tokenizer, pieces))
    start = len(words)
    together: dict[int, Counter[int]] = defaultdict(Counter)
    here, there, number = Counter[int](), Counter[int](), 0
    for text, english in pairs:
        number += 1
        ours = {place for place in after.encode(text, add_special_tokens=False).ids if place >= start}
        theirs = set(before.encode(english, add_special_tokens=False).ids)
        here.update(ours)
        there.update(theirs)
        for place in ours:
            together[place].update(theirs)
    found = np.zeros((len(pieces), words.shape[1]), dtype=np.float32)
    spread = float(np.linalg.norm(words, axis=1).mean())
    for place, piece in enumerate(pieces):
        parts = before.encode(piece.removeprefix("##"), add_special_tokens=False).ids
        old = words[parts].mean(axis=0) if parts else np.zeros(words.shape[1], dtype=np.float32)
        met = together.get(start + place)
        if met:
            # How much likelier the English piece is beside this one than anywhere, weighed by how often it was seen.
            gain = {
                other: times * np.log(times * number / (here[start + place] * there[other]) + 1e-9)
                for other, times in met.items()
            }
            best = sorted(gain, key=lambda other: -gain[other])[:_NEIGHBOURS]
            weights = np.array([max(gain[other], 0.0) for other in best]) + 1e-6
            old = (0.2 * old + 0.8 * (weights[:, None] * words[best]).sum(axis=0) / weights.sum()).astype(np.float32)
        found[place] = old * (spread / max(float(np.linalg.norm(old)), 1e-6))
    return found
