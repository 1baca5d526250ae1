"""Tuning the bundled encoder on how families ask: `python -m knowledge.tuning` makes `encoder_weights/` anew.

Needs some minutes on a graphics card, hours without one, and is not part of `familydesk train`: what it makes is in the
repository.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from knowledge import smoothing
from knowledge.article_rules import SOURCE_LANGUAGE
from knowledge.articles import Library, load_library
from knowledge.encoder import BUNDLED_NAME, bundled_folder, verify
from knowledge.evaluation import read_headed, read_rows
from knowledge.learning import learn
from knowledge.lessons import Lessons
from knowledge.letters import plain_letters
from knowledge.passages import Passage, all_passages
from knowledge.pieces import extend, first_places, learn_pieces
from knowledge.student import Student, encode
from knowledge.training import QUESTIONS, for_calibration, intent_examples
from knowledge.tuned import FOLDER, read_tuning, save_tuning, tuning_mark
from knowledge.voices import Example

ROOT = Path(__file__).resolve().parents[1]
GLOSSARY, NLU, ARTICLES = ROOT / "data" / "glossary", ROOT / "data" / "nlu", ROOT / "knowledge" / "articles"
CRISIS = ROOT / "data" / "crisis"

# Of each language so many pieces at most: all of them together must leave room for the layers in 20 MB.
_PIECES = 8000
Floats = NDArray[np.float32]


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


def dangers() -> list[tuple[str, str]]:
    """(text, kind) of what the crisis screen must tell: each kind of danger, and harmless words that lie near."""
    return [example for path in sorted(CRISIS.glob("*.txt")) for example in read_headed(path)]


def tune(
    epochs: float, out: Path, minutes: float, start: Path | None = None, device: str = "cpu", branches: int = 1
) -> None:
    """Tune and save; ends early, with what it has, when `minutes` are over.

    `start` is a folder of an earlier tuning to go on from; without it the published model is the start. `device` is
    where torch computes. Of several `branches` the mean is saved.
    """
    student, lessons, pieces = prepare(start)
    learn(student.to(device), lessons, epochs, minutes, branches)
    how = {"epochs": epochs, "branches": branches, "start": tuning_mark(start) if start else None}
    save(student.to("cpu"), lessons, pieces, how, out)
    smoothing.save(out)


def prepare(start: Path | None) -> tuple[Student, Lessons, list[str]]:
    """The model at its start, what it is to learn from, and the pieces that it has beside its own."""
    verify(bundled_folder())
    library = load_library(ARTICLES)
    passages = all_passages(library)
    texts: dict[str, list[str]] = defaultdict(list)
    for passage in passages:
        texts[passage.article].append(passage.text)
    everything = [
        Example(row.text, path.stem, tuple(topic for topic in row.topics if topic in texts))
        for path in sorted(QUESTIONS.glob("*.jsonl"))
        for row in read_rows(path)
    ]
    messages = [message for message in everything if not for_calibration(message.text)]
    pairs = [*glossary_pairs(GLOSSARY), *article_pairs(library)]
    student, pieces = _student(messages, passages, pairs, library)
    # English itself is held near what the untouched model sees in it, so that articles of tomorrow are understood.
    english = sorted({said for _, _, said in pairs} | {p.text for p in passages if p.language == SOURCE_LANGUAGE})
    view = dict(zip(english, encode(student.eval(), english).numpy(), strict=True))
    if start:
        go_on_from(start, student, pieces)
    held = [*((text, view[said]) for _, text, said in pairs), *view.items()]
    print(f"{len(messages)} messages, {len(passages)} passages, {len(held)} pairs, {len(pieces)} pieces", flush=True)
    return student, Lessons(messages, texts, held, intent_examples(NLU), dangers()), pieces


def save(student: Student, lessons: Lessons, pieces: list[str], how: dict[str, Any], out: Path) -> None:
    """Write what was learnt, with a record of how and what it was learnt from."""
    layers = {
        name: value.detach().numpy()
        for name, value in student.bert.state_dict().items()
        if name.startswith(("encoder.layer", "embeddings.LayerNorm"))
    }
    record = {
        "base": BUNDLED_NAME,
        "languages": sorted({message.language for message in lessons.messages}),
        "messages": len(lessons.messages),
        "pairs": len(lessons.pairs),
        "pieces": len(pieces),
        **how,
    }
    save_tuning(out, pieces, student.pieces.detach().numpy(), layers, record)


def _student(
    messages: Sequence[Example], passages: Sequence[Passage], pairs: Sequence[tuple[str, str, str]], library: Library
) -> tuple[Student, list[str]]:
    # Takes seconds to import, so only when a model is really wanted.
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    bert = SentenceTransformer(str(bundled_folder()), device="cpu", local_files_only=True)[0].auto_model
    tokenizer = bundled_folder() / "tokenizer.json"
    texts: dict[str, list[str]] = defaultdict(list)
    for language, text in (
        *((message.language, message.text) for message in messages),
        *((passage.language, passage.text) for passage in passages),
        *((language, text) for language, text, _ in pairs),
    ):
        texts[language].append(plain_letters(text))
    english = texts.pop(SOURCE_LANGUAGE) + [english for _, _, english in pairs]
    pieces = learn_pieces(tokenizer, texts, english, _PIECES)
    titles = {name: article.title for (language, name), article in library.articles.items() if language == "en"}
    told = [(plain_letters(text), meaning) for _, text, meaning in pairs]
    # What a message means is near to what its article is called: a weak pair, but there are many.
    told += [(plain_letters(message.text), titles[message.topics[0]]) for message in messages if message.topics]
    words = bert.embeddings.word_embeddings.weight
    places = first_places(tokenizer, pieces, words.detach().numpy(), told)
    return Student(bert, Tokenizer.from_str(extend(tokenizer, pieces)), words, places), pieces


def go_on_from(folder: Path, student: Student, pieces: Sequence[str]) -> None:
    """Layers and the places of known pieces as an earlier tuning left them; those written alike now meet half-way."""
    stored, known = read_tuning(folder)
    before: dict[str, list[Floats]] = defaultdict(list)
    for piece, there in zip(known, stored.pop("pieces"), strict=True):
        before[plain_letters(piece)].append(there)
    with torch.no_grad():
        for place, piece in enumerate(pieces):
            if piece in before:
                student.pieces[place] = torch.from_numpy(np.mean(before[piece], axis=0))
    layers = {name: torch.from_numpy(values) for name, values in stored.items()}
    student.bert.load_state_dict(layers, strict=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--epochs", type=float, default=40.0)
    parser.add_argument("--minutes", type=float, default=45.0, help="stop after so long with what there is")
    parser.add_argument("--start", type=Path, help="folder of an earlier tuning to go on from")
    parser.add_argument("--device", default="cpu", help="where torch computes: cpu, or cuda with a graphics card")
    parser.add_argument("--branches", type=int, default=1, help="so many ends whose mean is kept")
    parser.add_argument("--out", type=Path, default=FOLDER)
    given = parser.parse_args()
    torch.set_num_threads(2)
    tune(given.epochs, given.out, given.minutes, given.start, given.device, given.branches)


if __name__ == "__main__":
    main()
