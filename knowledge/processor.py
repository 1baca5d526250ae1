"""What this machine's processor can do, for libraries that are too old to know it."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from functools import cache
from pathlib import Path

CORE = "OPENBLAS_CORETYPE"

# What each of OpenBLAS's kernels needs, best first, by the names that Linux has for it.
_CORES = {
    "SkylakeX": {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"},
    "Haswell": {"avx2", "fma"},
}


@cache
def abilities(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """The processor's flags as Linux names them; none where they cannot be read."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line.partition(":")[2] for line in lines if line.startswith("flags")), "").split())


def name_core(environment: MutableMapping[str, str] = os.environ, able: frozenset[str] | None = None) -> None:
    """Tell OpenBLAS which kernels to use, unless somebody has; to be called before NumPy is imported.

    The one in the NumPy and SciPy that Rasa allows is older than many processors, and takes those that it does not
    know for one of 2004: a factorisation of 8,000 rows takes 18 s with that one's kernels and 4 s with the right ones.
    """
    able = abilities() if able is None else able
    fitting = next((core for core, needed in _CORES.items() if needed <= able), None)
    if fitting:
        environment.setdefault(CORE, fitting)


def adds_bytes_exactly() -> bool:
    """Whether sums of products of eight-bit numbers cannot overflow on their way; on Intel and AMD that takes VNNI."""
    return "ssse3" not in abilities() or bool(abilities() & {"avx512_vnni", "avx_vnni", "amx_int8"})
