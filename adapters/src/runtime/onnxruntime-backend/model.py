"""`backend: "onnxruntime"` for a tritonserver that came without one: ONNX Runtime behind Triton's Python backend, on the CPU.

It also completes a configuration from the model and compares the two, as NVIDIA's backend does and in its words: one that only passes
tensors on would serve a misfit.
"""

import json
import os
import re
import time

import numpy as np
import onnxruntime
import triton_python_backend_utils as pb_utils

# Sequence controls and states are counted and not compared.
TYPES = {
    "tensor(bool)": "TYPE_BOOL", "tensor(string)": "TYPE_STRING", "tensor(float16)": "TYPE_FP16", "tensor(bfloat16)": "TYPE_BF16", "tensor(float)": "TYPE_FP32", "tensor(double)": "TYPE_FP64",
    **{f"tensor({sign}int{bits})": f"TYPE_{sign.upper()}INT{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}


class TritonPythonModel:
    @staticmethod
    def auto_complete_config(auto_complete_model_config):
        # The dictionary itself is changed: the setters know no reshape.
        complete(auto_complete_model_config.as_dict())
        return auto_complete_model_config

    def initialize(self, args):
        config = json.loads(args["model_config"])
        self.session = session_of(config, os.path.join(args["model_repository"], args["model_version"], file_of(config)))
        self.inputs = [value.name for value in self.session.get_inputs()]
        self.states = {state["output_name"] for state in config.get("sequence_batching", {}).get("state", [])}
        self.outputs = [tensor["name"] for tensor in config["output"]] + sorted(self.states)
        self.batches = config["max_batch_size"] > 0
        # As long as a batch is to take at least: seconds, and seconds a row. The embedded runtime knows the same parameter.
        service = config.get("parameters", {}).get("rehearse_service_time_us", {}).get("string_value", "0").split("+")
        self.base, self.per_row = (int(service[0]) / 1e6, int(service[1]) / 1e6 if len(service) > 1 else 0.0)
        compare(config, self.session)

    def execute(self, requests):
        # An optional input that a request lacks is not fed.
        given = [{name: tensor.as_numpy() for name in self.inputs if (tensor := pb_utils.get_input_tensor_by_name(request, name)) is not None} for request in requests]
        shapes = {tuple((name, array.shape[1:]) for name, array in feeds.items()) for feeds in given}
        if self.batches and len(shapes) == 1 and len(given) > 1:
            results = self.run({name: np.concatenate([feeds[name] for feeds in given]) for name in given[0]})
            sizes = [len(next(iter(feeds.values()))) for feeds in given]
            ends = np.cumsum(sizes)
            answers = [[result[end - size:end] for result in results] for size, end in zip(sizes, ends)]
        else:
            answers = [self.run(feeds) for feeds in given]
        return [
            pb_utils.InferenceResponse([pb_utils.Tensor(name, array) for name, array in zip(self.outputs, answer) if name in self.states or name in request.requested_output_names()])
            for request, answer in zip(requests, answers)
        ]

    def run(self, feeds):
        until = time.monotonic() + self.base + self.per_row * (len(next(iter(feeds.values()))) if self.batches and feeds else 1)
        results = self.session.run(self.outputs, {name: each(array, lambda text: text.decode()) for name, array in feeds.items()})
        time.sleep(max(0.0, until - time.monotonic()))
        return [each(array, str.encode) for array in results]


def each(array, change):
    """Strings are bytes for Triton and text for ONNX Runtime; all other arrays stay as they are."""
    if array.dtype != np.object_:
        return array
    changed = np.empty(array.size, dtype=np.object_)
    changed[:] = [change(item) for item in array.ravel()]
    return changed.reshape(array.shape)


def file_of(config):
    return config.get("default_model_filename") or "model.onnx"


def session_of(config, path):
    if not os.path.exists(path):
        refuse(f"unable to find '{path}' for model instance '{config['name']}'")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # "[ONNXRuntimeError] : 7 : INVALID_PROTOBUF : Load model from ..." is printed by NVIDIA's backend as follows.
        refuse(re.sub(r"^\[ONNXRuntimeError\] : (\d+) : \w+ : ", r"onnx runtime error \1: ", str(error)))


def complete(config):
    """What NVIDIA's backend fills in: nothing where inputs and outputs are both given, else the empty list of the two, batch size and batcher."""
    has_inputs = config["input"] or config.get("batch_input")
    if has_inputs and config["output"]:
        return
    # The folder that the file is in, whatever folders its name has.
    session = session_of(config, os.path.join(pb_utils.get_model_dir(), os.path.basename(file_of(config))))
    inputs, outputs = session.get_inputs(), session.get_outputs()
    for value in inputs + outputs:
        if not value.type.startswith("tensor("):
            kind = value.type.split("(")[0].replace("seq", "sequence").upper()
            refuse(f"Unsupported ONNX Type 'ONNX_TYPE_{kind}' for I/O '{value.name}', expected 'ONNX_TYPE_TENSOR'.")
    if all(shape_of(value)[:1] == [-1] for value in inputs + outputs):
        config["max_batch_size"] = config["max_batch_size"] or max(default_max_batch_size(), 0)
        if config["max_batch_size"] > 1 and "sequence_batching" not in config:
            config.setdefault("dynamic_batching", {})
    elif config["max_batch_size"] != 0:
        refuse(f"autofill failed for model '{config['name']}': model does not support batching while non-zero max_batch_size is specified")
    batches = config["max_batch_size"] > 0
    if not has_inputs:
        config["input"] = [tensor_of(value, batches) for value in inputs]
    if not config["output"]:
        config["output"] = [tensor_of(value, batches) for value in outputs]


def tensor_of(value, batches):
    dims = shape_of(value)[1 if batches else 0 :]
    scalar = {"reshape": {"shape": []}} if batches and not dims else {}
    return {"name": value.name, "data_type": TYPES.get(value.type, "TYPE_INVALID"), "dims": dims or [1], **scalar}


def default_max_batch_size():
    """--backend-config is told to compiled backends alone; a script finds it with its parent, the server. The one of this backend outweighs the one of all."""
    with open(f"/proc/{os.getppid()}/cmdline") as file:
        line = file.read()
    for backend in ("onnxruntime,", ""):
        told = re.findall(rf"\0--backend-config[=\0]{backend}default-max-batch-size=(-?\d+)", line)
        if told:
            return int(told[-1])
    return 4


def compare(config, session):
    model = config["name"]
    sequences = config.get("sequence_batching", {})
    controls = [one for control in sequences.get("control_input", []) for one in control["control"]]
    expected = len(config["input"]) + len(controls) + len(sequences.get("state", []))
    if expected != len(session.get_inputs()):
        refuse(f"unable to load model '{model}', configuration expects {expected} inputs, model provides {len(session.get_inputs())}")
    for kind, told, given in (("input", config["input"], session.get_inputs()), ("output", config["output"], session.get_outputs())):
        for tensor in told:
            match = next((one for one in given if one.name == tensor["name"]), None)
            if match is None:
                refuse(f"unexpected inference {kind} '{tensor['name']}', allowed {kind}s are: {', '.join(sorted(one.name for one in given))}")
            if TYPES.get(match.type) != tensor["data_type"]:
                refuse(f"unable to load model '{model}', configuration expects datatype {tensor['data_type']} for {kind} '{tensor['name']}', model provides {TYPES.get(match.type, match.type)}")
            compare_shape(config, tensor, shape_of(match), is_exact=kind == "output")


def compare_shape(config, tensor, shape, is_exact):
    where = f"model '{config['name']}', tensor '{tensor['name']}': "
    batches = config["max_batch_size"] > 0
    dims = ([-1] if batches else []) + [int(dim) for dim in tensor.get("reshape", tensor).get("shape", tensor["dims"])]
    if batches and shape[:1] != [-1]:
        refuse(f"{where}for the model to support batching the shape should have at least 1 dimension and the first dimension must be -1; but shape expected by the model is {written(shape)}")
    if len(shape) != len(dims) or any(ours != theirs for ours, theirs in zip(dims, shape) if is_exact or theirs != -1):
        complete = f"an initial batch dimension because max_batch_size > 0 followed by the explicit tensor shape, making complete shape {written(dims)}" if batches else f"shape {written(dims)}"
        refuse(f"{where}the model expects {len(shape)} dimensions (shape {written(shape)}) but the model configuration specifies {len(dims)} dimensions ({complete})")


def shape_of(value):
    return [dim if isinstance(dim, int) else -1 for dim in value.shape]


def written(shape):
    return "[" + ",".join(str(dim) for dim in shape) + "]"


def refuse(says):
    raise pb_utils.TritonModelException(says)
