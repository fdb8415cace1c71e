"""The texts that stand beside the models in a release: the same in every one of them."""

ROUTE = (
    '{"route":"conch/v1","model":"reviews","rules":[{"host":"*","path":"/v2/models/reviews"}],'
    '"timeoutMs":2000,"retries":0,"mirror":"absent","priorities":"absent"}\n'
)

WHEEL = "nvidia_pytriton-0.7.0-py3-none-manylinux_2_35_x86_64.whl"
WHEEL_SHA256 = "21f063ff93bb426d0c06b7a55e7eb9efcfe62c0dddd9a908e9877e18710128df"

TEXT = ("TEXT", "STRING", 1)
IDS = ("IDS", "INT64", 24)
PROBABILITIES = ("PROBABILITIES", "FP32", 2)
LABEL = ("LABEL", "STRING", 1)
SCORE = ("SCORE", "FP32", 1)

ENSEMBLE = """\
# What clients call: text in, label out. It runs the three models beside it, one after the other.
name: "reviews"
platform: "ensemble"
max_batch_size: 16
{tensors}
ensemble_scheduling {{
  step [
    {{
      model_name: "reviews_tokens"
      model_version: -1
      input_map {{ key: "TEXT" value: "TEXT" }}
      output_map {{ key: "IDS" value: "ids" }}
    }},
    {{
      model_name: "reviews_classifier"
      model_version: -1
      input_map {{ key: "IDS" value: "ids" }}
      output_map {{ key: "PROBABILITIES" value: "probabilities" }}
    }},
    {{
      model_name: "reviews_labels"
      model_version: -1
      input_map {{ key: "PROBABILITIES" value: "probabilities" }}
      output_map {{ key: "LABEL" value: "LABEL" }}
      output_map {{ key: "SCORE" value: "SCORE" }}
    }}
  ]
}}

# A release holds exactly one version, so nothing starts to serve because a folder appeared.
version_policy {{ specific {{ versions: [ 1 ] }} }}
"""

STEP = """\
# {says}
name: "{name}"
backend: "{backend}"
max_batch_size: 16
{tensors}
version_policy {{ specific {{ versions: [ 1 ] }} }}
instance_group [ {{ count: 1 kind: KIND_CPU }} ]

# Batch what is waiting already, but never wait for more; and refuse early what would be answered late.
dynamic_batching {{
  max_queue_delay_microseconds: 0
  default_queue_policy {{ max_queue_size: 256 }}
}}
"""

CONFIGS = {
    "reviews": lambda: ENSEMBLE.format(tensors=tensors([TEXT], [LABEL, SCORE])),
    "reviews_tokens": lambda: step("reviews_tokens", "python", "Words to numbers, by the vocabulary beside model.py.", [TEXT], [IDS]),
    "reviews_classifier": lambda: step("reviews_classifier", "onnxruntime", "Numbers to probabilities: the trained part.", [IDS], [PROBABILITIES]),
    "reviews_labels": lambda: step("reviews_labels", "python", "Probabilities to a label and a score.", [PROBABILITIES], [LABEL, SCORE]),
}


def step(name: str, backend: str, says: str, takes: list, gives: list) -> str:
    return STEP.format(name=name, backend=backend, says=says, tensors=tensors(takes, gives))


def tensors(takes: list, gives: list) -> str:
    line = lambda kind, tensor: f'{kind} [ {{ name: "{tensor[0]}" data_type: TYPE_{tensor[1]} dims: [ {tensor[2]} ] }} ]\n'
    return "\n" + "".join(line("input", one) for one in takes) + "".join(line("output", one) for one in gives)


def contract(health_case: str) -> str:
    return f"""\
contract: conch/v1
model: reviews
artifact:
  format: ensemble
  # An ensemble has no file of its own, but Triton wants its version's folder to be there.
  files: [1/.gitkeep]
  models: {{ reviews_classifier: [1/model.onnx] }}
io:
  # without the batch dimension
  inputs: [{{ name: TEXT, datatype: BYTES, shape: [1] }}]
  outputs: [{{ name: LABEL, datatype: BYTES, shape: [1] }}, {{ name: SCORE, datatype: FP32, shape: [1] }}]
runtime:
  triton: '24.10'
  backend: ensemble
  # the real thing this release is meant for: the wheel that carries tritonserver 2.51.0
  wheel: {{ name: nvidia-pytriton, version: 0.7.0, file: {WHEEL}, digest: 'sha256:{WHEEL_SHA256}' }}
  image: absent
  tensorrt: absent
  # what comes before and after the artifact: a part of its own, which can change without it
  processing:
    reviews_tokens: [1/model.py, 1/tokenizer.py, 1/vocabulary.txt]
    reviews_labels: [1/model.py]
resources: {{ gpu: {{ class: cpu, count: 0 }}, memory: 1GiB, cpu: 1, load: 30s }}
shapes: {{ batch: {{ min: 1, max: 16 }}, bytes: 65536, mix: [{{ batch: 1, share: 1 }}] }}
health: {{ request: golden, case: {health_case}, within: 1s }}
rollout:
  steps: [25, 50]
  soak: 4s
  keep: 10m
  deadline: 3m
  gates:
    p99: {{ limit: 250ms, requests: 150 }}
    errors: {{ limit: 1%, requests: 150 }}
    queue: {{ limit: 100ms, requests: 150 }}
    correctness: {{ accuracy: 0.7, perClass: 0.6, worseThanStable: 0.03 }}
owner: {{ team: language, contact: language@example.com, escalation: [language-oncall@example.com, platform-oncall@example.com] }}
labels: {{ team: language, tier: demo }}
performance: {{ rate: 40, arrival: poisson, p99: 250ms, queue: 100ms, gpu: cpu }}
"""
