"""Measures finding articles: `python -m uv run python -m tests.benchmarks.retriever` prints JSON.

Milliseconds of a question, from its text to the suggestions, and seconds from saving an article's file to the first
answer with the new text, through the watching that the desk does: with the articles as they are, and with ten thousand
more, made up of their sentences. Uses what `familydesk train` left under FAMILYDESK_HOME, if it is there.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from knowledge.articles import Article, load_library
from knowledge.encoder import Encoder, Vectors, load_encoder
from knowledge.evaluation import read_rows
from knowledge.knowledge import Knowledge, index_folder, trained_folder
from knowledge.settings import Settings, load_settings
from knowledge.training import QUESTIONS
from tests.benchmarks.turns import percentile

SEED = 5
# After saving it is looked this often (seconds) whether the new state serves.
LOOK_EVERY = 0.005
# Passages of a made-up article: title, summary, five questions, a paragraph and this many steps.
STEPS = 2
# How far the vectors of made-up texts are from those of real ones.
AWAY = 0.5

Question = tuple[str, str]


class Hurried:
    """The real encoder for a few texts; for many at once, random vectors near those of real texts."""

    def __init__(self, encoder: Encoder, near: Vectors) -> None:
        self._encoder, self._near = encoder, near
        self.name, self.dimension = encoder.name, encoder.dimension

    def encode(self, texts: Sequence[str]) -> Vectors:
        if len(texts) < 1000:
            return self._encoder.encode(texts)
        generator = np.random.default_rng(SEED)
        near = self._near[generator.integers(len(self._near), size=len(texts))]
        away = generator.standard_normal(near.shape, dtype=np.float32)
        found = near + np.float32(AWAY) * away / np.linalg.norm(away, axis=1, keepdims=True)
        vectors: Vectors = found / np.linalg.norm(found, axis=1, keepdims=True)
        return vectors


def copy_of(settings: Settings, folder: Path) -> Settings:
    """Settings with the same articles, index and trained voices in a folder of their own: files will be edited."""
    shutil.copytree(settings.articles, folder / "articles")
    copied = load_settings(
        {
            "FAMILYDESK_HOME": str(folder / "home"),
            "FAMILYDESK_ARTICLES": str(folder / "articles"),
            "FAMILYDESK_DISTRICT": str(settings.district),
            "FAMILYDESK_ENCODER": settings.encoder,
        }
    )
    for place in (index_folder, trained_folder):
        if place(settings).is_dir():
            shutil.copytree(place(settings), place(copied))
    return copied


def questions(count: int) -> list[Question]:
    """Messages of families, of all languages that there are files of."""
    found = [(row.text, path.stem) for path in sorted(QUESTIONS.glob("*.jsonl")) for row in read_rows(path)]
    return random.Random(SEED).sample(found, min(count, len(found)))


def make_up(settings: Settings, count: int) -> None:
    """Write `count` English articles whose titles, questions and sentences are those of real ones, newly mixed."""
    real = load_library(settings.articles).of("en")
    texts = {
        "title": [article.title for article in real],
        "question": [question for article in real for question in article.questions],
        "sentence": [
            sentence.strip(" .")
            for article in real
            for section in article.sections
            for sentence in section.text.replace("\n", ". ").split(". ")
            if 15 < len(sentence) < 120 and sentence[0].isalpha()
        ],
    }
    chance = random.Random(SEED)

    def mixed(kind: str) -> str:
        """The beginning of one text and the end of another."""
        first, second = (chance.choice(texts[kind]).split() for _ in range(2))
        return " ".join([*first[: (len(first) + 1) // 2], *second[len(second) // 2 :]]).replace('"', "'")

    for number in range(count):
        asked = "".join(f'  - "{mixed("question")} {number}"\n' for _ in range(5))
        steps = "".join(f"{step}. {mixed('sentence')}.\n" for step in range(1, STEPS + 1))
        (settings.articles / "en" / f"made-up-{number}.md").write_text(
            f'---\ntitle: "{mixed("title")[:60]} {number}"\nsummary: "{mixed("sentence")[:140]}."\ncategory: help\n'
            f"questions:\n{asked}device: none\nticket: none\ndepartment: {real[0].department}\nrelated: []\n"
            f"owner: Nobody\nreviewed: 2026-08-17\nreview_by: 2027-08-16\n---\n{mixed('sentence')}.\n\n{steps}",
            encoding="utf-8",
        )


def times_of(work: Callable[[Question], object], asked: Sequence[Question]) -> dict[str, Any]:
    """Wall and processor milliseconds of one question after the other."""
    for question in asked[:30]:
        work(question)
    wall, processor = list[float](), list[float]()
    for question in asked:
        began, began_processor = time.perf_counter(), time.thread_time()
        work(question)
        wall.append((time.perf_counter() - began) * 1000)
        processor.append((time.thread_time() - began_processor) * 1000)
    return {
        "questions": len(asked),
        "p50_ms": round(statistics.median(wall), 2),
        "p95_ms": round(percentile(wall, 0.95), 2),
        "processor_p50_ms": round(statistics.median(processor), 2),
        "processor_p95_ms": round(percentile(processor, 0.95), 2),
    }


def find_times(knowledge: Knowledge, asked: Sequence[Question]) -> dict[str, Any]:
    return times_of(lambda question: knowledge.find(*question), asked)


def recall_at_10(knowledge: Knowledge, encoder: Encoder, asked: Sequence[Question]) -> float:
    """The share of the ten nearest passages by plain arithmetic over all vectors that the index brings too."""
    index = knowledge._retriever.index
    vectors = index.vectors
    found = 0
    for text, _ in asked:
        (vector,) = encoder.encode([text])
        cosines = vectors @ vector
        nearest = index.search(vector[None, :], 10)[0].places
        # Passages with the same text are equally near: either may stand for the other.
        found += int((cosines[nearest] >= np.partition(cosines, -10)[-10] - 1e-5).sum())
    return found / (10 * len(asked))


@contextmanager
def watched(knowledge: Knowledge) -> Iterator[None]:
    stop = threading.Event()
    watcher = threading.Thread(target=knowledge.watch, args=(stop,), daemon=True)
    watcher.start()
    time.sleep(3)  # until the system has begun to tell of changes
    try:
        yield
    finally:
        stop.set()
        watcher.join()


def seconds_to_live(knowledge: Knowledge, article: Article, number: int) -> float:
    """Give an article a new title and a new question; until those who ask one of its own are shown the new title.

    It is asked as soon as the new state serves: asking all the time would take the processor from what is measured.
    """
    path = Path(article.path)
    title = f"{article.title[:50].strip()} {number}"
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[next(place for place, line in enumerate(lines) if line.startswith("title:"))] = f'title: "{title}"'
    lines.insert(lines.index("questions:") + 1, f'  - "{article.questions[0]} {number}"')
    path.write_text("\n".join(lines), encoding="utf-8")
    began = time.perf_counter()
    while knowledge.library.articles[article.language, article.id].title != title:
        if time.perf_counter() - began > 60:
            raise RuntimeError(f"{path} was saved a minute ago and is not served")
        time.sleep(LOOK_EVERY)
    if title not in titles(knowledge, article):
        raise RuntimeError(f"{path} is served and its new title is not shown")
    return time.perf_counter() - began


def titles(knowledge: Knowledge, article: Article) -> list[str]:
    """What is shown to those who ask an article's first question."""
    return [found.title for found in knowledge.find(article.questions[0], article.language).suggestions]


