"""Looks at the written files only: do the releases behave as the README says? Prints the README's table.

    python examples/digits/check.py
"""

import hashlib
import json
import time
from pathlib import Path

import numpy as np
import onnxruntime

from digits_data import HEAVY_INK_MIN

HERE = Path(__file__).parent
SERVING = ["a", "b", "b-again", "c", "c2", "d"]


def main() -> None:
    traffic_pixels, traffic_labels = read_traffic()
    is_heavy = traffic_pixels.sum(axis=1) >= HEAVY_INK_MIN
    print("| release | held out | golden | traffic | lowest class | bytes | ms, light | ms, heavy | sha256 of model.onnx |")
    print("|---|---|---|---|---|---|---|---|---|")
    answers = {}
    for name in SERVING:
        session = open_session(model_path(name))
        golden_pixels, expected, golden_labels = read_golden(name)
        golden = ask(session, golden_pixels)
        assert np.allclose(golden, expected, atol=1e-4, rtol=1e-3), f"{name} does not give its golden answers"
        assert golden_pixels.sum(axis=1).max() < HEAVY_INK_MIN
        traffic = ask(session, traffic_pixels)
        answers[name] = np.concatenate([golden, traffic])
        labels = np.concatenate([golden_labels, traffic_labels])
        is_right = answers[name].argmax(axis=1) == labels
        per_class = [is_right[labels == digit].mean() for digit in range(10)]
        light_ms, heavy_ms = best_ms(session, traffic_pixels[~is_heavy][:1]), best_ms(session, traffic_pixels[is_heavy][:1])
        print(
            f"| `{name}` | {is_right.mean():.3f} | {is_right[:100].mean():.2f} | {is_right[100:].mean():.3f} "
            f"| {min(per_class):.2f} ({int(np.argmin(per_class))}) | {model_path(name).stat().st_size:,} "
            f"| {light_ms:.2g} | {heavy_ms:.2g} | `{sha256(name)[:12]}` |"
        )
    for name in ["b-again", "c", "c2"]:
        assert np.array_equal(answers[name], answers["b"]), f"{name} does not answer as b does"
    assert sha256("b-again") != sha256("b") == sha256("e-misfit")
    assert 0.20 <= is_heavy.mean() <= 0.25
    assert_cannot_serve()
    print(f"\nheavy images in the traffic: {is_heavy.sum()} of {len(is_heavy)}, {is_heavy.mean():.1%}; in the golden set: 0")


def assert_cannot_serve() -> None:
    try:
        open_session(model_path("e-truncated"))
        raise SystemExit("e-truncated loads, and should not")
    except onnxruntime.capi.onnxruntime_pybind11_state.InvalidProtobuf as error:
        print(f"\ne-truncated: {str(error).replace(str(HERE), '.')}")
    gives = open_session(model_path("e-misfit")).get_outputs()[0].shape
    config = model_path("e-misfit").parent.parent / "config.pbtxt"
    assert gives == ["batch", 10] and "dims: [ 12 ]" in config.read_text()
    print(f"e-misfit: the model gives {gives}, config.pbtxt says [ 12 ]")


def open_session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def ask(session: onnxruntime.InferenceSession, pixels: np.ndarray) -> np.ndarray:
    """In batches of up to 16, as the server would."""
    starts = range(0, len(pixels), 16)
    return np.concatenate([session.run(None, {"pixels": pixels[at : at + 16]})[0] for at in starts])


def best_ms(session: onnxruntime.InferenceSession, pixels: np.ndarray) -> float:
    """The fastest of 30 runs: what the model costs when nobody else wants the core."""

    def once() -> float:
        started = time.perf_counter()
        session.run(None, {"pixels": pixels})
        return (time.perf_counter() - started) * 1000

    return min(once() for _ in range(30))


def read_golden(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    cases = json.loads((HERE / "releases" / name / "golden.json").read_text())["cases"]
    pixels = [case["inputs"]["pixels"]["data"] for case in cases]
    expected = [case["expect"]["probabilities"]["data"] for case in cases]
    return np.array(pixels, np.float32), np.array(expected), np.array([case["label"] for case in cases])


def read_traffic() -> tuple[np.ndarray, np.ndarray]:
    images = json.loads((HERE / "traffic.json").read_text())["images"]
    return np.array([image["pixels"] for image in images], np.float32), np.array([image["label"] for image in images])


def model_path(name: str) -> Path:
    return HERE / "releases" / name / "repository" / "digits" / "1" / "model.onnx"


def sha256(name: str) -> str:
    return hashlib.sha256(model_path(name).read_bytes()).hexdigest()


main()
