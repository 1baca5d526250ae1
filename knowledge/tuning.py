"""Tuning the bundled encoder on how families ask: `python -m knowledge.tuning` makes `encoder_weights/` anew.

Needs an hour or so on two cores and is not part of `familydesk train`: what it makes is in the repository.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from knowledge.article_rules import SOURCE_LANGUAGE
from knowledge.articles import Library, load_library
from knowledge.encoder import BUNDLED_NAME, bundled_folder, verify
from knowledge.evaluation import NONE, read_headed, read_rows
from knowledge.passages import Passage, all_passages
from knowledge.pieces import first_places, learn_pieces
from knowledge.training import QUESTIONS, for_calibration, intent_examples
from knowledge.tuned import FOLDER, read_tuning, save_tuning

ROOT = Path(__file__).resolve().parents[1]
GLOSSARY, NLU, ARTICLES = ROOT / "data" / "glossary", ROOT / "data" / "nlu", ROOT / "knowledge" / "articles"
CRISIS = ROOT / "data" / "crisis"

# Of each language so many pieces at most: all of them together must leave room for the layers in 20 MB.
_PIECES = 1900
# Most messages, titles and steps are shorter; the beginning of the others is enough to learn from.
_LONGEST = 36
_BATCH = 64
_PASSAGES, _PAIRS, _INTENTS = 32, 40, 48
_SEED = 11

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Message:
    """A message of the training part, of a topic or (without topics) of none."""

    text: str
    language: str
    topics: tuple[str, ...]


def glossary_pairs(folder: Path) -> list[tuple[str, str, str]]:
    """(language, text, English) of every way to say something, from lines `English = text | text`."""
    found: list[tuple[str, str, str]] = []
    for path in sorted(folder.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            english, _, others = line.partition("=")
            found += [(path.stem, text.strip(), english.strip()) for text in others.split("|") if text.strip()]
    return found


def article_pairs(library: Library) -> Iterator[tuple[str, str, str]]:
    """(language, text, English) of titles, summaries and steps."""
    for (language, name), article in library.articles.items():
        english = library.articles.get((SOURCE_LANGUAGE, name))
        if language == SOURCE_LANGUAGE or english is None:
            continue
        yield language, article.title, english.title
        yield language, article.summary, english.summary
        if len(article.steps) == len(english.steps):
            yield from zip([language] * len(article.steps), article.steps, english.steps, strict=True)


class Student(torch.nn.Module):
    """The bundled model with a second table for the new pieces, so that its own table stays as it is."""

    def __init__(self, model: Any, tokenizer: Any, places: Floats) -> None:
        super().__init__()
        self.bert, self._tokenizer = model[0].auto_model, tokenizer
        tokenizer.enable_padding()
        self.own = self.bert.embeddings.word_embeddings.weight.detach().clone()
        self.pieces = torch.nn.Parameter(torch.from_numpy(places.copy()))

    def forward(self, texts: Sequence[str], longest: int = _LONGEST) -> Tensor:
        """Vectors of length one: (texts, dimension)."""
        self._tokenizer.enable_truncation(longest)
        batch = self._tokenizer.encode_batch(list(texts))
        ids, mask = (torch.tensor([getattr(one, part) for one in batch]) for part in ("ids", "attention_mask"))
        base = len(self.own)
        new = ids >= base
        hidden = functional.embedding(ids.clamp(max=base - 1), self.own)
        if new.any():
            hidden = torch.where(new[..., None], functional.embedding((ids - base).clamp(min=0), self.pieces), hidden)
        out = self.bert(inputs_embeds=hidden, attention_mask=mask).last_hidden_state
        weights = mask[..., None].to(out.dtype)
        return functional.normalize(((out * weights).sum(1) / weights.sum(1)).float(), dim=-1)


@torch.no_grad()
def encode(student: Student, texts: Sequence[str], longest: int = 128) -> Tensor:
    """Vectors of many texts, those of like length together."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    found = torch.zeros(len(texts), student.own.shape[1])
    for start in range(0, len(order), _BATCH):
        places = order[start : start + _BATCH]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found[places] = student([texts[place] for place in places], longest)
    return found


