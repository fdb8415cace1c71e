"""The 1,797 images, split once: what trains, what is golden, what clients send."""

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = 1
HELD_OUT = 597
GOLDEN_PER_CLASS = 10

# Ink is the sum of an image's 64 pixels; they range from 185 to 433.
# The golden cases were drawn from clean, light scans only. That is the gap that release c2 falls through.
GOLDEN_INK_MAX = 325
HEAVY_INK_MIN = 345


@dataclass(frozen=True)
class Images:
    ids: list[str]
    pixels: np.ndarray  # integers 0..16, one row of 64 an image
    labels: np.ndarray

    def at(self, rows: np.ndarray) -> "Images":
        return Images([self.ids[row] for row in rows], self.pixels[rows], self.labels[rows])

    @property
    def ink(self) -> np.ndarray:
        return self.pixels.sum(axis=1)


@dataclass(frozen=True)
class Digits:
    train: Images
    held_out: Images
    golden: Images
    traffic: Images


def load() -> Digits:
    everything = load_digits()
    pixels, labels = everything.data.astype(np.int64), everything.target
    train_rows, held_out_rows = train_test_split(
        np.arange(len(labels)), test_size=HELD_OUT, random_state=SEED, stratify=labels
    )
    train = named("train", pixels[train_rows], labels[train_rows])
    held_out = named("held-out", pixels[held_out_rows], labels[held_out_rows])
    golden_rows = draw_golden(held_out)
    traffic_rows = np.setdiff1d(np.arange(HELD_OUT), golden_rows)
    return Digits(train, held_out, held_out.at(golden_rows), held_out.at(traffic_rows))


def named(prefix: str, pixels: np.ndarray, labels: np.ndarray) -> Images:
    return Images([f"{prefix}-{row:04d}" for row in range(len(labels))], pixels, labels)


def draw_golden(held_out: Images) -> np.ndarray:
    dice = np.random.default_rng(SEED)
    is_light = held_out.ink <= GOLDEN_INK_MAX
    drawn = [
        dice.choice(np.flatnonzero(is_light & (held_out.labels == digit)), GOLDEN_PER_CLASS, replace=False)
        for digit in range(10)
    ]
    return np.sort(np.concatenate(drawn))
