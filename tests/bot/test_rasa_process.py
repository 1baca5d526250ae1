"""Rasa's process starts without TensorFlow while nothing needs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.rasa_process import NEURAL, leave_out_tensorflow

_IMPORT = """
import sys, warnings
warnings.simplefilter("ignore")
from bot.rasa_process import leave_out_tensorflow
assert leave_out_tensorflow()
import rasa.core.agent, rasa.core.run, rasa.model_training
import tensorflow
print(getattr(tensorflow, "__file__", None), len([name for name in sys.modules if name.startswith("tensorflow")]) < 30)
"""


def test_rasa_is_imported_whole_and_tensorflow_is_not() -> None:
    done = subprocess.run([sys.executable, "-c", _IMPORT], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["None", "True"], done.stderr[-2000:]


@pytest.mark.parametrize("component", NEURAL)
def test_a_pipeline_with_a_neural_component_gets_the_real_tensorflow(component: str, tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text(f"pipeline:\n  - name: {component}\n")
    before = list(sys.meta_path)
    assert not leave_out_tensorflow(config)
    assert sys.meta_path == before


_READ = """
import warnings
warnings.simplefilter("ignore")
from bot.rasa_process import leave_out_tensorflow, read_examples_once
leave_out_tensorflow()
from rasa.shared.importers.importer import TrainingDataImporter
def read():
    importer = TrainingDataImporter.load_from_config("bot/config.yml", "bot/domain", ["data/nlu/ht", "data/rules.yml"])
    return importer.get_nlu_data()
theirs = read()
read_examples_once()
ours = read()
for name in ("entity_synonyms", "regex_features", "lookup_tables", "responses"):
    assert getattr(theirs, name) == getattr(ours, name), name
print(len(theirs.training_examples), [one.data for one in theirs.training_examples] == [one.data for one in ours.training_examples])
"""  # noqa: E501


def test_examples_that_are_read_once_are_those_that_rasa_reads() -> None:
    done = subprocess.run([sys.executable, "-c", _READ], capture_output=True, text=True, check=False)
    count, same = done.stdout.split()
    assert int(count) > 2_000, done.stderr[-2000:]
    assert same == "True"
