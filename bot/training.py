"""Training Rasa when what it learns from has changed, and finding the model that fits."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from knowledge.settings import Settings
from knowledge.tuned import tuning_mark

ROOT = Path(__file__).resolve().parent.parent
CONFIG, DOMAIN, ENDPOINTS, CREDENTIALS = (
    ROOT / "bot" / name for name in ("config.yml", "domain", "endpoints.yml", "credentials.yml")
)
TRAINING_DATA = (ROOT / "data" / "nlu", ROOT / "data" / "rules.yml")
QUESTIONS, CRISIS = ROOT / "data" / "questions", ROOT / "data" / "crisis"
# Where it stands how the crisis reader and the retriever learn; what it does not change is not trained again.
LEARNING_CODE = (ROOT / "actions" / "desk" / "crisis_reader.py", *sorted((ROOT / "knowledge").glob("*.py")))
STAMP = "trained"
# A trained model holds these classes; when they change, it is made anew.
COMPONENTS = (
    ROOT / "bot" / "district_entities.py",
    ROOT / "bot" / "intent_classifier.py",
    ROOT / "actions" / "desk" / "recognise.py",
    ROOT / "knowledge" / "lexical.py",
    ROOT / "knowledge" / "letters.py",
    *sorted((ROOT / "actions" / "desk" / "words").glob("*.yml")),
)
# Another version of these may learn, or keep what it learnt, in another way.
LEARNING = ("rasa", "scikit-learn", "scipy", "numpy", "torch", "opencc")


class TrainingError(RuntimeError):
    """Rasa could not train; its own words are in the message."""


def fingerprint(settings: Settings) -> str:
    """One hash over everything that a trained model depends on."""
    digest = hashlib.sha256(f"{settings.encoder} {tuning_mark()}".encode())
    questions = sorted(QUESTIONS.glob("*.jsonl"))
    digest.update(" ".join(version(name) for name in LEARNING).encode())
    for path in _files((CONFIG, DOMAIN, *TRAINING_DATA, *COMPONENTS, *questions)):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _files(paths: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted(p for p in path.rglob("*.yml")) if path.is_dir() else [path]
    return found


def _stamp(settings: Settings) -> str:
    """One hash over what Rasa and the retriever learn from; cheap, since every start asks for it."""
    digest = hashlib.sha256(fingerprint(settings).encode())
    digest.update(settings.encoder.encode())
    for path in (*sorted(QUESTIONS.glob("*.jsonl")), *sorted(CRISIS.glob("*.txt")), *LEARNING_CODE):
        digest.update(path.read_bytes())
    for path in sorted(settings.articles.glob("en/*.md")):
        digest.update(path.stem.encode())
    return digest.hexdigest()


def is_trained(settings: Settings) -> bool:
    """Whether all was trained from what is there now."""
    stamp = settings.home / STAMP
    return model_path(settings).exists() and stamp.exists() and stamp.read_text() == _stamp(settings)


def train_all(settings: Settings, progress: Callable[[str], None]) -> None:
    """Train Rasa and the retriever; each skips what has not changed. Raises TrainingError."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    from knowledge.training import train as train_retriever
    from knowledge.training import training_encoder

    def train_others() -> None:
        train_rasa(settings, progress)
        progress("the crisis screen's second reader: training (a minute and a half, beside the retriever)")
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
            process.submit(train_crisis_reader, settings).result()
        progress("the crisis screen's second reader: trained")

    # All three learn from the same texts, which take longer to encode than to learn from.
    encoder = training_encoder(settings)
    encoder.learn(_texts(settings), settings.encoder, progress)
    # Two processes for two cores; threads within one would wait for each other in turns.
    with ThreadPoolExecutor(max_workers=1) as beside, threadpool_limits(1):
        others = beside.submit(train_others)
        train_retriever(settings, progress, encoder=encoder)
        others.result()
    (settings.home / STAMP).write_text(_stamp(settings))


