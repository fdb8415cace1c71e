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

# States of sequences are counted and not compared, there as here.
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
        compare(config, self.session)
        # A request may bring another value for an initializer.
        self.inputs = {value.name: value for value in self.session.get_inputs() + self.session.get_overridable_initializers()}
        self.ragged = {tensor["name"] for tensor in config["input"] if tensor.get("allow_ragged_batch")}
        self.batch_inputs = config.get("batch_input", [])
        self.states = {state["output_name"] for state in config.get("sequence_batching", {}).get("state", [])}
        self.outputs = [tensor["name"] for tensor in config["output"]] + sorted(self.states)
        self.dims = {tensor["name"]: model_dims(tensor) for tensor in config["output"]}
        # The output that is cut into the shapes of an input, and that input.
        self.scattered = {name: batch["source_input"][0] for batch in config.get("batch_output", []) for name in batch["target_name"]}
        self.batches = config["max_batch_size"] > 0
        # As long as a batch is to take at least: seconds, and seconds a row. The embedded runtime knows the same parameter.
        service = config.get("parameters", {}).get("rehearse_service_time_us", {}).get("string_value", "0").split("+")
        self.base, self.per_row = (int(service[0]) / 1e6, int(service[1]) / 1e6 if len(service) > 1 else 0.0)

    def execute(self, requests):
        # An optional input that a request lacks is not fed.
        given = [{name: tensor.as_numpy() for name in self.inputs if (tensor := pb_utils.get_input_tensor_by_name(request, name)) is not None} for request in requests]
        batches = [given] if len(given) == 1 or (self.batches and self.are_alike(given)) else [[feeds] for feeds in given]
        answers = [answer for batch in batches for answer in self.parts(batch, self.run(batch))]
        return [self.response(request, answer) for request, answer in zip(requests, answers)]

    def are_alike(self, given):
        return len({tuple((name, array.shape[1:]) for name, array in feeds.items() if name not in self.ragged) for feeds in given}) == 1

    def run(self, batch):
        joined = {name: self.joined(name, [feeds[name] for feeds in batch]) for name in batch[0]}
        for made in self.batch_inputs:
            value = batch_input(made, [feeds[made["source_input"][0]].shape for feeds in batch])
            joined.update({name: value for name in made["target_name"]})
        started = time.monotonic()
        results = self.session.run(self.outputs, {name: each(array, bytes.decode) for name, array in joined.items()})
        if self.base + self.per_row > 0:
            least = self.base + self.per_row * (sum(rows_of(feeds) for feeds in batch) if self.batches else 1)
            # Sleeping for no time takes some 50 microseconds.
            time.sleep(max(0.0, started + least - time.monotonic()))
        return {name: each(array, str.encode) for name, array in zip(self.outputs, results)}

    def joined(self, name, arrays):
        if name in self.ragged:
            return np.concatenate([array.ravel() for array in arrays])
        # A scalar takes the first value, whatever else comes; strings keep their shape.
        if not self.inputs[name].shape and arrays[0].dtype != np.object_:
            return arrays[0].ravel()[:1].reshape(())
        return np.concatenate(arrays) if len(arrays) > 1 else arrays[0]

    def parts(self, batch, results):
        """For each request of a batch its part of each output, or an error."""
        answers = [{} for _ in batch]
        for name, result in sorted(results.items()):
            values = result if result.ndim else result.reshape(self.dims.get(name) or [1])
            start = 0
            for at, feeds in enumerate(batch):
                part, start = self.part(name, values, start, feeds)
                if isinstance(answers[at], str):
                    continue
                if isinstance(part, str):
                    answers[at] = part
                else:
                    answers[at][name] = part
        return answers

    def part(self, name, values, start, feeds):
        """What of an output is one request's, and where that of the next one starts."""
        if name in self.scattered:
            # Where the output is open, it has the size that the input has there.
            dims = ([-1] if self.batches else []) + self.dims[name]
            shape = [feeds[self.scattered[name]].shape[at] if dim == -1 else dim for at, dim in enumerate(dims)]
            end = start + int(np.prod(shape))
            return values.ravel()[start:end].reshape(shape), end
        if not self.batches:
            return values, start
        end = start + rows_of(feeds)
        if end > len(values):
            return f"failed to split the output tensor '{name}' in responses: expected batch size of atleast {end} in model output, got {len(values)}", end
        return values[start:end], end

    def response(self, request, answer):
        if isinstance(answer, str):
            says = f"[request id: {request.request_id() or '<id_unknown>'}] {answer}"
            return pb_utils.InferenceResponse(error=pb_utils.TritonError(says, pb_utils.TritonError.UNSUPPORTED))
        wanted = self.states.union(request.requested_output_names())
        return pb_utils.InferenceResponse([pb_utils.Tensor(name, answer[name]) for name in self.outputs if name in wanted])


def rows_of(feeds):
    return len(next(iter(feeds.values())))


def batch_input(made, shapes):
    """What is said of a batch, from the shapes of one input in its requests."""
    kind = made["kind"]
    dtype = np.float32 if made["data_type"] == "TYPE_FP32" else np.int32
    counts = [int(np.prod(shape)) for shape in shapes]
    if kind == "BATCH_ELEMENT_COUNT":
        return np.array(counts, dtype)
    if kind == "BATCH_ACCUMULATED_ELEMENT_COUNT":
        return np.cumsum(counts).astype(dtype)
    if kind == "BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO":
        return np.cumsum([0, *counts]).astype(dtype)
    if kind == "BATCH_MAX_ELEMENT_COUNT_AS_SHAPE":
        # Its shape is what it says.
        return np.zeros(max(counts), dtype)
    items = np.array([shape[1:] for shape in shapes for _ in range(shape[0])], dtype).reshape(-1, len(shapes[0]) - 1)
    return items if kind == "BATCH_ITEM_SHAPE" else items.ravel()


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
    require_tensors(inputs + outputs)
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


