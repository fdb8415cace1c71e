"""Sequences of requests that belong together, one call at a time."""

import numpy as np
from checks import each_client
from clients import asked, refusal, told

# A sequence is told apart by its number on a server, so no two checks use the same.
next_id = iter(range(1000, 10**9))

NUMBERS = (11, 7, 5, 3, 2, 0, 1)


def value(client, number):
    return [client.input("INPUT", np.array([[number]], dtype=np.int32))]


def sequence(client, model, sequence_id, numbers=NUMBERS):
    last = len(numbers) - 1
    return [
        client.infer(model, value(client, number), sequence_id=sequence_id, sequence_start=place == 0, sequence_end=place == last, request_id=f"{place}")
        for place, number in enumerate(numbers)
    ]


def seen(results):
    return [[one.as_numpy(name).ravel().tolist() for name in ("OUTPUT", "END_SEEN", "READY_SEEN")] for one in results]


@each_client
def the_first_of_a_sequence_is_told_from_the_others(client):
    answers = []
    for model in ("simple_sequence", "simple_dyna_sequence"):
        results = sequence(client, model, next(next_id))
        assert [one.as_numpy("OUTPUT")[0][0] for one in results] == [12, 7, 5, 3, 2, 0, 1]
        answers.append(seen(results))
    return answers


@each_client
def sequences_are_told_apart_by_words_too(client):
    return seen(sequence(client, "simple_sequence", f"größer {client.kind.name}"))


@each_client
def two_sequences_at_once_do_not_meet(client):
    first, second = next(next_id), next(next_id)
    answers = []
    for place, number in enumerate(NUMBERS):
        for one in (first, second):
            result = client.infer("simple_sequence", value(client, number), sequence_id=one, sequence_start=place == 0, sequence_end=place == 6)
            answers.append([int(result.as_numpy("CORRID_SEEN")[0][0]) - first, *seen([result])])
    return answers


@each_client
def a_sequence_of_one_request_begins_and_ends(client):
    return seen(sequence(client, "simple_sequence", next(next_id), (5,)))


@each_client
def requests_without_a_sequence_or_its_start_are_refused(client):
    models = ("simple_sequence", "simple_dyna_sequence", "simple_string_sequence")
    return [[refusal(client.infer, model, value(client, 1)), refusal(client.infer, model, value(client, 1), sequence_id=99)] for model in models]


@each_client
def a_model_is_told_the_word_of_its_sequence(client):
    result = asked(client.infer, "simple_string_sequence", value(client, 1), sequence_id="größer", sequence_start=True, sequence_end=True)
    return result if isinstance(result, list) else told(result)


@each_client
def the_largest_numbers_are_numbers_of_sequences(client):
    return [told(client.infer("simple_sequence", value(client, 1), sequence_id=one, sequence_start=True, sequence_end=True)) for one in (2**31, 2**63 - 1)]
