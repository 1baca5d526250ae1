"""Rasa's own command, without TensorFlow: no component of ours uses it, and its import is half of Rasa's start."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

CONFIG = Path(__file__).parent / "config.yml"
# Rasa's components that are made of TensorFlow: while the pipeline has one of them, nothing is left out.
NEURAL = ("DIETClassifier", "ResponseSelector", "LanguageModelFeaturizer", "ConveRTFeaturizer", "TEDPolicy",
          "UnexpecTEDIntentPolicy")  # fmt: skip
# What Rasa imports for its neural components (DIET, TED, ...), by first name.
LEFT_OUT = frozenset({"tensorflow", "tensorflow_text", "keras"})


class _Placeholder(type):
    """The class of every name in TensorFlow: may be imported, inherited from, decorated and annotated with."""

    def __getattr__(cls, name: str) -> _Placeholder:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Placeholder(name, (), {})

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        if len(arguments) == 1 and callable(arguments[0]):  # @tf.function
            return arguments[0]
        if cls.__module__ == __name__:
            return _Placeholder(cls.__name__, (), {})
        return super().__call__(*arguments, **named)

    def __getitem__(cls, item: object) -> _Placeholder:
        return cls

    def __or__(cls, other: Any) -> Any:
        return cls

    __ror__ = __or__


class _Finder(MetaPathFinder, Loader):
    """Gives an empty module for everything that is left out."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:  # noqa: ARG002
        if name.partition(".")[0] not in LEFT_OUT:
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = ModuleType(spec.name)
        module.__getattr__ = lambda name: getattr(_Placeholder(spec.name, (), {}), name)  # type: ignore[method-assign]
        return module

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing in it."""


def leave_out_tensorflow(config: Path = CONFIG) -> bool:
    """Whatever imports TensorFlow from here on gets placeholders, unless a component of `config` needs the real one.

    Gives whether it is left out.
    """
    settings = config.read_text(encoding="utf-8")
    if "tensorflow" in sys.modules or any(name in settings for name in NEURAL):
        return False
    sys.meta_path.insert(0, _Finder())
    return True


def read_examples_once() -> None:
    """Two things that cost half a minute of two cores' training, 40,000 examples in 80 files, are done in less.

    Rasa copies all examples, with all that is in them, each time it puts some together, five times on their way from
    the files; ours are shared. It parses each file three times in plain Python, twice to check its schema, which
    `familydesk check` and `rasa data validate` do as well; ours is parsed once, in C.
    """
    import yaml
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
    from rasa.shared.nlu.training_data.training_data import TrainingData

    def reads(reader: RasaYAMLReader, string: str, **_: Any) -> TrainingData:
        content = yaml.load(string, yaml.CSafeLoader)  # the safe one
        reader._parse_nlu(content.get("nlu"))
        return TrainingData(
            reader.training_examples,
            reader.entity_synonyms,
            reader.regex_features,
            reader.lookup_tables,
            content.get("responses"),
        )

    def merge(first: TrainingData, *others: TrainingData | None) -> TrainingData:
        parts = [first, *(other for other in others if other)]
        merged = TrainingData()
        examples = (example for part in parts for example in part.training_examples)
        merged.training_examples = list({repr(sorted(example.data.items())): example for example in examples}.values())
        for part in parts:
            merged.entity_synonyms.update(part.entity_synonyms)
            merged.regex_features += part.regex_features
            merged.lookup_tables += part.lookup_tables
            merged.responses.update(part.responses)
        return merged

    RasaYAMLReader.reads, TrainingData.merge = reads, merge


def main() -> None:
    """`rasa` with the same arguments."""
    leave_out_tensorflow()
    if sys.argv[1:2] == ["train"]:
        read_examples_once()
    from rasa.__main__ import main as rasa

    rasa()


if __name__ == "__main__":
    main()
