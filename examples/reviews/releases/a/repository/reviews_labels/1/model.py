"""Probabilities to what people read: a label, and how sure it is."""

import numpy as np
import triton_python_backend_utils as pb_utils

LABELS = np.array([b"negative", b"positive"], np.object_)
POSITIVE_FROM = 0.5


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(pb_utils.get_input_tensor_by_name(request, "PROBABILITIES").as_numpy()) for request in requests]

    def answer(self, probabilities):
        best = (probabilities[:, 1] >= POSITIVE_FROM).astype(np.int64)
        score = np.take_along_axis(probabilities, best[:, None], axis=1).astype(np.float32)
        return pb_utils.InferenceResponse([pb_utils.Tensor("LABEL", LABELS[best][:, None]), pb_utils.Tensor("SCORE", score)])
