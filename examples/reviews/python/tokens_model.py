"""Reviews to numbers: each word its place in the vocabulary. A word that is not there falls into one of a few buckets, always the same one."""

import zlib
from pathlib import Path

import numpy as np
from tokenizer import words_of

LENGTH = 24  # longer reviews are cut, shorter ones padded
PAD, BUCKETS = 0, 32
FIRST_WORD = 1 + BUCKETS


class Vocabulary:
    def __init__(self, text):
        self.ids = {word: FIRST_WORD + at for at, word in enumerate(text.split("\n")) if word}

    def ids_of(self, text):
        ids = [self.id_of(word) for word in words_of(text)][:LENGTH]
        return ids + [PAD] * (LENGTH - len(ids))

    def id_of(self, word):
        return self.ids.get(word) or 1 + zlib.crc32(word.encode()) % BUCKETS


class TritonPythonModel:
    def initialize(self, args):
        self.vocabulary = Vocabulary(Path(__file__).with_name("vocabulary.txt").read_text(encoding="utf-8"))

    def execute(self, requests):
        import triton_python_backend_utils as pb_utils  # it is there only inside of Triton

        answers = []
        for request in requests:
            texts = pb_utils.get_input_tensor_by_name(request, "TEXT").as_numpy().reshape(-1)
            try:
                ids = np.array([self.vocabulary.ids_of(text.decode("utf-8")) for text in texts], np.int64)
                answers.append(pb_utils.InferenceResponse([pb_utils.Tensor("IDS", ids)]))
            except UnicodeDecodeError as error:
                # The caller's mistake, and of this one caller only: those who share the batch get their answers.
                answers.append(pb_utils.InferenceResponse(error=pb_utils.TritonError(f"TEXT is not UTF-8: {error}", pb_utils.TritonError.INVALID_ARG)))
        return answers
