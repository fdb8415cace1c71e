"""What is refused, with status and words as the clients hand them on."""

import numpy as np
from checks import each_client
from clients import asked, refusal, told
from inference import FIRST, ONES, pair


@each_client
def models_and_versions_that_are_not_there_are_refused(client):
    return [refusal(client.infer, *asked) for asked in (("nope", pair(client)), ("simple", pair(client), "9"), ("simple", pair(client), "nope"))]


@each_client
def inputs_that_do_not_fit_are_refused(client):
    nine, short, real = np.ones((9, 16), np.int32), np.ones((1, 3), np.int32), np.ones((1, 16), np.float32)
    one = client.input("INPUT1", ONES)
    bad = {
        "one is missing": [one],
        "one too many": [*pair(client), client.input("INPUT2", ONES)],
        "another name": [client.input("nope", FIRST), one],
        "twice the same": [one, one],
        "another datatype": [client.input("INPUT0", real), one],
        "a datatype that is none": [client.input("INPUT0", FIRST), one],
        "another shape": [client.input("INPUT0", short), client.input("INPUT1", short)],
        "no batch dimension": [client.input("INPUT0", FIRST[0]), client.input("INPUT1", ONES[0])],
        "a batch too large": [client.input("INPUT0", nine), client.input("INPUT1", nine)],
        "batches of two sizes": [client.input("INPUT0", ONES.repeat(2, axis=0)), one],
        "an empty batch": [client.input("INPUT0", np.ones((0, 16), np.int32)), client.input("INPUT1", np.ones((0, 16), np.int32))],
        "none": [],
    }
    bad["a datatype that is none"][0]._get_tensor().update(datatype="NOPE") if client.is_http else setattr(bad["a datatype that is none"][0]._get_tensor(), "datatype", "NOPE")
    return {name: asked(lambda inputs=inputs: told(client.infer("simple", inputs, request_id="7"))) for name, inputs in bad.items()}


@each_client
def a_shape_that_is_not_that_of_the_data_is_refused(client):
    answers = []
    for shape in ([2, 16], [1, 8], [1, -1], [2**31, 2**33], [16]):
        inputs = pair(client)
        inputs[0].set_shape(shape)
        answers.append([shape, refusal(client.infer, "simple", inputs)])
    return answers


@each_client
def outputs_that_are_not_there_are_refused(client):
    wanted = [[client.output("nope")], [client.output("OUTPUT0"), client.output("nope")]]
    return [refusal(client.infer, "simple", pair(client), outputs=outputs) for outputs in wanted]


@each_client
def reserved_parameters_are_refused_by_the_client(client):
    return [refusal(client.infer, "simple", pair(client), parameters={name: 1}) for name in ("sequence_id", "priority", "binary_data_output", "triton_x")]


@each_client
def a_sequence_number_for_a_model_without_sequences_is_taken_or_refused(client):
    return asked(lambda: told(client.infer("simple", pair(client), sequence_id=5, sequence_start=True)))


@each_client
def what_comes_after_a_refusal_is_answered(client):
    answers = []
    for _ in range(5):
        answers.append(refusal(client.infer, "simple", [client.input("INPUT0", FIRST)]))
        answers.append(refusal(client.get_model_config, "nope"))
        answers.append(told(client.infer("simple", pair(client))))
    return answers
