"""What a server says of itself and of its models."""

from checks import each_client, clients_of
from clients import InferenceServerException, refusal, settled
from inference import pair

MODELS = ("simple", "simple_string", "types", "flat", "matrix", "digits", "pair", "cached", "versions", "simple_sequence", "simple_dyna_sequence")


@each_client
def server_and_models_are_alive_and_ready(client):
    assert client.is_server_live() is True and client.is_server_ready() is True and client.is_model_ready("simple") is True
    asked = (("simple", "1"), ("simple", "2"), ("nope",), ("unreadable",), ("versions", "1"), ("versions", "2"), ("versions", "3"))
    return [[*model, client.is_model_ready(*model)] for model in asked]


@each_client
def a_version_that_is_no_number_is_refused_or_not_ready(client):
    try:
        return client.is_model_ready("simple", "x")
    except InferenceServerException as error:
        return [error.status(), error.message()]


@each_client
def the_server_tells_name_version_and_extensions(client):
    return client.read("get_server_metadata")


@each_client
def models_tell_their_tensors(client):
    return {name: client.read("get_model_metadata", name) for name in MODELS}


@each_client
def models_tell_their_configuration(client):
    configs = {name: client.read("get_model_config", name) for name in MODELS}
    # The real one runs ours on its Python backend, and says so.
    for config in configs.values():
        (config if client.is_http else config["config"]).pop("runtime", None)
    return configs


@clients_of("grpc", "grpc.aio")
def answers_are_had_as_json(client):
    return [
        client.get_server_metadata(as_json=True),
        client.get_model_metadata("simple", "1", as_json=True),
        client.get_model_config("flat", as_json=True)["config"]["input"],
        client.is_server_live(headers={"a": "b"}),
    ]


@each_client
def what_is_not_there_has_no_metadata_configuration_or_statistics(client):
    methods = ("get_model_metadata", "get_model_config", "get_inference_statistics")
    return [[method, *model, refusal(getattr(client, method), *model)] for method in methods for model in (("nope",), ("simple", "9"), ("versions", "2"))]


@each_client
def the_index_lists_every_model(client):
    answer = client.read("get_model_repository_index")
    return sorted(answer if client.is_http else answer["models"], key=lambda model: (model["name"], model.get("version", "")))


@each_client
def statistics_count_what_was_asked(client):
    was = settled(lambda: counted(client))
    client.infer("simple_int8", int8(client))
    try:
        client.infer("simple_int8", pair(client))
    except InferenceServerException:
        pass
    (before, _), (after, durations) = was, settled(lambda: counted(client), was)
    assert all(int(one) > 0 for one in durations), durations
    return {name: after[name] - before.get(name, 0) for name in after}


def int8(client):
    import numpy as np

    row = np.ones((1, 16), np.int8)
    return pair(client, row, row)


def counted(client):
    answer = client.read("get_inference_statistics", "simple_int8", "1")["model_stats"][0]
    stats = answer["inference_stats"]
    counts = {name: int(one.get("count", 0)) for name, one in stats.items()}
    counts |= {name: int(answer.get(name, 0)) for name in ("inference_count", "execution_count")}
    counts |= {f"batches of {batch['batch_size']}": int(batch["compute_infer"].get("count", 0)) for batch in answer.get("batch_stats", [])}
    durations = [stats[name].get("ns", 1) for name in ("success", "queue", "compute_input", "compute_infer", "compute_output") if counts["success"]]
    return counts, durations


@each_client
def statistics_of_all_models_are_listed(client):
    listed = [[one["name"], one["version"], *sorted(one)] for one in client.read("get_inference_statistics")["model_stats"]]
    return [listed, [one["version"] for one in client.read("get_inference_statistics", "versions")["model_stats"]]]
