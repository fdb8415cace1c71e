"""Models that come and go, on a server that loads what it is asked to."""

import json
import time
from pathlib import Path

import numpy as np
from checks import clients_of, each_client
from clients import asked, refusal, told

OVERRIDE = {
    "backend": "onnxruntime",
    "max_batch_size": 3,
    "input": [{"name": "x", "data_type": "TYPE_FP32", "dims": [-1]}],
    "output": [{"name": "y", "data_type": "TYPE_FP32", "dims": [-1]}],
    "instance_group": [{"count": 1, "kind": "KIND_CPU"}],
}


def states(client, name):
    answer = client.read("get_model_repository_index")
    found = [[one.get("version", ""), one.get("state", ""), one.get("reason", "")] for one in (answer if client.is_http else answer["models"]) if one["name"] == name]
    return sorted(found)


def settled(client, name):
    """How a model stands once it is gone: an unload is answered before it is done."""
    give_up = time.monotonic() + 20
    while client.is_model_ready(name) or any(state == "UNLOADING" for _, state, _ in states(client, name)):
        assert time.monotonic() < give_up, f"{name} stays: {states(client, name)}"
    return states(client, name)


def one_row(client):
    return [client.input("x", np.array([[1, 2]], dtype=np.float32))]


@each_client
def a_model_comes_and_goes(client):
    client.load_model("spare")
    steps = [states(client, "spare"), told(client.infer("spare", one_row(client)))]
    client.unload_model("spare")
    steps.append(settled(client, "spare"))
    return [*steps, refusal(client.infer, "spare", one_row(client)), refusal(client.get_model_metadata, "spare")]


@each_client
def a_load_brings_its_own_configuration(client):
    client.load_model("spare", config=json.dumps(OVERRIDE))
    config = client.read("get_model_config", "spare")
    config = config if client.is_http else config["config"]
    assert config["max_batch_size"] == 3
    client.load_model("spare", config='{"max_batch_size":"5", "backend":"onnxruntime", "input":[{"name":"x","data_type":"TYPE_FP32","dims":["-1"]}], "output":[{"name":"y","data_type":"TYPE_FP32","dims":["-1"]}]}')
    again = client.read("get_model_config", "spare")
    client.unload_model("spare")
    settled(client, "spare")
    return [config["max_batch_size"], (again if client.is_http else again["config"])["max_batch_size"]]


@each_client
def a_load_brings_its_own_files(client):
    content = Path(client.server.repository, "spare/1/model.onnx").read_bytes()
    client.load_model("brought", config=json.dumps(OVERRIDE), files={"file:7/model.onnx": content})
    steps = [states(client, "brought"), told(client.infer("brought", one_row(client)))]
    client.unload_model("brought")
    steps.append(settled(client, "brought"))
    bad = (
        {"files": {"file:1/model.onnx": content}},
        {"config": json.dumps(OVERRIDE), "files": {"1/model.onnx": content}},
        {"config": json.dumps(OVERRIDE), "files": {"file:../../x": content}},
    )
    return [*steps, *(str(asked(client.load_model, "brought", **one)) for one in bad)]


@each_client
def loads_that_cannot_be_are_refused(client):
    bad = (("nope", {}), ("unreadable", {}), ("spare", {"config": "{"}), ("spare", {"config": '{"nope": 1}'}), ("spare", {"config": '{"max_batch_size": "x"}'}), ("spare", {"config": ""}))
    refused = [asked(client.load_model, name, **options) for name, options in bad]
    client.unload_model("spare")
    settled(client, "spare")
    return [*refused, asked(client.unload_model, "nope"), states(client, "spare")]


# By two clients only: it takes seconds where a model comes with a process of Python.
@clients_of("http", "grpc.aio")
def a_pipeline_brings_its_part_and_goes_with_it(client):
    client.unload_model("pair")
    client.unload_model("matrix")
    steps = [settled(client, "pair"), settled(client, "matrix")]
    client.load_model("pair")
    steps += [states(client, "pair"), states(client, "matrix")]
    client.unload_model("pair", unload_dependents=True)
    steps += [settled(client, "pair"), settled(client, "matrix")]
    client.load_model("matrix")
    client.load_model("pair")
    client.unload_model("matrix")
    steps += [settled(client, "matrix"), settled(client, "pair")]
    client.load_model("matrix")
    client.load_model("pair")
    return [*steps, states(client, "pair"), states(client, "matrix")]