def edits(knowledge: Knowledge, count: int, chosen: Callable[[Article], bool]) -> dict[str, Any]:
    """Edit some of the chosen articles, one at a time; those that are found by their first question."""
    articles = [article for article in knowledge.library.articles.values() if chosen(article) and plain(article)]
    random.Random(SEED).shuffle(articles)
    found = (article for article in articles if article.title in titles(knowledge, article))
    times = [
        seconds_to_live(knowledge, article, 7000 + number) for number, article in zip(range(count), found, strict=False)
    ]
    return {"edits": len(times), "median_s": round(statistics.median(times), 3), "worst_s": round(max(times), 3)}


def plain(article: Article) -> bool:
    """Whether title and first question can be put between double quotes as they are."""
    return not any(sign in article.title + article.questions[0] for sign in '"\\')


def state_of(knowledge: Knowledge) -> dict[str, Any]:
    trained = knowledge._trained.voices.languages if knowledge._trained else {}
    return {
        "article_files": len(knowledge.library.articles),
        "languages": len(knowledge.library.languages),
        "passages": len(knowledge._retriever.index.passages),
        "example_messages": sum(len(voices.meanings) for voices in trained.values()),
        "trained_languages": sorted(trained),
    }


def opened(settings: Settings, encoder: Encoder) -> Knowledge:
    """As the desk opens it: what was loaded stays, so the collector need not look through it again."""
    knowledge = Knowledge(settings, encoder, say)
    gc.collect()
    gc.freeze()
    return knowledge


