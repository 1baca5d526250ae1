"""Computation graphs that ONNX Runtime runs, whose products with fixed matrices are in eight-bit numbers.

The desk computes so and not with torch, whose import alone takes half a gigabyte and two seconds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession, SessionOptions

from knowledge.processor import adds_bytes_exactly

Floats = NDArray[np.float32]

_LARGEST = np.float32(127.0)
_LEAST = np.float32(1e-12)
# What the runtime adds to the operators of the standard.
_ADDED = "com.microsoft"
_VERSIONS = {"": 20, _ADDED: 1}
_FORMAT = 9


def eight_bits(rows: Floats) -> tuple[NDArray[np.int8], Floats]:
    """(rows, dimension) in eight bits, and for each row the scale that it is to be multiplied by.

    With a single scale for all rows an encoder's vectors lose twice as much.
    """
    scales = np.maximum(np.abs(rows).max(axis=1), _LEAST) / _LARGEST
    return np.rint(rows / scales[:, None]).astype(np.int8), scales


class Graph:
    """Steps from one input to one output, both named by what `Graph` gives for them; `rank` is the input's."""

    def __init__(self, rank: int, dimension: int) -> None:
        self._nodes: list[NodeProto] = []
        self._weights: list[TensorProto] = []
        self._input = helper.make_tensor_value_info("input", TensorProto.FLOAT, [*([None] * (rank - 1)), dimension])

    @property
    def input(self) -> str:
        """The name of what goes in."""
        return str(self._input.name)

    def weight(self, values: NDArray[Any]) -> str:
        """Add an array that stays as it is."""
        name = f"weight{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def step(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator with one output."""
        return self.steps(operator, *inputs, outputs=1, **attributes)[0]

    def steps(self, operator: str, *inputs: str, outputs: int, **attributes: Any) -> list[str]:
        """Add an operator with several outputs."""
        names = [f"step{len(self._nodes)}.{number}" for number in range(outputs)]
        self._nodes.append(helper.make_node(operator, inputs, names, **attributes))
        return names

    def added(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add one of the operators that only this runtime has."""
        return self.step(operator, *inputs, domain=_ADDED, **attributes)

    def product(self, given: str, numbers: NDArray[np.int8], scales: Floats) -> str:
        """Add the product with each row of `numbers` (rows, dimension), as `eight_bits` gives them.

        What goes in is brought to eight bits by one scale for all of it.
        """
        fixed = numbers.T, scales, np.zeros(len(scales), dtype=np.int8)
        return self.added("DynamicQuantizeMatMul", given, *(self.weight(values) for values in fixed))

    def run_to(self, output: str) -> InferenceSession:
        """The graph, ready to run: `run(None, {graph.input: array})` gives a list with one array. Any thread may."""
        given = helper.make_tensor_value_info(output, TensorProto.FLOAT, None)
        graph = helper.make_graph(self._nodes, "graph", [self._input], [given], self._weights)
        versions = [helper.make_opsetid(domain, version) for domain, version in _VERSIONS.items()]
        model = helper.make_model(graph, opset_imports=versions, ir_version=_FORMAT)
        options = SessionOptions()
        # One short text is too little work for two threads to share.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # It would remember a plan of the memory for each length of text.
        options.enable_mem_pattern = False
        # Sums of eight-bit products that would overflow are avoided, where they would; it takes half as long again.
        options.add_session_config_entry("session.x64quantprecision", "0" if adds_bytes_exactly() else "1")
        return InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
