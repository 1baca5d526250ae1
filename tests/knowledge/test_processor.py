"""The processor's abilities, and the kernels that OpenBLAS is told to use for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.processor import CORE, abilities, adds_bytes_exactly, name_core

_AVX2 = frozenset({"avx", "avx2", "fma"})
_AVX512 = _AVX2 | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}


@pytest.mark.parametrize(
    ("able", "core"),
    [(_AVX512, "SkylakeX"), (_AVX512 - {"avx512vl"}, "Haswell"), (_AVX2, "Haswell")],
)
def test_openblas_gets_the_best_kernels_that_the_processor_can_run(able: frozenset[str], core: str) -> None:
    environment: dict[str, str] = {}

    name_core(environment, able)

    assert environment == {CORE: core}


def test_an_unknown_processor_and_what_somebody_chose_stay() -> None:
    unknown: dict[str, str] = {}
    chosen = {CORE: "Zen"}

    name_core(unknown, frozenset())
    name_core(chosen, _AVX512)

    assert (unknown, chosen) == ({}, {CORE: "Zen"})


def test_abilities_are_read_from_the_first_processor_and_none_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nflags\t\t: fpu avx2 fma\n\nprocessor\t: 1\nflags\t\t: fpu\n")

    assert abilities(tmp_path / "cpuinfo") == {"fpu", "avx2", "fma"}
    assert abilities(tmp_path / "nothing") == frozenset()


def test_the_name_is_there_before_numpy_is_loaded() -> None:
    environment: dict[str, str] = {}
    name_core(environment)
    code = f"import sys, os; import bot.command; assert 'numpy' not in sys.modules;print(os.environ.get('{CORE}'))"

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={})

    assert told.stdout.strip() == str(environment.get(CORE))


@pytest.mark.parametrize(
    ("able", "exactly"),
    [({"ssse3", "avx2"}, False), ({"ssse3", "avx2", "avx_vnni"}, True), ({"asimd"}, True), (set(), True)],
)
def test_sums_of_bytes_may_overflow_on_intel_and_amd_without_their_own_products(
    able: set[str], exactly: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge.processor.abilities", lambda: frozenset(able))

    assert adds_bytes_exactly() is exactly