def _texts(settings: Settings) -> list[str]:
    """All that is learnt from: of the articles, the families' questions, Rasa's examples and the dangers."""
    from knowledge.articles import load_library
    from knowledge.evaluation import read_headed, read_rows
    from knowledge.knowledge import department_keys
    from knowledge.passages import all_passages
    from knowledge.training import intent_examples

    library = load_library(settings.articles, department_keys(settings.district))
    return [
        *(passage.text for passage in all_passages(library)),
        *(row.text for path in sorted(QUESTIONS.glob("*.jsonl")) for row in read_rows(path)),
        *(text for text, _ in intent_examples(TRAINING_DATA[0])),
        *(text for path in sorted(CRISIS.glob("*.txt")) for text, _ in read_headed(path)),
    ]


def train_crisis_reader(settings: Settings) -> None:
    """Train the crisis screen's second reader on data/crisis/, with how families ask as everyday messages."""
    from actions.desk.crisis_reader import fit_reader
    from knowledge.evaluation import NONE, read_headed, read_rows
    from knowledge.russian_letters import some_in_latin_letters
    from knowledge.training import for_calibration, intent_examples, training_encoder

    chance = random.Random(0)  # noqa: S311  # no secret
    examples = [example for path in sorted(CRISIS.glob("*.txt")) for example in read_headed(path)]
    russian = [example for path in sorted(CRISIS.glob("ru*.txt")) for example in read_headed(path)]
    examples += some_in_latin_letters(russian, chance)
    rows = [(row, path.stem) for path in sorted(QUESTIONS.glob("*.jsonl")) for row in read_rows(path)]
    # Messages about safety online tell of threats and strangers: no examples of an everyday message.
    messages = [(row.text, language) for row, language in rows if "online-safety" not in row.topics]
    # What is said in the middle of a conversation is short: "I want a person" must not sound like "I want to die".
    for folder in sorted(path for path in TRAINING_DATA[0].iterdir() if path.is_dir()):
        messages += [(text, folder.name) for text, _ in intent_examples(folder)]
    messages += some_in_latin_letters([message for message in messages if message[1] == "ru"], chance)
    if not any(kind != NONE for _, kind in examples):
        return
    reader = fit_reader(
        examples,
        [text for text, _ in messages if not for_calibration(text)],
        [(text, language) for text, language in messages if for_calibration(text)],
        encoder := training_encoder(settings),
    )
    reader.save(crisis_folder(settings))
    encoder.save()


def crisis_folder(settings: Settings) -> Path:
    """Where the crisis screen's second reader is kept."""
    return settings.home / "desk"


def model_path(settings: Settings) -> Path:
    """Where the model of the present training data is, or will be."""
    return settings.home.absolute() / "rasa" / "models" / f"{fingerprint(settings)}.tar.gz"


def train_rasa(settings: Settings, progress: Callable[[str], None]) -> Path:
    """Train Rasa unless the model is there; returns its path. Raises TrainingError."""
    model = model_path(settings)
    if model.exists():
        progress("Rasa: nothing has changed, the trained model is kept")
        return model
    model.parent.mkdir(parents=True, exist_ok=True)
    progress("Rasa: training (about a minute, beside the retriever)")
    new = "new-" + model.name.removesuffix(".tar.gz")
    command = [
        sys.executable, "-m", "bot.rasa_process", "train",
        "--config", str(CONFIG), "--domain", str(DOMAIN), "--data", *map(str, TRAINING_DATA),
        "--out", str(model.parent), "--fixed-model-name", new,
        # It reads everything twice more, half a minute; a test runs `rasa data validate` instead.
        "--skip-validation",
    ]  # fmt: skip
    done = subprocess.run(
        command, env=rasa_environment(settings), cwd=ROOT, capture_output=True, text=True, check=False
    )
    made = model.with_name(f"{new}.tar.gz")
    if done.returncode or not made.exists():
        raise TrainingError(f"Rasa could not train:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    # The name appears only when the whole model is there, so a training that was cut off is begun anew.
    made.replace(model)
    for old in model.parent.glob("*.tar.gz"):
        if old != model:
            old.unlink()
    progress("Rasa: trained")
    return model


def rasa_environment(settings: Settings) -> dict[str, str]:
    """The environment that every Rasa process gets: nothing sent out, nothing of families logged, one thread."""
    return {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_CACHE_DIRECTORY": str(settings.home.absolute() / "rasa" / "cache"),
        "PYTHONWARNINGS": "ignore",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": "1",
    }
