"""Connections: many at once, kept, and with what clients add to them."""

from concurrent.futures import ThreadPoolExecutor

import tritonclient.grpc
from checks import check, clients_of, each_client
from clients import BY_NAME, KINDS, Client, plain, refusal, told
from inference import assert_sums, pair
from tritonclient._auth import BasicAuth


@check
def sixteen_threads_ask_at_once_over_connections_of_their_own(server):
    def ask(kind):
        client = Client(BY_NAME[kind], server)
        for _ in range(25):
            assert_sums(client.infer("simple", pair(client)))
        client.shut()

    with ThreadPoolExecutor(16) as threads:
        return len(list(threads.map(ask, ["http", "grpc"] * 8)))


@check
def sixteen_threads_share_a_channel(server):
    client = Client(BY_NAME["grpc"], server)

    def ask(number):
        result = client.infer("simple", pair(client), request_id=str(number))
        assert_sums(result)
        return result.get_response().id

    with ThreadPoolExecutor(16) as threads:
        ids = list(threads.map(ask, range(200)))
    client.shut()
    return ids[-1]


@check
def channels_take_options_and_keep_alive(server):
    kept = tritonclient.grpc.KeepAliveOptions(keepalive_time_ms=10_000, keepalive_timeout_ms=5_000, keepalive_permit_without_calls=True, http2_max_pings_without_data=0)
    own = [("grpc.max_receive_message_length", 1_000), ("grpc.primary_user_agent", "mine")]
    answers = []
    for kind in ("grpc", "grpc.aio"):
        for options in ({"keepalive_options": kept}, {"channel_args": own}):
            client = Client(BY_NAME[kind], server, **options)
            answers.append(told(client.infer("simple", pair(client))))
            client.shut()
    return answers


@check
def a_message_larger_than_the_client_takes_is_refused_by_the_client(server):
    import numpy as np

    client = Client(BY_NAME["grpc"], server, channel_args=[("grpc.max_receive_message_length", 1_000)])
    refused = refusal(client.infer, "flat", [client.input("x", np.zeros(10_000, dtype=np.float32))])
    answer = told(client.infer("simple", pair(client)))
    client.shut()
    return [refused, answer]


@check
def one_connection_serves_many_clients_in_turn(server):
    answers = []
    for kind in KINDS:
        for _ in range(3):
            client = Client(kind, server)
            answers.append(client.is_server_live())
            client.shut()
    return answers


@each_client
def plugins_add_their_headers(client):
    client.theirs.register_plugin(BasicAuth("user", "word"))
    answer = told(client.infer("simple", pair(client)))
    client.theirs.unregister_plugin()
    return answer


@clients_of("grpc")
def messages_are_written_by_hand(client):
    from tritonclient.grpc import service_pb2, service_pb2_grpc
    import grpc

    with grpc.insecure_channel(client.server.grpc) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        answers = []
        for model, datatype, contents in (
            ("simple", "INT32", {"int_contents": range(16)}),
            ("simple_int8", "INT8", {"int_contents": range(16)}),
            ("simple_string", "BYTES", {"bytes_contents": [str(one).encode() for one in range(16)]}),
        ):
            tensors = [
                service_pb2.ModelInferRequest.InferInputTensor(name=name, datatype=datatype, shape=[1, 16], contents=service_pb2.InferTensorContents(**contents))
                for name in ("INPUT0", "INPUT1")
            ]
            answers.append(plain(stub.ModelInfer(service_pb2.ModelInferRequest(model_name=model, inputs=tensors))))
        answers.append(plain(stub.ServerLive(service_pb2.ServerLiveRequest())))
        answers.append(plain(stub.ModelReady(service_pb2.ModelReadyRequest(name="simple", version="1"))))
        return answers
