"""Tensors that travel through shared memory."""

import base64
import json
import os
import time
from contextlib import contextmanager

import numpy as np
import tritonclient.utils.shared_memory as memory
from checks import clients_of, each_client
from clients import asked, head, refusal, text, told
from inference import FIRST, ONES, assert_sums, pair
from tritonclient.utils import InferenceServerException, serialize_byte_tensor


@contextmanager
def region(client, name, size, offset=0):
    """A region that the server knows by its name, and that nothing is left of afterwards."""
    key = f"conch_{os.getpid()}_{name}"
    handle = memory.create_shared_memory_region(name, key, size + offset)
    client.register_system_shared_memory(name, key, size, offset)
    try:
        yield handle, key
    finally:
        unregistered(client, name)
        memory.destroy_shared_memory_region(handle)


def unregistered(client, *name):
    """Takes regions off the list. A request is answered a moment before tritonserver lets go of its regions, and until then it refuses."""
    deadline = time.monotonic() + 10
    while True:
        try:
            return client.unregister_system_shared_memory(*name)
        except InferenceServerException as refused:
            if "currently in use" not in str(refused) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def inputs_in(client, name):
    made = pair(client)
    for place, one in enumerate(made):
        one.set_shared_memory(name, 64, place * 64)
    return made


def outputs_in(client, name):
    made = [client.output("OUTPUT0"), client.output("OUTPUT1")]
    for place, one in enumerate(made):
        one.set_shared_memory(name, 64, place * 64)
    return made


@each_client
def inputs_and_outputs_go_through_shared_memory(client):
    with region(client, "ins", 128) as (ins, _), region(client, "outs", 128) as (outs, _):
        memory.set_shared_memory_region(ins, [FIRST, ONES])
        result = client.infer("simple", inputs_in(client, "ins"), outputs=outputs_in(client, "outs"))
        assert (memory.get_contents_as_numpy(outs, np.int32, [1, 16]) == FIRST + ONES).all()
        assert (memory.get_contents_as_numpy(outs, np.int32, [1, 16], 64) == FIRST - ONES).all()
        return head(result)


@each_client
def inputs_alone_go_through_shared_memory(client):
    # A region that begins within its object is only listed elsewhere: tritonserver 2.51 adds its offset twice, and reads what lies behind it.
    with region(client, "ins", 128) as (ins, _):
        memory.set_shared_memory_region(ins, [FIRST, ONES])
        result = client.infer("simple", inputs_in(client, "ins"))
        assert_sums(result)
        return told(result)


@each_client
def one_input_and_one_output_alone_go_through_shared_memory(client):
    with region(client, "ins", 64) as (ins, _), region(client, "outs", 64) as (outs, _):
        memory.set_shared_memory_region(ins, [FIRST])
        inputs, outputs = pair(client), [client.output("OUTPUT0"), client.output("OUTPUT1")]
        inputs[0].set_shared_memory("ins", 64)
        outputs[1].set_shared_memory("outs", 64)
        result = client.infer("simple", inputs, outputs=outputs)
        assert (memory.get_contents_as_numpy(outs, np.int32, [1, 16]) == FIRST - ONES).all()
        return told(result, "OUTPUT0")


@each_client
def the_same_objects_are_used_with_shared_memory_and_without(client):
    inputs, outputs, answers = pair(client), [client.output("OUTPUT0"), client.output("OUTPUT1")], []
    with region(client, "ins", 128) as (ins, _), region(client, "outs", 128) as (outs, _):
        memory.set_shared_memory_region(ins, [FIRST, ONES])
        for is_shared in (True, False, True):
            for place in (0, 1):
                if is_shared:
                    inputs[place].set_shared_memory("ins", 64, place * 64)
                    outputs[place].set_shared_memory("outs", 64, place * 64)
                else:
                    inputs[place].set_data_from_numpy((FIRST, ONES)[place])
                    outputs[place].unset_shared_memory()
            result = client.infer("simple", inputs, outputs=outputs)
            if is_shared:
                assert (memory.get_contents_as_numpy(outs, np.int32, [1, 16]) == FIRST + ONES).all()
            else:
                assert_sums(result)
            answers.append(head(result))
    return answers


