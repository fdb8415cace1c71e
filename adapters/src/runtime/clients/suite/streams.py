"""Many requests on one stream of gRPC."""

import numpy as np
from asynchronous import Answers, error_of, slow_input
from checks import clients_of
from clients import refusal, told
from inference import pair
from sequences import NUMBERS, next_id, seen, value


def answered(answer):
    result, error = answer
    return error_of(error) if error else told(result)


@clients_of("grpc")
def answers_come_in_the_order_of_their_requests(client):
    answers = Answers()
    client.start_stream(answers)
    for number in range(40):
        client.async_stream_infer("simple", pair(client), request_id=str(number))
    came = [answers.next() for _ in range(40)]
    client.stop_stream()
    assert [result.get_response().id for result, _ in came] == [str(number) for number in range(40)]
    return answered(came[-1])


@clients_of("grpc")
def errors_come_in_the_stream_which_goes_on(client):
    answers = Answers()
    client.start_stream(answers)
    told_all = []
    for model, inputs in (("simple", pair(client)), ("nope", pair(client)), ("simple", pair(client)[:1]), ("simple", pair(client))):
        client.async_stream_infer(model, inputs, request_id=f"{len(told_all)}")
        told_all.append(answered(answers.next()))
    client.stop_stream()
    return told_all


@clients_of("grpc")
def a_stream_may_ask_for_real_statuses(client):
    answers = Answers()
    client.start_stream(answers, headers={"triton_grpc_error": "true"})
    client.async_stream_infer("nope", pair(client))
    first = answered(answers.next())
    client.async_stream_infer("simple", pair(client))
    second = answered(answers.next())
    client.stop_stream()
    return [first, second]


@clients_of("grpc")
def two_sequences_share_a_stream(client):
    answers, first, second = Answers(), next(next_id), next(next_id)
    client.start_stream(answers)
    for place, number in enumerate(NUMBERS):
        for one in (first, second):
            client.async_stream_infer("simple_dyna_sequence", value(client, number), sequence_id=one, sequence_start=place == 0, sequence_end=place == 6, request_id=f"{one - first}_{place}")
    came = [answers.next() for _ in range(14)]
    client.stop_stream()
    assert all(error is None for _, error in came), answered(came[0])
    return sorted([result.get_response().id, seen([result])] for result, _ in came)


@clients_of("grpc")
def streams_stop_and_start_again(client):
    answers, told_all = Answers(), []
    told_all.append(refusal(client.async_stream_infer, "simple", pair(client)))
    for _ in range(2):
        client.start_stream(answers)
        told_all.append(refusal(client.start_stream, answers))
        client.async_stream_infer("simple", pair(client))
        client.stop_stream()
        told_all.append(answered(answers.next()))
    return told_all


@clients_of("grpc")
def a_stream_that_is_cancelled_ends_with_what_waits_in_it(client):
    answers = Answers()
    client.start_stream(answers)
    client.async_stream_infer("simple", pair(client))
    first = answered(answers.next())
    client.async_stream_infer("slow", slow_input(client))
    client.stop_stream(cancel_requests=True)
    return [first, answered(answers.next()), told(client.infer("simple", pair(client)))]


@clients_of("grpc")
def a_stream_has_a_deadline(client):
    answers = Answers()
    client.start_stream(answers, stream_timeout=0.5)
    client.async_stream_infer("slow", slow_input(client))
    ended = answered(answers.next())
    client.stop_stream()
    return ended


@clients_of("grpc")
def empty_final_answers_and_parameters_are_asked_for_on_a_stream(client):
    answers = Answers()
    client.start_stream(answers, compression_algorithm="gzip")
    client.async_stream_infer("simple", pair(client), enable_empty_final_response=True, priority=1, timeout=10_000_000, parameters={"a": "b"})
    client.stop_stream()
    return answered(answers.next())


@clients_of("grpc")
def large_tensors_travel_on_a_stream(client):
    answers = Answers()
    client.start_stream(answers)
    sent = np.arange(2_000_000, dtype=np.float32)
    for _ in range(3):
        client.async_stream_infer("flat", [client.input("x", sent)])
    came = [answers.next()[0].as_numpy("y") for _ in range(3)]
    client.stop_stream()
    return [bool(np.array_equal(one, sent)) for one in came]


@clients_of("grpc.aio")
def requests_and_answers_of_a_stream_are_iterated(client):
    first = next(next_id)

    async def requests():
        for place, number in enumerate(NUMBERS):
            yield {"model_name": "simple_sequence", "inputs": value(client, number), "sequence_id": first, "sequence_start": place == 0, "sequence_end": place == 6, "request_id": str(place)}
        yield {"model_name": "nope", "inputs": pair(client)}
        yield {"model_name": "simple", "inputs": pair(client), "request_id": "last"}

    async def ask():
        return [answered(answer) async for answer in client.theirs.stream_infer(requests())]

    return str(client.wait(ask())).replace(str(first), "FIRST")


@clients_of("grpc.aio")
def an_iterated_stream_is_cancelled(client):
    async def requests():
        yield {"model_name": "simple", "inputs": pair(client)}
        yield {"model_name": "slow", "inputs": slow_input(client)}

    async def ask():
        came = client.theirs.stream_infer(requests())
        ended = [answered(await anext(came))]
        ended.append(came.cancel())
        try:
            ended.append(answered(await anext(came)))
        except BaseException as error:
            ended.append(type(error).__name__)
        return ended

    return [client.wait(ask()), told(client.infer("simple", pair(client)))]
