"""Inference as most people do it."""

import numpy as np
from checks import check, clients_of, each_client
from clients import BY_NAME, Client, asked, told, values

FIRST = np.arange(16, dtype=np.int32).reshape(1, 16)
ONES = np.ones((1, 16), dtype=np.int32)


def pair(client, first=FIRST, second=ONES, **options):
    return [client.input("INPUT0", first, **options), client.input("INPUT1", second, **options)]


def assert_sums(result, first=FIRST, second=ONES):
    assert (result.as_numpy("OUTPUT0") == first + second).all()
    assert (result.as_numpy("OUTPUT1") == first - second).all()


@each_client
def two_tensors_are_added_and_subtracted(client):
    result = client.infer("simple", pair(client))
    assert_sums(result)
    return told(result)


@each_client
def a_batch_a_version_and_an_id_are_taken(client):
    first, second = FIRST.repeat(3, axis=0), ONES.repeat(3, axis=0)
    result = client.infer("simple", pair(client, first, second), model_version="1", request_id="größer than 1")
    assert_sums(result, first, second)
    assert result.get_response()["id"] == "größer than 1" if client.is_http else result.get_response().id == "größer than 1"
    return told(result)


@each_client
def only_the_outputs_that_are_asked_for_come(client):
    result = client.infer("simple", pair(client), outputs=[client.output("OUTPUT1")])
    assert result.as_numpy("OUTPUT0") is None and result.get_output("OUTPUT0") is None
    return [told(result), str(result.get_output("OUTPUT1") is not None)]


@each_client
def outputs_come_in_the_order_in_which_they_are_asked_for_or_their_own(client):
    return told(client.infer("simple", pair(client), outputs=[client.output("OUTPUT1"), client.output("OUTPUT0")]))


@clients_of("http", "http.aio")
def tensors_travel_as_json_too(client):
    wanted = [client.output("OUTPUT0", binary_data=False), client.output("OUTPUT1", binary_data=True)]
    result = client.infer("simple", pair(client, binary_data=False), outputs=wanted)
    assert_sums(result)
    return told(result)


@clients_of("http", "http.aio")
def bodies_are_compressed_both_ways(client):
    answers = []
    for sent in (None, "gzip", "deflate"):
        for wanted in (None, "gzip", "deflate"):
            result = client.infer("simple", pair(client), request_compression_algorithm=sent, response_compression_algorithm=wanted)
            assert_sums(result)
            answers.append(told(result))
    return answers


@clients_of("grpc", "grpc.aio")
def messages_are_compressed(client):
    answers = []
    for sent in ("gzip", "deflate"):
        result = client.infer("simple", pair(client), compression_algorithm=sent)
        assert_sums(result)
        answers.append(told(result))
    return answers


@each_client
def classes_come_in_the_place_of_numbers(client):
    pixels = np.linspace(0, 16, 128, dtype=np.float32).reshape(2, 64)
    labelled = client.infer("digits", [client.input("pixels", pixels)], outputs=[client.output("probabilities", class_count=3)])
    whole = client.infer("simple", pair(client), outputs=[client.output("OUTPUT0", class_count=2), client.output("OUTPUT1", class_count=99)])
    # A floating-point number is printed to six places, and the last one is the processor's.
    classes = [[one.split(":")[1:] for one in row] for row in values(labelled.as_numpy("probabilities"))[2]]
    return [classes, told(whole)]


@each_client
def parameters_of_ones_own_are_taken(client):
    return told(client.infer("simple", pair(client), parameters={"text": "größer", "whole": 7, "negative": -7, "yes": True, "real": 0.5}))


@each_client
def priorities_and_timeouts_are_taken(client):
    x = client.input("x", np.ones((1, 1, 2), dtype=np.float32))
    return [told(client.infer("matrix", [x], priority=priority, timeout=timeout)) for priority in (0, 1, 2) for timeout in (None, 10_000_000)]


@each_client
def headers_of_ones_own_are_taken(client):
    return told(client.infer("simple", pair(client), headers={"x-of-mine": "a b"}))


@clients_of("http", "http.aio")
def query_parameters_are_taken_or_not_found(client):
    return asked(lambda: told(client.infer("simple", pair(client), query_params={"a": 1, "b": ["x", "y z"]})))


@each_client
def an_input_is_used_again_with_other_values(client):
    inputs, answers = pair(client), []
    for factor in (2, 3):
        inputs[0].set_data_from_numpy(FIRST * factor)
        result = client.infer("simple", inputs)
        assert_sums(result, FIRST * factor)
        answers.append(told(result))
    return answers


@each_client
def a_tensor_without_elements_comes_back(client):
    return told(client.infer("flat", [client.input("x", np.zeros(0, dtype=np.float32))]))


@each_client
def twenty_megabytes_come_back(client):
    sent = np.arange(5_000_000, dtype=np.float32)
    result = client.infer("flat", [client.input("x", sent)])
    assert np.array_equal(result.as_numpy("y"), sent)
    return told(result)["head"]


@each_client
def a_pipeline_is_asked_like_a_model(client):
    return told(client.infer("pair", [client.input("in", np.array([[[1, 2], [3, 4]]], dtype=np.float32))]))


@each_client
def an_answer_from_the_cache_is_the_same(client):
    x = client.input("x", np.array([[3, 1, 4]], dtype=np.float32))
    return [told(client.infer("cached", [x])) for _ in range(2)]


@check
def a_body_that_was_made_ahead_is_answered_like_any_other(server):
    import http.client

    kind = BY_NAME["http"].module.InferenceServerClient
    client = Client(BY_NAME["http"], server)
    body, json_size = kind.generate_request_body(pair(client), outputs=[client.output("OUTPUT0")], request_id="made ahead")
    connection = http.client.HTTPConnection(server.http)
    connection.request("POST", "/v2/models/simple/infer", body, {"Inference-Header-Content-Length": str(json_size)})
    reply = connection.getresponse()
    size = reply.getheader("Inference-Header-Content-Length")
    result = kind.parse_response_body(reply.read(), header_length=int(size))
    client.shut()
    return [reply.status, size, told(result)]
