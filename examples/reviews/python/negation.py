"""Text to words: lower case, no punctuation, and a word that is denied is another word: "wasn't very good" is was not_very not_good."""

import re

WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
DENIES = {"not", "never", "no"}
REACH = 2  # so many words after a denial are denied


def words_of(text):
    words, left = [], 0
    for word in WORD.findall(text.lower().replace("’", "'")):
        if word in DENIES or word.endswith("n't"):
            left = REACH
            continue
        words.append(f"not_{word}" if left > 0 else word)
        left -= 1
    return words
