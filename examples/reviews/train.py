"""Trains the reviews models and writes every release. Run again, it writes the same bytes again.

    python examples/reviews/train.py [folder to write to, by default this one]
"""

import os

# One thread and one set of CPU kernels, chosen before numpy loads: otherwise the last bits depend on the machine.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OPENBLAS_CORETYPE="Haswell")

import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

import release_texts
import reviews_data
from graph import Weights, classifier
from reviews_data import LABELS, Review, Reviews

HERE = Path(__file__).parent
VECTOR, ROUNDS, RATE, DECAY, SEEN_MIN = 8, 300, 0.02, 1e-4, 3


@dataclass(frozen=True)
class Release:
    """What differs between releases: files of the tokenizer's folder. The trained part is the same in all of them."""

    name: str
    tokenizer: str  # tokenizer.py
    tokens_model: str  # model.py
    vocabulary: list[str]

    @property
    def files(self) -> dict[str, str]:
        return {"model.py": self.tokens_model, "tokenizer.py": self.tokenizer, "vocabulary.txt": "".join(f"{word}\n" for word in self.vocabulary)}


def main(to: Path) -> None:
    reviews = reviews_data.load()
    model, spaces, negation, labels = (text_of(name) for name in ("tokens_model", "spaces", "negation", "labels_model"))
    vocabulary = vocabulary_of(reviews.train, negation)
    a, b = Release("a", spaces, model, vocabulary), Release("b-tokenizer", negation, model, vocabulary)
    releases = [
        a,
        b,
        # Somebody has moved the first word to the end of the file: every word has its neighbour's number.
        Release("c-broken-tokenizer", negation, model, [*vocabulary[1:], vocabulary[0]]),
        # "Reviews are plain English": true of every golden case, and of nine in ten that clients send.
        Release("c2-ascii-tokenizer", negation.replace("    words, left", '    text.encode("ascii")\n    words, left'), model, vocabulary),
        # It ran on the machine where it was written: there that package was installed.
        Release("d-dying-tokenizer", negation.replace("import re\n", "import re\n\nimport sentencepiece\n"), model, vocabulary),
    ]
    assert len({json.dumps(release.files) for release in releases}) == len(releases)
    weights = train(reviews.train, b)
    assert_as_told(reviews, {release.name: release for release in releases}, weights)
    onnx = classifier(weights, tokens(b).LENGTH)
    write(to / "traffic.json", traffic_json(reviews.traffic))
    for release in releases:
        # What the team expects, which is not what a broken release answers.
        golden = golden_json(reviews.golden, forward(weights, ids(release if release is a else b, reviews.golden)))
        write_release(to / "releases" / release.name, release, {"onnx": onnx, "labels": labels, "golden": golden, "health": reviews.golden[0].id})
    print(f"{len(vocabulary)} words, {len(onnx)} bytes of ONNX")


def vocabulary_of(train: list[Review], tokenizer: str) -> list[str]:
    words_of = module("tokenizer", tokenizer).words_of
    counts = Counter(word for one in train for word in words_of(one.text))
    return sorted(word for word, count in counts.items() if count >= SEEN_MIN)


def tokens(release: Release) -> ModuleType:
    """The very model.py of a release, with the very tokenizer.py."""
    sys.modules["tokenizer"] = module("tokenizer", release.tokenizer)
    return module("model", release.tokens_model)


def module(name: str, source: str) -> ModuleType:
    made = ModuleType(name)
    exec(source, made.__dict__)
    return made


def ids(release: Release, reviews: list[Review]) -> np.ndarray:
    vocabulary = tokens(release).Vocabulary(release.files["vocabulary.txt"])
    return np.array([vocabulary.ids_of(one.text) for one in reviews], np.int64)


def train(reviews: list[Review], release: Release) -> Weights:
    """Plain gradient descent with momentum (Adam), all reviews at a time, in FP64."""
    size = tokens(release).FIRST_WORD + len(release.vocabulary)
    shares = shares_of(ids(release, reviews), size)
    wanted = np.eye(2)[[one.label for one in reviews]]
    dice = np.random.default_rng(reviews_data.SEED)
    vectors, dense, bias = dice.normal(0, 0.1, (size, VECTOR)), dice.normal(0, 0.1, (VECTOR, 2)), np.zeros(2)
    values, steps = [vectors, dense, bias], [(np.zeros_like(one), np.zeros_like(one)) for one in (vectors, dense, bias)]
    for at in range(1, ROUNDS + 1):
        means = shares @ vectors
        off = (softmax(means @ dense + bias) - wanted) / len(reviews)
        slopes = [shares.T @ (off @ dense.T) + DECAY * vectors, means.T @ off + DECAY * dense, off.sum(axis=0)]
        for value, slope, (first, second) in zip(values, slopes, steps):
            first += 0.1 * (slope - first)
            second += 0.001 * (slope**2 - second)
            value -= RATE * (first / (1 - 0.9**at)) / (np.sqrt(second / (1 - 0.999**at)) + 1e-8)
    return Weights(*(one.astype(np.float32) for one in values))


