"""The ONNX graph, node by node: IDS INT64 [-1,24] in, PROBABILITIES FP32 [-1,2] out. The mean of the words' vectors, and one dense layer."""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


@dataclass(frozen=True)
class Weights:
    vectors: np.ndarray  # FP32 [words, 8]
    dense: np.ndarray  # FP32 [8, 2]
    bias: np.ndarray  # FP32 [2]


def classifier(weights: Weights, length: int) -> bytes:
    nodes = [
        node("Gather", ["vectors", "IDS"], "words"),
        node("Greater", ["IDS", "pad"], "is_word"),
        node("Cast", ["is_word"], "counts", to=TensorProto.FLOAT),
        node("Unsqueeze", ["counts", "last"], "mask"),
        node("Mul", ["words", "mask"], "masked"),
        node("ReduceSum", ["masked", "along_words"], "sum", keepdims=0),
        node("ReduceSum", ["mask", "along_words"], "length", keepdims=0),
        node("Max", ["length", "one"], "length_or_one"),
        node("Div", ["sum", "length_or_one"], "mean"),
        node("Gemm", ["mean", "dense", "bias"], "logits"),
        node("Softmax", ["logits"], "PROBABILITIES", axis=1),
    ]
    constants = [
        constant("vectors", weights.vectors),
        constant("dense", weights.dense),
        constant("bias", weights.bias),
        constant("pad", np.array(0, np.int64)),
        constant("last", np.array([2], np.int64)),
        constant("along_words", np.array([1], np.int64)),
        constant("one", np.array(1, np.float32)),
    ]
    graph = helper.make_graph(
        nodes,
        "reviews",
        [helper.make_tensor_value_info("IDS", TensorProto.INT64, ["batch", length])],
        [helper.make_tensor_value_info("PROBABILITIES", TensorProto.FLOAT, ["batch", 2])],
        constants,
    )
    made = helper.make_model(
        graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)], producer_name="conch-reviews", doc_string="The mean of word vectors, one dense layer."
    )
    onnx.checker.check_model(made, full_check=True)
    return made.SerializeToString(deterministic=True)


def node(kind: str, takes: list[str], gives: str, **attributes) -> onnx.NodeProto:
    return helper.make_node(kind, takes, [gives], name=f"{kind}_{gives}", **attributes)


def constant(name: str, values: np.ndarray) -> onnx.TensorProto:
    return numpy_helper.from_array(values, name)