@each_client
def texts_go_through_shared_memory(client):
    texts = np.array([["größer", "", "abc"]], dtype=np.object_)
    written = serialize_byte_tensor(texts)
    size = len(written.item())
    with region(client, "ins", size) as (ins, _), region(client, "outs", size) as (outs, _):
        memory.set_shared_memory_region(ins, [written])
        made, wanted = client.input("INPUT0", texts), client.output("OUTPUT0")
        made.set_shared_memory("ins", size)
        wanted.set_shared_memory("outs", size)
        result = client.infer("simple_identity", [made], outputs=[wanted])
        return [head(result), text(memory.get_contents_as_numpy(outs, np.object_, [1, 3]).tolist())]


@each_client
def regions_are_listed_and_taken_off_the_list(client):
    def status(*name):
        # The key holds a number of the process.
        return json.dumps(asked(client.read, "get_system_shared_memory_status", *name), sort_keys=True).replace(str(os.getpid()), "PID")

    with region(client, "one", 64), region(client, "two", 64, 4096):
        listed = [status(), status("two"), status("nope")]
        unregistered(client, "one")
        listed.append(status())
        unregistered(client)
    return [*listed, status(), asked(client.unregister_system_shared_memory, "nope")]


@each_client
def regions_that_cannot_be_are_refused(client):
    with region(client, "there", 64) as (_, key):
        register = client.register_system_shared_memory
        # The same key under another name is not tried: tritonserver 2.51 looks at a descriptor that it has closed, and what it finds there is chance.
        tries = (("there", key, 64), ("other", "no_such_key", 64), *(("bad", f"/{key}", *part) for part in ((100_000,), (64, 100_000), (0,), (1, 8), (64, 0))))
        refused = str([asked(register, *one) for one in tries]).replace(str(os.getpid()), "PID")
        unregistered(client)
        return refused


@each_client
def a_region_of_nothing_is_refused(client):
    return [asked(client.register_system_shared_memory, "", "", 0), asked(client.register_cuda_shared_memory, "", b"", 0, 0)]


@each_client
def tensors_that_lie_outside_their_region_are_refused(client):
    with region(client, "ins", 128) as (ins, _), region(client, "small", 64):
        memory.set_shared_memory_region(ins, [FIRST, ONES])
        far, unknown, short = inputs_in(client, "ins"), inputs_in(client, "ins"), inputs_in(client, "ins")
        far[1].set_shared_memory("ins", 64, 100)
        unknown[0].set_shared_memory("nope", 64)
        short[0].set_shared_memory("ins", 60)
        small, missing = outputs_in(client, "small"), outputs_in(client, "nope")
        tries = ((far, None), (unknown, None), (short, None), (inputs_in(client, "ins"), small), (inputs_in(client, "ins"), missing))
        return [refusal(client.infer, "simple", inputs, outputs=outputs) for inputs, outputs in tries]


@clients_of("http", "http.aio")
def nothing_else_may_be_asked_of_an_output_in_shared_memory(client):
    with region(client, "outs", 128) as (outs, _):
        refused = []
        for other in ({"binary_data": True}, {"binary_data": 0}, {"classification": 2}, {"classification": 0}, {"shared_memory_byte_size": None}):
            outputs = outputs_in(client, "outs")
            outputs[0]._parameters.update(other)
            refused.append(refusal(client.infer, "simple", pair(client), outputs=outputs))
        return refused


@each_client
def regions_of_a_gpu_are_refused_where_there_is_none(client):
    handle = base64.b64encode(bytes(64))
    return [
        asked(client.register_cuda_shared_memory, "gpu", handle, 0, 64),
        asked(client.read, "get_cuda_shared_memory_status"),
        asked(client.read, "get_cuda_shared_memory_status", "gpu"),
        asked(client.unregister_cuda_shared_memory, "gpu"),
        asked(client.unregister_cuda_shared_memory),
    ]