class _Batches:
    """Messages in random order, those of like length together, each with a passage of an article that answers it."""

    def __init__(self, messages: Sequence[Message], passages: Sequence[Passage], random_: random.Random) -> None:
        self._messages, self._random = messages, random_
        self._passages: dict[str, list[Passage]] = defaultdict(list)
        for passage in passages:
            self._passages[passage.article].append(passage)
        self._queue: list[list[Message]] = []

    def next(self) -> tuple[list[Message], list[Passage | None]]:
        if not self._queue:
            order = list(self._messages)
            self._random.shuffle(order)
            wide = _BATCH * 8
            for start in range(0, len(order), wide):
                some = sorted(order[start : start + wide], key=lambda message: len(message.text))
                self._queue += [some[place : place + _BATCH] for place in range(0, len(some), _BATCH)]
            self._random.shuffle(self._queue)
        batch = self._queue.pop()
        chosen = set(self._random.sample(range(len(batch)), min(_PASSAGES, len(batch))))
        return batch, [self._passage(message) if place in chosen else None for place, message in enumerate(batch)]

    def _passage(self, message: Message) -> Passage | None:
        return self._random.choice(self._passages[self._random.choice(message.topics)]) if message.topics else None


def wish_examples() -> list[tuple[str, str]]:
    """(text, what is wished): the intents' examples, and each kind of danger that somebody may be in."""
    dangers = (example for path in sorted(CRISIS.glob("*.txt")) for example in read_headed(path))
    return intent_examples(NLU) + [(text, kind) for text, kind in dangers if kind != NONE]


def tune(epochs: float, out: Path, minutes: float, start: Path | None = None) -> None:
    """Tune and save; ends early, with what it has, when `minutes` are over.

    `start` is a folder of an earlier tuning to go on from; without it the published model is the start.
    """
    verify(bundled_folder())
    library = load_library(ARTICLES)
    passages = all_passages(library)
    topics = sorted({passage.article for passage in passages})
    everything = [
        Message(row.text, path.stem, tuple(topic for topic in row.topics if topic in topics))
        for path in sorted(QUESTIONS.glob("*.jsonl"))
        for row in read_rows(path)
    ]
    messages = [message for message in everything if not for_calibration(message.text)]
    pairs = [*glossary_pairs(GLOSSARY), *article_pairs(library)]
    student, pieces = _student(messages, passages, pairs, library)
    if start:
        go_on_from(start, student, pieces)
    print(
        f"{len(messages)} messages, {len(passages)} passages, {len(pairs)} pairs, {len(pieces)} new pieces", flush=True
    )
    intents = wish_examples()
    _train(student, messages, passages, pairs, intents, topics, epochs, minutes)
    layers = {
        name: value.detach().numpy()
        for name, value in student.bert.state_dict().items()
        if name.startswith(("encoder.layer", "embeddings.LayerNorm"))
    }
    record = {
        "base": BUNDLED_NAME,
        "languages": sorted({message.language for message in messages}),
        "messages": len(messages),
        "pairs": len(pairs),
        "pieces": len(pieces),
        "epochs": epochs,
    }
    save_tuning(out, pieces, student.pieces.detach().numpy(), layers, record)


def _student(
    messages: Sequence[Message], passages: Sequence[Passage], pairs: Sequence[tuple[str, str, str]], library: Library
) -> tuple[Student, list[str]]:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    from knowledge.pieces import extend

    model = SentenceTransformer(str(bundled_folder()), device="cpu", local_files_only=True)
    tokenizer = bundled_folder() / "tokenizer.json"
    texts: dict[str, list[str]] = defaultdict(list)
    for language, text in (
        *((message.language, message.text) for message in messages),
        *((passage.language, passage.text) for passage in passages),
        *((language, text) for language, text, _ in pairs),
    ):
        texts[language].append(text)
    english = texts.pop(SOURCE_LANGUAGE) + [english for _, _, english in pairs]
    pieces = learn_pieces(tokenizer, texts, english, _PIECES)
    titles = {name: article.title for (language, name), article in library.articles.items() if language == "en"}
    told = [(text, meaning) for _, text, meaning in pairs]
    # What a message means is near to what its article is called: a weak pair, but there are many.
    told += [(message.text, titles[message.topics[0]]) for message in messages if message.topics]
    words = model[0].auto_model.embeddings.word_embeddings.weight.detach().numpy()
    places = first_places(tokenizer, pieces, words, told)
    return Student(model, Tokenizer.from_str(extend(tokenizer, pieces)), places), pieces


def go_on_from(folder: Path, student: Student, pieces: Sequence[str]) -> None:
    """Layers and the places of known pieces as an earlier tuning left them."""
    stored, known = read_tuning(folder)
    with torch.no_grad():
        before = dict(zip(known, stored.pop("pieces"), strict=True))
        for place, piece in enumerate(pieces):
            if piece in before:
                student.pieces[place] = torch.from_numpy(before[piece])
    layers = {name: torch.from_numpy(values) for name, values in stored.items()}
    student.bert.load_state_dict(layers, strict=False)


