"""The ONNX graphs, node by node: pixels FP32 [-1,64] in, probabilities FP32 [-1,10] out."""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# 76 products of 512x512 matrices take about 80 ms on one core of the machine we tuned this on.
MIXER_SIZE = 512
MIXER_TIMES = 76


@dataclass(frozen=True)
class Layer:
    weights: np.ndarray  # FP32 [inputs, outputs]
    bias: np.ndarray  # FP32 [outputs]


@dataclass(frozen=True)
class Part:
    """A piece of a graph and the name of what it gives."""

    nodes: list[onnx.NodeProto]
    constants: list[onnx.TensorProto]
    gives: str


def plain(layers: list[Layer], doc: str) -> bytes:
    return model(classifier(layers), None, doc)


def slow(layers: list[Layer], doc: str) -> bytes:
    """Same probabilities, reached the long way round."""
    return model(classifier(layers), mixing("mixer"), doc, [mixer()])


def slow_if_heavy(layers: list[Layer], heavy_ink_min: int, doc: str) -> bytes:
    """Same probabilities; the long way round only for a batch that holds a heavy image."""
    long_way, short_way = mixing("mixer"), number("nothing", 0.0)
    choice = Part(
        [
            node("ReduceSum", ["pixels", "along_row"], "ink", keepdims=0),
            node("ReduceMax", ["ink"], "most_ink", keepdims=0),
            node("GreaterOrEqual", ["most_ink", "heavy_ink_min"], "is_heavy"),
            node("If", ["is_heavy"], "extra", then_branch=branch(long_way), else_branch=branch(short_way)),
        ],
        [
            constant("along_row", np.array([1], np.int64)),
            constant("heavy_ink_min", np.array(heavy_ink_min, np.float32)),
        ],
        "extra",
    )
    return model(classifier(layers), choice, doc, [mixer()])


def classifier(layers: list[Layer]) -> Part:
    """Pixels scaled to 0..1, then dense layers with ReLU between them, up to the logits."""
    nodes, constants, last = [node("Mul", ["pixels", "scale"], "scaled")], [constant("scale", np.array(1 / 16, np.float32))], "scaled"
    for at, layer in enumerate(layers):
        constants += [constant(f"weights_{at}", layer.weights), constant(f"bias_{at}", layer.bias)]
        nodes.append(node("Gemm", [last, f"weights_{at}", f"bias_{at}"], f"dense_{at}"))
        last = f"dense_{at}"
        if at < len(layers) - 1:
            nodes.append(node("Relu", [last], f"relu_{at}"))
            last = f"relu_{at}"
    return Part(nodes, constants, last)


def mixing(matrix: str) -> Part:
    """Multiplies the shared matrix many times over, then comes to zero: finite numbers times 0.

    It starts from the request's pixels, so that no optimiser can work it out ahead of time. Its cost does not grow with the batch.
    """
    nodes = [node("ReduceMax", ["pixels"], "brightest", keepdims=0), node("Mul", [matrix, "brightest"], "mixed_0")]
    nodes += [node("MatMul", [f"mixed_{at}", matrix], f"mixed_{at + 1}") for at in range(MIXER_TIMES)]
    nodes += [
        node("ReduceMean", [f"mixed_{MIXER_TIMES}"], "mean", keepdims=0),
        node("Mul", ["mean", "zero"], "mixing_gives"),
    ]
    return Part(nodes, [constant("zero", np.array(0, np.float32))], "mixing_gives")


def mixer() -> onnx.TensorProto:
    """A scaled Hadamard matrix: orthogonal, so that no product grows or fades, and it packs well in git."""
    signs = np.ones((1, 1))
    while len(signs) < MIXER_SIZE:
        signs = np.block([[signs, signs], [signs, -signs]])
    return constant("mixer", (signs / np.sqrt(MIXER_SIZE)).astype(np.float32))


def number(name: str, value: float) -> Part:
    return Part([node("Constant", [], name, value=constant(name, np.array(value, np.float32)))], [], name)


def branch(part: Part) -> onnx.GraphProto:
    gives = helper.make_tensor_value_info(part.gives, TensorProto.FLOAT, [])
    return helper.make_graph(part.nodes, f"{part.gives}_branch", [], [gives], part.constants)


def model(base: Part, extra: Part | None, doc: str, shared: list[onnx.TensorProto] = []) -> bytes:
    """The classifier's logits, plus the extra number where there is one, as probabilities."""
    nodes, constants, logits = base.nodes, base.constants, base.gives
    if extra:
        nodes = nodes + extra.nodes + [node("Add", [logits, extra.gives], "logits_and_extra")]
        constants, logits = constants + extra.constants, "logits_and_extra"
    graph = helper.make_graph(
        nodes + [node("Softmax", [logits], "probabilities", axis=1)],
        "digits",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["batch", 64])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 10])],
        constants + shared,
    )
    made = helper.make_model(
        graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)], producer_name="conch-digits", doc_string=doc
    )
    onnx.checker.check_model(made, full_check=True)
    return made.SerializeToString(deterministic=True)


def node(kind: str, takes: list[str], gives: str, **attributes) -> onnx.NodeProto:
    return helper.make_node(kind, takes, [gives], name=f"{kind}_{gives}", **attributes)


def constant(name: str, values: np.ndarray) -> onnx.TensorProto:
    return numpy_helper.from_array(values, name)