def real_size(settings: Settings, encoder: Encoder, asked: Sequence[Question], count: int) -> dict[str, Any]:
    knowledge = opened(settings, encoder)
    report = {
        **state_of(knowledge),
        "find": find_times(knowledge, asked),
        "of_it_encoding": times_of(lambda question: encoder.encode([question[0]]), asked),
        "recall_at_10": recall_at_10(knowledge, encoder, asked[:100]),
    }
    with watched(knowledge):
        report["edit_english"] = edits(knowledge, count, lambda article: article.language == "en")
        report["edit_other_language"] = edits(knowledge, count, lambda article: article.language != "en")
    knowledge.close()
    return report


def large_size(
    settings: Settings, encoder: Encoder, asked: Sequence[Question], count: int, articles: int
) -> dict[str, Any]:
    real = Knowledge(settings, encoder, say)
    near = real._retriever.index.vectors
    real.close()
    say(f"making up {articles} articles")
    make_up(settings, articles)
    say("reading and indexing them")
    began = time.perf_counter()
    knowledge = opened(settings, Hurried(encoder, near))
    report = {
        **state_of(knowledge),
        "made_up": f"{articles} English articles of mixed real sentences; vectors are those of random real passages "
        f"moved by {AWAY} in a random direction, those of questions and edits are real",
        "opened_s": round(time.perf_counter() - began, 1),
        "find": find_times(knowledge, asked),
        "recall_at_10": recall_at_10(knowledge, encoder, asked[:100]),
    }
    with watched(knowledge):
        report["edit_english"] = edits(knowledge, count, lambda article: article.id.startswith("made-up"))
        report["edit_other_language"] = edits(knowledge, count, lambda article: article.language != "en")
    report["find_after_edits"] = find_times(knowledge, asked)
    report["index_in_one_piece"] = while_put_together(knowledge, asked)
    knowledge.close()
    return report


def while_put_together(knowledge: Knowledge, asked: Sequence[Question]) -> dict[str, Any]:
    """Questions while the index, worn by many edits, is built in one piece beside the one that serves."""
    work = threading.Thread(target=lambda: knowledge._put_together(knowledge._retriever))
    began = time.perf_counter()
    work.start()
    times = list[float]()
    while work.is_alive():
        text, language = asked[len(times) % len(asked)]
        asked_at = time.perf_counter()
        knowledge.find(text, language)
        times.append((time.perf_counter() - asked_at) * 1000)
    return {
        "built_s": round(time.perf_counter() - began, 1),
        "meanwhile_p50_ms": round(statistics.median(times), 1),
        "meanwhile_p95_ms": round(percentile(times, 0.95), 1),
    }


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def measure(count: int, edited: int, articles: int) -> dict[str, Any]:
    settings = load_settings(os.environ)
    encoder = load_encoder(settings.encoder)
    threadpool_limits(1)  # as Knowledge.open does
    asked = questions(count)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        report = {
            "processors": os.cpu_count(),
            "load_before": round(os.getloadavg()[0], 1),
            "encoder": encoder.name,
            "search": "all in eight bits, then exactly among the nearest (FAISS, flat)",
            "real_size": real_size(copy_of(settings, home / "real"), encoder, asked, edited),
        }
        if articles:
            report["large_size"] = large_size(copy_of(settings, home / "large"), encoder, asked, edited, articles)
        report["load_after"] = round(os.getloadavg()[0], 1)
    return report


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=500, help="how many questions are asked")
    parser.add_argument("--edits", type=int, default=8, help="how many edits of each kind are timed")
    parser.add_argument("--articles", type=int, default=10_000, help="how many articles are made up; 0 for none")
    given = parser.parse_args()
    print(json.dumps(measure(given.questions, given.edits, given.articles), indent=2))