def _train(
    student: Student,
    messages: Sequence[Message],
    passages: Sequence[Passage],
    pairs: Sequence[tuple[str, str, str]],
    intents: Sequence[tuple[str, str]],
    topics: Sequence[str],
    epochs: float,
    minutes: float,
) -> None:
    """Messages near their articles' passages and topics; translations near the untuned model's view of the English."""
    torch.manual_seed(_SEED)
    chance = random.Random(_SEED)  # noqa: S311  # no secret
    number = {topic: place for place, topic in enumerate(topics)}
    # The teacher's view of English is fixed before anything is tuned; English itself is held near it as well.
    said = sorted({english for _, _, english in pairs} | {p.text for p in passages if p.language == SOURCE_LANGUAGE})
    view = dict(zip(said, encode(student, said), strict=True))
    held = [*((text, english) for _, text, english in pairs), *((english, english) for english in said)]
    prototypes = torch.nn.Parameter(torch.randn(len(topics) + 1, student.own.shape[1]) * 0.05)
    names = sorted({intent for _, intent in intents})
    wishes = torch.nn.Parameter(torch.randn(max(1, len(names)), student.own.shape[1]) * 0.05)
    student.bert.embeddings.requires_grad_(requires_grad=False)
    body = [weight for weight in student.bert.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(
        [
            {"params": body, "lr": 5e-5},
            {"params": [student.pieces], "lr": 1e-3},
            {"params": [prototypes, wishes], "lr": 3e-3},
        ],
        weight_decay=0.01,
    )
    steps = max(1, int(epochs * len(messages) / _BATCH))
    began, limit, share = time.monotonic(), minutes * 60.0, 0.0
    batches = _Batches(messages, passages, chance)
    rates = [group["lr"] for group in optimiser.param_groups]
    student.train()
    for step in range(steps):
        share = max(step / steps, (time.monotonic() - began) / limit)
        if share >= 1.0:
            break
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * min(1.0, (step + 1) / 60) * max(0.02, 0.5 + 0.5 * math.cos(math.pi * share))
        batch, answers = batches.next()
        some = chance.sample(held, min(_PAIRS, len(held)))
        wished = chance.sample(intents, min(_INTENTS, len(intents)))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            asked = student([message.text for message in batch])
            told = student([passage.text for passage in answers if passage])
            spoken = student([text for text, _ in some])
            said_so = student([text for text, _ in wished])
        loss = (
            _by_topic(asked, batch, prototypes, number)
            + _by_passage(asked, told, batch, answers)
            + 0.5 * _by_intent(said_so, [names.index(intent) for _, intent in wished], wishes)
            + 4.0 * (1.0 - (spoken * torch.stack([view[english] for _, english in some])).sum(-1)).mean()
        )
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*body, student.pieces], 1.0)
        optimiser.step()
        if step % 50 == 0:
            print(f"step {step} of {steps}, loss {loss.item():.3f}, {time.monotonic() - began:.0f} s", flush=True)
    student.eval()


def _by_topic(asked: Tensor, batch: Sequence[Message], prototypes: Tensor, number: dict[str, int]) -> Tensor:
    """Each message near the prototype of its topic, or of "none of them"."""
    wanted = torch.zeros(len(batch), len(prototypes))
    for row, message in enumerate(batch):
        for topic in message.topics:
            wanted[row, number[topic]] = 1.0 / len(message.topics)
        if not message.topics:
            wanted[row, -1] = 1.0
    scores = 16.0 * asked @ functional.normalize(prototypes, dim=-1).T
    return -(wanted * torch.log_softmax(scores, -1)).sum(-1).mean()


def _by_intent(said: Tensor, wanted: Sequence[int], wishes: Tensor) -> Tensor:
    """Each example near the prototype of its intent."""
    scores = 16.0 * said @ functional.normalize(wishes, dim=-1).T
    return functional.cross_entropy(scores, torch.tensor(wanted), label_smoothing=0.1)


def _by_passage(asked: Tensor, told: Tensor, batch: Sequence[Message], answers: Sequence[Passage | None]) -> Tensor:
    """Each message nearer to a passage of its article than to the other messages' passages."""
    rows = [row for row, passage in enumerate(answers) if passage]
    articles = [passage.article for passage in answers if passage]
    scores = 20.0 * asked[rows] @ told.T
    same = torch.tensor([[article in batch[row].topics for article in articles] for row in rows])
    same.fill_diagonal_(fill_value=False)
    return functional.cross_entropy(scores.masked_fill(same, -1e4), torch.arange(len(rows)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--epochs", type=float, default=4.0)
    parser.add_argument("--minutes", type=float, default=45.0, help="stop after so long with what there is")
    parser.add_argument("--start", type=Path, help="folder of an earlier tuning to go on from")
    parser.add_argument("--out", type=Path, default=FOLDER)
    given = parser.parse_args()
    torch.set_num_threads(2)
    tune(given.epochs, given.out, given.minutes, given.start)


if __name__ == "__main__":
    main()
