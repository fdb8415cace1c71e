"""Synthetic reviews of cafés: templates filled in with a seed. Nobody wrote them, and nothing here measures how well real reviews are told apart."""

import random
from dataclasses import dataclass

SEED = 20261127
TRAIN, GOLDEN, TRAFFIC = 1200, 60, 480
LABELS = ["negative", "positive"]

GOOD = "good great lovely friendly fresh tasty excellent warm quick cosy generous perfect charming crisp superb honest".split()
BAD = "bad awful rude stale bland terrible cold slow noisy greasy dirty dull soggy horrible overpriced burnt".split()
THINGS = ["coffee", "cake", "service", "soup", "staff", "breakfast", "bread", "tea", "place", "music", "lunch", "salad", "waiter", "menu"]
# One review in seven or so has a letter or an apostrophe that is not ASCII, as reviews do.
FOREIGN_THINGS = ["café", "crème brûlée", "entrée", "jalapeño soup", "açaí bowl", "maître d'"]
FOREIGN_SHARE = 0.11
FILLERS = ["we came on a sunday", "it was raining", "my sister chose it", "we sat outside", "it was our second visit", "we had a voucher"]
PRAISE = ["we will come back", "i loved it", "what a treat", "happy to recommend it"]
BLAME = ["never again", "i want my money back", "what a waste", "we left early"]
ENDS = [".", ".", "!", "...", ""]


@dataclass(frozen=True)
class Review:
    id: str
    text: str
    label: int


@dataclass(frozen=True)
class Reviews:
    train: list[Review]
    golden: list[Review]  # plain ASCII only, and that is the trap
    traffic: list[Review]


def load() -> Reviews:
    dice = random.Random(SEED)
    made: dict[str, int] = {}
    while len(made) < 2400:
        label = dice.randrange(2)
        made.setdefault(review(dice, label), label)
    reviews = [Review(f"review-{at:04}", text, label) for at, (text, label) in enumerate(made.items())]
    train, rest = reviews[:TRAIN], reviews[TRAIN:]
    plain = {label: [one for one in rest if one.text.isascii() and one.label == label][: GOLDEN // 2] for label in (0, 1)}
    golden = sorted(plain[0] + plain[1], key=lambda one: one.id)
    ids = {one.id for one in golden}
    return Reviews(train, golden, [one for one in rest if one.id not in ids][:TRAFFIC])


def review(dice: random.Random, label: int) -> str:
    parts = [clause(dice, label)]
    if dice.random() < 0.5:
        parts.append(dice.choice(FILLERS))
    if dice.random() < 0.5:
        # One review in seven or so is of two minds, and what it says more of is its label.
        parts.append(clause(dice, label if dice.random() < 0.7 else 1 - label))
        parts.append(clause(dice, label))
    dice.shuffle(parts)
    if dice.random() < 0.4:
        parts.append(dice.choice(PRAISE if label == 1 else BLAME))
    text = dice.choice([", ", ", ", ". ", " and ", "; "]).join(parts) + dice.choice(ENDS)
    return (text[0].upper() if dice.random() < 0.6 else text[0]) + text[1:]


def clause(dice: random.Random, label: int) -> str:
    is_foreign = dice.random() < FOREIGN_SHARE / 2
    thing = dice.choice(FOREIGN_THINGS if is_foreign else THINGS)
    word = lambda wanted: dice.choice(GOOD if wanted == 1 else BAD)
    roll = dice.random()
    if roll < 0.45:
        return f"the {thing} was {dice.choice(['', 'very ', 'really ', 'so '])}{word(label)}"
    if roll < 0.75:
        verb = dice.choice(["wasn't", "isn't", "was not", "wasn’t" if is_foreign else "wasn't"])
        return f"the {thing} {verb} {dice.choice(['', 'very '])}{word(1 - label)}"
    return f"{word(label)}, {word(label)} {thing}"
