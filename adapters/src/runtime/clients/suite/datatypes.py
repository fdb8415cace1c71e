"""Every datatype there and back, in every encoding that it has."""

import numpy as np
from checks import clients_of, each_client
from clients import asked, refusal, told

DTYPES = {
    "FP32": np.float32, "FP64": np.float64, "FP16": np.float16, "BOOL": bool, "STRING": np.object_,
    **{f"{sign}INT{bits}": np.dtype(f"{sign.lower()}int{bits}") for sign in ("", "U") for bits in (8, 16, 32, 64)},
}


def extremes(dtype):
    """The smallest and the largest value of a type."""
    if dtype == np.object_:
        return [["", "größer, \n and \""]]
    if dtype is bool:
        return [[False, True]]
    limits = np.iinfo(dtype) if np.issubdtype(dtype, np.integer) else np.finfo(dtype)
    return [[limits.min, limits.max]]


def all_types(client, **options):
    made = []
    for name, dtype in DTYPES.items():
        rows = np.array(extremes(dtype), dtype=dtype)
        made.append(client.input(name, rows, **({} if name == "FP16" else options)))
    return made


@each_client
def the_limits_of_each_datatype_come_back(client):
    result = client.infer("types", all_types(client))
    for name, dtype in DTYPES.items():
        came = result.as_numpy(f"{name}_out")
        assert came.dtype == dtype, f"{name} came as {came.dtype}"
        assert name == "STRING" or np.array_equal(came, np.array(extremes(dtype), dtype=dtype)), f"{name} came as {came}"
    return told(result)


@clients_of("http", "http.aio")
def the_limits_of_each_datatype_come_back_as_json(client):
    wanted = [client.output(f"{name}_out", binary_data=name == "FP16") for name in DTYPES]
    return told(client.infer("types", all_types(client, binary_data=False), outputs=wanted))


@clients_of("http", "http.aio")
def half_precision_is_refused_as_json(client):
    wanted = [client.output("FP16_out", binary_data=False)]
    return refusal(client.infer, "types", all_types(client), outputs=wanted)


@each_client
def infinities_and_nan_come_back(client):
    odd = np.array([np.inf, -np.inf, np.nan, -0.0], dtype=np.float32)
    result = client.infer("flat", [client.input("x", odd)])
    assert result.as_numpy("y").tobytes() == odd.tobytes()
    return str(told(result))


@clients_of("http", "http.aio")
def infinities_and_nan_are_written_in_json(client):
    odd = np.array([np.inf, -np.inf, np.nan, -0.0], dtype=np.float32)
    return str(told(client.infer("flat", [client.input("x", odd)], outputs=[client.output("y", binary_data=False)])))


@each_client
def texts_and_bytes_come_back(client):
    texts = np.array([["a", "", "ö", "x" * 100_000], ["日本", "\n\t", "\"\\", "0"]], dtype=np.object_)
    result = client.infer("simple_identity", [client.input("INPUT0", texts)])
    assert [[one.decode() for one in row] for row in result.as_numpy("OUTPUT0")] == texts.tolist()
    as_bytes = np.array([[b"bytes", "\u00fc".encode()]], dtype=np.object_)
    fixed = np.array([[b"abc", b"d"]])
    return [told(result)["head"]] + [told(client.infer("simple_identity", [client.input("INPUT0", one)])) for one in (as_bytes, fixed)]


@clients_of("http", "http.aio")
def texts_come_back_as_json(client):
    texts = np.array([["a", "", "ö\u2028", "\x01\x7f/"]], dtype=np.object_)
    made = client.input("INPUT0", texts, binary_data=False)
    return told(client.infer("simple_identity", [made], outputs=[client.output("OUTPUT0", binary_data=False)]))


@each_client
def bytes_that_are_no_text_come_back_or_are_refused(client):
    return [asked(lambda: told(client.infer("simple_identity", [client.input("INPUT0", np.array([[one]], dtype=np.object_))]))) for one in (b"a\0b", b"\xff")]


@each_client
def numbers_in_texts_are_added_and_subtracted(client):
    first = np.array([[str(one) for one in range(16)]], dtype=np.object_)
    ones = np.array([["1"] * 16], dtype=np.object_)
    result = client.infer("simple_string", [client.input("INPUT0", first), client.input("INPUT1", ones)])
    assert [int(one) for one in result.as_numpy("OUTPUT0")[0]] == [one + 1 for one in range(16)]
    return told(result)


@each_client
def small_integers_wrap_around(client):
    full = np.full((1, 16), 127, dtype=np.int8)
    return told(client.infer("simple_int8", [client.input("INPUT0", full), client.input("INPUT1", full)]))
