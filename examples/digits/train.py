"""Trains the digit models and writes every release. Run again, it writes the same bytes again.

    python examples/digits/train.py [folder to write to, by default this one]
"""

import os

# One thread and one set of CPU kernels, chosen before numpy loads: otherwise the last bits depend on the machine.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OPENBLAS_CORETYPE="Haswell")

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

import graphs
import release_texts
from digits_data import GOLDEN_INK_MAX, HEAVY_INK_MIN, SEED, Digits, Images, load
from graphs import Layer

HERE = Path(__file__).parent
SOURCE = (
    "Optical Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak, 1998), UCI Machine Learning Repository, "
    "the test part as shipped with scikit-learn's load_digits"
)


@dataclass(frozen=True)
class Release:
    name: str
    onnx: bytes
    layers: list[Layer]  # what the expected answers are computed from
    outputs: int = 10  # what config.pbtxt says; the contract says 10


def main(to: Path) -> None:
    digits = load()
    weak, good = train_weak(digits.train), train_good(digits.train)
    releases = plan_releases(weak, good)
    assert_as_told(digits, releases)
    write(to / "traffic.json", traffic_json(digits.traffic))
    for release in releases:
        write_release(to / "releases" / release.name, release, digits.golden)
        print(f"{release.name:12} {len(release.onnx):>8} bytes")


def plan_releases(weak: list[Layer], good: list[Layer]) -> list[Release]:
    damaged = damage(good, 8)
    b = graphs.plain(good, "Two dense layers.")
    return [
        Release("a", graphs.plain(weak, "Logistic regression on 120 images."), weak),
        Release("b", b, good),
        Release("b-again", graphs.plain(good, "Two dense layers, exported again."), good),
        Release("c", graphs.slow(good, "Two dense layers, the long way round."), good),
        Release("c2", graphs.slow_if_heavy(good, HEAVY_INK_MIN, "Two dense layers, a long second look at heavy ink."), good),
        Release("d", graphs.plain(damaged, "Two dense layers."), damaged),
        Release("e-truncated", b[: len(b) * 60 // 100], good),
        Release("e-misfit", b, good, outputs=12),
    ]


def train_weak(train: Images) -> list[Layer]:
    """An honest first try: logistic regression on the few images there were labels for."""
    few, _ = train_test_split(np.arange(len(train.labels)), train_size=120, random_state=SEED, stratify=train.labels)
    fitted = LogisticRegression(C=1.0, max_iter=2000).fit(train.pixels[few] / 16, train.labels[few])
    layers = [layer(fitted.coef_.T, fitted.intercept_)]
    assert np.allclose(forward(layers, train.pixels), fitted.predict_proba(train.pixels / 16), atol=1e-5)
    return layers


def train_good(train: Images) -> list[Layer]:
    fitted = MLPClassifier((64,), alpha=1e-2, learning_rate_init=3e-3, max_iter=400, random_state=5)
    fitted.fit(train.pixels / 16, train.labels)
    layers = [layer(weights, bias) for weights, bias in zip(fitted.coefs_, fitted.intercepts_)]
    assert np.allclose(forward(layers, train.pixels), fitted.predict_proba(train.pixels / 16), atol=1e-5)
    return layers


def damage(layers: list[Layer], digit: int) -> list[Layer]:
    """What a bad export did: one column of the last layer came out with its sign flipped."""
    *first, last = layers
    weights = last.weights.copy()
    weights[:, digit] *= -1
    return [*first, Layer(weights, last.bias)]


def forward(layers: list[Layer], pixels: np.ndarray) -> np.ndarray:
    """The model in numpy and FP64: where expected answers come from, so that no runtime vouches for itself."""
    *hidden, last = layers
    values = pixels / 16
    for each in hidden:
        values = np.maximum(0, values @ each.weights.astype(np.float64) + each.bias)
    logits = values @ last.weights.astype(np.float64) + last.bias
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def layer(weights: np.ndarray, bias: np.ndarray) -> Layer:
    return Layer(weights.astype(np.float32), bias.astype(np.float32))


def assert_as_told(digits: Digits, releases: list[Release]) -> None:
    """The stories in the README hold, or nothing is written."""
    layers = {release.name: release.layers for release in releases}
    assert 0.88 <= accuracy(layers["a"], digits.held_out) <= 0.93
    assert accuracy(layers["b"], digits.held_out) >= 0.965
    assert 0.85 <= accuracy(layers["d"], digits.held_out) <= 0.90
    eights = digits.held_out.at(np.flatnonzero(digits.held_out.labels == 8))
    assert accuracy(layers["d"], eights) <= 0.05
    assert digits.golden.ink.max() <= GOLDEN_INK_MAX < HEAVY_INK_MIN
    assert 0.20 <= (digits.traffic.ink >= HEAVY_INK_MIN).mean() <= 0.25


def accuracy(layers: list[Layer], images: Images) -> float:
    return float((forward(layers, images.pixels).argmax(axis=1) == images.labels).mean())


def write_release(folder: Path, release: Release, golden: Images) -> None:
    model = folder / "repository" / "digits"
    write(model / "config.pbtxt", release_texts.config(release.outputs))
    write(model / "labels.txt", release_texts.LABELS)
    write(model / "1" / "model.onnx", release.onnx)
    write(folder / "contract.yaml", release_texts.contract(golden.ids[0]))
    write(folder / "route.json", release_texts.ROUTE)
    write(folder / "golden.json", golden_json(golden, forward(release.layers, golden.pixels)))


def golden_json(golden: Images, expected: np.ndarray) -> str:
    head = {
        "golden": "conch/v1",
        "model": "digits",
        "outputs": {"probabilities": {"datatype": "FP32", "tolerance": {"absolute": 1e-4, "relative": 1e-3}}},
    }
    cases = [
        {
            "id": id,
            "inputs": {"pixels": {"datatype": "FP32", "shape": [1, 64], "data": pixels.tolist()}},
            "expect": {"probabilities": {"shape": [1, 10], "data": probabilities.round(7).tolist()}},
            "label": int(label),
        }
        for id, pixels, label, probabilities in zip(golden.ids, golden.pixels, golden.labels, expected)
    ]
    return one_a_line(head, "cases", cases)


def traffic_json(traffic: Images) -> str:
    images = [
        {"id": id, "pixels": pixels.tolist(), "label": int(label)}
        for id, pixels, label in zip(traffic.ids, traffic.pixels, traffic.labels)
    ]
    return one_a_line({"source": SOURCE}, "images", images)


def one_a_line(head: dict, name: str, rows: list[dict]) -> str:
    """Compact JSON that still gives readable differences."""
    return f'{compact(head)[:-1]},"{name}":[\n' + ",\n".join(map(compact, rows)) + "\n]}\n"


def compact(value: dict) -> str:
    return json.dumps(value, separators=(",", ":"))


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