def require_tensors(values):
    for value in values:
        if not value.type.startswith("tensor("):
            kind = value.type.split("(")[0].replace("seq", "sequence").upper()
            refuse(f"Unsupported ONNX Type 'ONNX_TYPE_{kind}' for I/O '{value.name}', expected 'ONNX_TYPE_TENSOR'.")


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
    """What NVIDIA's backend compares, in its order."""
    model, sequences = config["name"], config.get("sequence_batching", {})
    inputs = {value.name: value for value in session.get_inputs()}
    takes = {**inputs, **{value.name: value for value in session.get_overridable_initializers()}}
    controls = sequences.get("control_input", [])
    for control in controls:
        compare_control(config, control, inputs)
    require_tensors(session.get_inputs())
    required = [tensor for tensor in config["input"] if not tensor.get("optional")]
    expected = len(required) + len(config.get("batch_input", [])) + sum(len(one["control"]) for one in controls) + len(sequences.get("state", []))
    if expected != len(inputs):
        refuse(f"unable to load model '{model}', configuration expects {expected} inputs, model provides {len(inputs)}")
    for tensor in config["input"]:
        name = tensor["name"]
        if tensor.get("optional") and config["max_batch_size"] != 0:
            refuse(f"unable to load model '{model}', optional input '{name}' is not supported for models that support batching")
        match = match_of("input", tensor, takes)
        compare_type(config, "input", tensor, match)
        if tensor.get("optional") and tensor.get("allow_ragged_batch"):
            refuse(f"unable to load model '{model}', configuration expects model provides input with shape [-1] for ragged input '{name}', which is not supported for optional input")
        if not tensor.get("allow_ragged_batch"):
            compare_shape(config, tensor, shape_of(match), is_exact=False)
        elif shape_of(match) != [-1]:
            refuse(f"unable to load model '{model}', configuration expects model provides input with shape [-1]  for ragged input '{name}', model provides {written(shape_of(match))}")
    require_tensors(session.get_outputs())
    scattered = {name for batch in config.get("batch_output", []) for name in batch["target_name"]}
    outputs = {value.name: value for value in session.get_outputs()}
    for tensor in config["output"]:
        match = match_of("output", tensor, outputs)
        compare_type(config, "output", tensor, match)
        if tensor["name"] not in scattered:
            compare_shape(config, tensor, shape_of(match), is_exact=True)


def match_of(kind, tensor, given):
    if tensor["name"] not in given:
        refuse(f"unexpected inference {kind} '{tensor['name']}', allowed {kind}s are: {', '.join(sorted(given))}")
    return given[tensor["name"]]


def compare_type(config, kind, tensor, match):
    if TYPES.get(match.type) != tensor["data_type"]:
        provides = TYPES.get(match.type, match.type).replace("TYPE_STRING", "TYPE_BYTES")
        refuse(f"unable to load model '{config['name']}', configuration expects datatype {tensor['data_type']} for {kind} '{tensor['name']}', model provides {provides}")


def compare_control(config, control, inputs):
    name, one = control["name"], control["control"][0]
    if name not in inputs:
        refuse(f"configuration specified sequence control '{name}', but model does not provide that input")
    where = f"unable to load model '{config['name']}', sequence control '{name}'"
    dims = shape_of(inputs[name])[1 if config["max_batch_size"] > 0 else 0 :]
    if dims != [1]:
        refuse(f"{where} in model has dims {written(dims)} but dims [1] is expected")
    said = next((f"TYPE_{type.upper()}" for type in ("int32", "fp32", "bool") if one.get(f"{type}_false_true")), one["data_type"])
    has = TYPES.get(inputs[name].type, inputs[name].type)
    if has != said:
        refuse(f"{where}, the model expects data-type {has.replace('TYPE_', '')} but the model configuration specifies data-type {said}")


def model_dims(tensor):
    """As the model has them, the batch dimension left out."""
    return [int(dim) for dim in tensor.get("reshape", tensor).get("shape", tensor["dims"])]


def compare_shape(config, tensor, shape, is_exact):
    where = f"model '{config['name']}', tensor '{tensor['name']}': "
    batches = config["max_batch_size"] > 0
    dims = model_dims(tensor)
    if not shape:
        if any(dim != 1 for dim in dims):
            refuse(f"unable to load model '{config['name']}', scalar tensor '{tensor['name']}', should only provide 1 in the model configuration when the model doesn't support batching. Model configuration provided: {written(dims)}.")
        return
    if batches and shape[:1] != [-1]:
        refuse(f"{where}for the model to support batching the shape should have at least 1 dimension and the first dimension must be -1; but shape expected by the model is {written(shape)}")
    full = ([-1] if batches else []) + dims
    if len(shape) != len(full) or any(ours != theirs for ours, theirs in zip(full, shape) if is_exact or theirs != -1):
        complete = f"an initial batch dimension because max_batch_size > 0 followed by the explicit tensor shape, making complete shape {written(full)}" if batches else f"shape {written(full)}"
        refuse(f"{where}the model expects {len(shape)} dimensions (shape {written(shape)}) but the model configuration specifies {len(full)} dimensions ({complete})")


def shape_of(value):
    return [dim if isinstance(dim, int) else -1 for dim in value.shape]


def written(shape):
    return "[" + ",".join(str(dim) for dim in shape) + "]"


def refuse(says):
    raise pb_utils.TritonModelException(says)
