"""Answers that are waited for elsewhere, and those that nobody waits for any more."""

import asyncio
import queue

import numpy as np
from checks import check, clients_of
from clients import BY_NAME, Client, InferenceServerException, settled, told
from inference import assert_sums, pair


def slow_input(client):
    return [client.input("INPUT0", np.ones((1, 2), dtype=np.float32))]


def error_of(error):
    return [type(error).__name__, error.status(), error.message()]


class Answers:
    """What a callback was given, to be waited for."""

    def __init__(self):
        self.queue = queue.Queue()

    def __call__(self, result, error):
        self.queue.put((result, error))

    def next(self):
        return self.queue.get(timeout=20)


@clients_of("http")
def many_calls_are_begun_and_their_answers_fetched_later(client):
    wide = Client(BY_NAME["http"], client.server, concurrency=8)
    begun = [wide.async_infer("simple", pair(wide), request_id=str(number)) for number in range(40)]
    answers = [one.get_result(timeout=20) for one in begun]
    for one in answers:
        assert_sums(one)
    refused = wide.async_infer("nope", pair(wide))
    try:
        refused.get_result()
    except InferenceServerException as error:
        return [[one.get_response()["id"] for one in answers], error_of(error)]
    finally:
        wide.shut()


@clients_of("http")
def a_client_gives_up_after_its_timeout_and_asks_again(client):
    hasty = Client(BY_NAME["http"], client.server, network_timeout=0.3)
    try:
        hasty.infer("slow", slow_input(hasty))
        raise AssertionError("it waited")
    except (TimeoutError, OSError) as error:
        again = hasty.infer("simple", pair(hasty))
        assert_sums(again)
        return [type(error).__name__, told(again)]
    finally:
        hasty.shut()


@clients_of("http.aio")
def many_calls_are_gathered(client):
    async def ask():
        return await asyncio.gather(*(client.theirs.infer("simple", pair(client), request_id=str(number)) for number in range(40)))

    answers = client.wait(ask())
    return [one.get_response()["id"] for one in answers]


@clients_of("http.aio")
def a_task_that_is_given_up_leaves_the_server_as_it_was(client):
    async def ask():
        try:
            await asyncio.wait_for(client.theirs.infer("slow", slow_input(client)), 0.3)
        except asyncio.TimeoutError:
            return "gave up"

    return [client.wait(ask()), told(client.infer("simple", pair(client)))]


@clients_of("grpc")
def callbacks_are_given_results_and_errors(client):
    answers = Answers()
    for number in range(40):
        client.async_infer("simple", pair(client), answers, request_id=str(number))
    results = [answers.next() for _ in range(40)]
    assert all(error is None for _, error in results)
    client.async_infer("nope", pair(client), answers)
    refused = answers.next()
    assert refused[0] is None
    return [sorted(int(result.get_response().id) for result, _ in results), error_of(refused[1])]


@clients_of("grpc")
def a_call_that_is_cancelled_is_answered_with_that(client):
    answers = Answers()
    client.async_infer("slow", slow_input(client), answers).cancel()
    cancelled = error_of(answers.next()[1])
    return [cancelled, told(client.infer("simple", pair(client)))]


@clients_of("grpc")
def deadlines_of_the_client_are_kept(client):
    answers, refused = Answers(), []
    client.async_infer("slow", slow_input(client), answers, client_timeout=0.3)
    refused.append(error_of(answers.next()[1]))
    try:
        client.infer("slow", slow_input(client), client_timeout=0.3)
    except InferenceServerException as error:
        refused.append(error_of(error))
    assert client.is_server_live(client_timeout=20) and client.is_model_ready("simple", client_timeout=20)
    return [refused, told(client.infer("simple", pair(client), client_timeout=20))]


@clients_of("grpc.aio")
def many_calls_are_gathered_from_one_channel(client):
    async def ask():
        return await asyncio.gather(*(client.theirs.infer("simple", pair(client), request_id=str(number)) for number in range(40)))

    return [one.get_response().id for one in client.wait(ask())]


@clients_of("grpc.aio")
def deadlines_and_tasks_that_are_given_up_leave_the_server_as_it_was(client):
    async def ask():
        task = asyncio.ensure_future(client.theirs.infer("slow", slow_input(client)))
        await asyncio.wait([task], timeout=0.3)
        task.cancel()
        return (await asyncio.gather(task, return_exceptions=True))[0]

    ended = type(client.wait(ask())).__name__
    try:
        client.infer("slow", slow_input(client), client_timeout=0.3)
    except InferenceServerException as error:
        return [ended, error_of(error), told(client.infer("simple", pair(client)))]
    raise AssertionError("it waited")


@check
def requests_that_were_given_up_are_counted_as_failed(server):
    client = Client(BY_NAME["grpc"], server)
    full = [client.input("INPUT0", np.ones((8, 2), dtype=np.float32))]
    try:
        # Whatever other checks left in the queue goes with a full batch.
        client.infer("slow", full)
        before = settled(lambda: counts(client))
        for _ in range(3):
            try:
                client.infer("slow", slow_input(client), client_timeout=0.3)
            except InferenceServerException:
                pass
        client.infer("slow", full)
        return [after - first for first, after in zip(before, settled(lambda: counts(client), before))]
    finally:
        client.shut()


def counts(client):
    stats = client.get_inference_statistics("slow").model_stats[0].inference_stats
    return stats.success.count, stats.fail.count