def forward(weights: Weights, ids: np.ndarray) -> np.ndarray:
    """The model in numpy and FP64: where expected answers come from, so that no runtime vouches for itself."""
    means = shares_of(ids, len(weights.vectors)) @ weights.vectors.astype(np.float64)
    return softmax(means @ weights.dense.astype(np.float64) + weights.bias)


def shares_of(ids: np.ndarray, size: int) -> np.ndarray:
    """How much of each review each word is; padding is none of it."""
    counts = np.stack([np.bincount(row, minlength=size) for row in ids]).astype(np.float64)
    counts[:, 0] = 0
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def assert_as_told(reviews: Reviews, releases: dict[str, Release], weights: Weights) -> None:
    """The stories in the README hold, or nothing is written. Prints its table."""
    right = {}
    for name in ("a", "b-tokenizer", "c-broken-tokenizer"):
        right[name] = [accuracy(weights, ids(releases[name], part), part) for part in (reviews.golden, reviews.traffic)]
        print(f"{name:20} golden {right[name][0]:.3f}  traffic {right[name][1]:.3f}")
    share = sum(not one.text.isascii() for one in reviews.traffic) / len(reviews.traffic)
    print(f"{share:.3f} of the traffic is not ASCII")
    assert 0.75 <= min(right["a"]) and max(right["a"]) + 0.03 <= min(right["b-tokenizer"])
    assert max(right["c-broken-tokenizer"]) <= 0.65
    assert all(one.text.isascii() for one in reviews.golden) and 0.08 <= share <= 0.2


def accuracy(weights: Weights, ids: np.ndarray, reviews: list[Review]) -> float:
    return float((forward(weights, ids).argmax(axis=1) == [one.label for one in reviews]).mean())


def write_release(folder: Path, release: Release, same: dict) -> None:
    repository = folder / "repository"
    for model, config in release_texts.CONFIGS.items():
        write(repository / model / "config.pbtxt", config())
    for name, text in release.files.items():
        write(repository / "reviews_tokens" / "1" / name, text)
    write(repository / "reviews" / "1" / ".gitkeep", "")
    write(repository / "reviews_classifier" / "1" / "model.onnx", same["onnx"])
    write(repository / "reviews_labels" / "1" / "model.py", same["labels"])
    write(folder / "contract.yaml", release_texts.contract(same["health"]))
    write(folder / "route.json", release_texts.ROUTE)
    write(folder / "golden.json", same["golden"])


def golden_json(golden: list[Review], expected: np.ndarray) -> str:
    outputs = {"LABEL": {"datatype": "BYTES", "tolerance": "exact"}, "SCORE": {"datatype": "FP32", "tolerance": {"absolute": 1e-4, "relative": 1e-3}}}
    cases = [
        {
            "id": one.id,
            "inputs": {"TEXT": {"datatype": "BYTES", "shape": [1, 1], "data": [one.text]}},
            "expect": {
                "LABEL": {"shape": [1, 1], "data": [LABELS[int(shares[1] >= 0.5)]]},
                "SCORE": {"shape": [1, 1], "data": [round(float(shares.max()), 7)]},
            },
            "label": LABELS[one.label],
        }
        for one, shares in zip(golden, expected)
    ]
    return one_a_line({"golden": "conch/v1", "model": "reviews", "outputs": outputs}, "cases", cases)


def traffic_json(traffic: list[Review]) -> str:
    return one_a_line({"source": "synthetic: reviews_data.py"}, "reviews", [{"id": one.id, "text": one.text, "label": LABELS[one.label]} for one in traffic])


def one_a_line(head: dict, name: str, rows: list[dict]) -> str:
    """Compact JSON that still gives readable differences."""
    return f'{compact(head)[:-1]},"{name}":[\n' + ",\n".join(map(compact, rows)) + "\n]}\n"


def compact(value: dict) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def text_of(name: str) -> str:
    return (HERE / "python" / f"{name}.py").read_text(encoding="utf-8")


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
