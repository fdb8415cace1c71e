"""NVIDIA's four clients behind one face, so that a check that holds for all of them is written once."""

import asyncio
import time
from collections import namedtuple

import numpy as np
import tritonclient.grpc
import tritonclient.grpc.aio
import tritonclient.http
import tritonclient.http.aio
from google.protobuf.json_format import MessageToDict
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

# Host and port of both front ends, and where its models lie.
Server = namedtuple("Server", "http grpc repository")

Kind = namedtuple("Kind", "name module opened is_http is_async")
KINDS = (
    Kind("http", tritonclient.http, tritonclient.http, True, False),
    Kind("http.aio", tritonclient.http, tritonclient.http.aio, True, True),
    Kind("grpc", tritonclient.grpc, tritonclient.grpc, False, False),
    Kind("grpc.aio", tritonclient.grpc, tritonclient.grpc.aio, False, True),
)
BY_NAME = {kind.name: kind for kind in KINDS}


class Client:
    """Whatever NVIDIA's client has, called here without await; and tensors in its own types."""

    def __init__(self, kind, server, **options):
        self.kind = kind
        self.is_http = kind.is_http
        self.server = server
        self.loop = asyncio.new_event_loop() if kind.is_async else None
        self.theirs = self.wait(self._open(options)) if kind.is_async else self._opened(options)

    def __getattr__(self, method):
        call = getattr(self.theirs, method)
        return (lambda *args, **options: self.wait(call(*args, **options))) if self.loop else call

    def wait(self, awaited):
        return self.loop.run_until_complete(awaited)

    def shut(self):
        self.close()
        if self.loop:
            self.loop.close()

    def input(self, name, array, datatype=None, **options):
        made = self.kind.module.InferInput(name, array.shape, datatype or np_to_triton_dtype(array.dtype))
        made.set_data_from_numpy(array, **(options if self.is_http else {}))
        return made

    def output(self, name, **options):
        if not self.is_http:
            options.pop("binary_data", None)
        return self.kind.module.InferRequestedOutput(name, **options)

    def read(self, method, *args, **options):
        """What a method tells, as plain values whichever client it is."""
        answer = getattr(self, method)(*args, **options)
        return answer if self.is_http else plain(answer)

    async def _open(self, options):
        # aiohttp and grpc.aio look for the running loop as they are made.
        return self._opened(options)

    def _opened(self, options):
        return self.kind.opened.InferenceServerClient(self.server.http if self.is_http else self.server.grpc, **options)


def plain(message):
    return MessageToDict(message, preserving_proto_field_name=True)


def told(result, *names):
    """An answer: what its head says, and the values of the outputs that are named, or of all."""
    said = head(result)
    names = names or [output["name"] for output in said.get("outputs", [])]
    return {"head": said, "values": {name: values(result.as_numpy(name)) for name in names}}


def head(result):
    """All but the values, which may lie in shared memory."""
    said = result.get_response()
    if isinstance(said, dict):
        return said
    said = plain(said)
    said.pop("raw_output_contents", None)
    return said


def values(array):
    if array is None:
        return None
    listed = array.tolist()
    return [str(array.dtype), list(array.shape), text(listed) if array.dtype == np.object_ else listed]


def text(listed):
    return [text(one) for one in listed] if isinstance(listed, list) else listed.decode() if isinstance(listed, bytes) else listed


def refusal(call, *args, **options):
    """The words of an error that must come."""
    try:
        call(*args, **options)
    except InferenceServerException as error:
        return [error.status(), error.message()]
    raise AssertionError("it was not refused")


def asked(call, *args, **options):
    """An answer, or the words of an error."""
    try:
        return call(*args, **options)
    except InferenceServerException as error:
        return [error.status(), error.message()]


def settled(read, changed=None):
    """What was counted. A request is answered a moment before it is counted: so until it is another than it was, and stays the same for a while."""
    deadline = time.monotonic() + 10
    same, last = 0, read()
    while (same < 3 or last == changed) and time.monotonic() < deadline:
        time.sleep(0.1)
        now = read()
        same, last = (same + 1 if now == last else 0), now
    return last
