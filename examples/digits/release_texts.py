"""The texts that stand beside the model in a release. Only the output's width ever differs."""

LABELS = "zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n"

ROUTE = (
    '{"route":"conch/v1","model":"digits","rules":[{"host":"*","path":"/v2/models/digits"}],'
    '"timeoutMs":2000,"retries":0,"mirror":"absent","priorities":"absent"}\n'
)


WHEEL = "nvidia_pytriton-0.7.0-py3-none-manylinux_2_35_x86_64.whl"
WHEEL_SHA256 = "21f063ff93bb426d0c06b7a55e7eb9efcfe62c0dddd9a908e9877e18710128df"


def config(outputs: int) -> str:
    return f"""\
# Complete on purpose: what Triton would guess could change under an unchanged release.
name: "digits"
platform: "onnxruntime_onnx"
backend: "onnxruntime"

# One answer per image, so requests may share a batch; 16 matches the contract's largest batch.
max_batch_size: 16

# An 8x8 image, row by row, raw: 0 is paper, 16 is full ink. The model scales it itself, so no client has to.
input [
  {{
    name: "pixels"
    data_type: TYPE_FP32
    dims: [ 64 ]
  }}
]

# One probability per digit, adding up to 1. The labels let a client ask for the top classes by name.
output [
  {{
    name: "probabilities"
    data_type: TYPE_FP32
    dims: [ {outputs} ]
    label_filename: "labels.txt"
  }}
]

# A release holds exactly one version, so nothing starts to serve because a folder appeared.
version_policy {{
  specific {{
    versions: [ 1 ]
  }}
}}

# One instance on the CPU: the model is small enough that a second would only share the same cores.
instance_group [
  {{
    count: 1
    kind: KIND_CPU
  }}
]

# Batch what is waiting already, but never wait for more: at this size waiting costs more than it saves.
# The queue is bounded, so that overload is refused early instead of answered late.
dynamic_batching {{
  preferred_batch_size: [ 16 ]
  max_queue_delay_microseconds: 0
  default_queue_policy {{
    max_queue_size: 256
  }}
}}
"""


def contract(health_case: str) -> str:
    return f"""\
contract: conch/v1
model: digits
artifact: {{ format: onnx, files: [1/model.onnx] }}
io:
  # without the batch dimension
  inputs: [{{ name: pixels, datatype: FP32, shape: [64] }}]
  outputs: [{{ name: probabilities, datatype: FP32, shape: [10], labels: labels.txt }}]
runtime:
  triton: '24.10'
  backend: onnxruntime
  # the real thing this release is meant for: the wheel that carries tritonserver 2.51.0
  wheel: {{ name: nvidia-pytriton, version: 0.7.0, file: {WHEEL}, digest: 'sha256:{WHEEL_SHA256}' }}
  image: absent
  tensorrt: absent
  processing: absent
resources: {{ gpu: {{ class: cpu, count: 0 }}, memory: 512MiB, cpu: 1, load: 20s }}
shapes: {{ batch: {{ min: 1, max: 16 }}, bytes: 65536, mix: [{{ batch: 1, share: 1 }}] }}
health: {{ request: golden, case: {health_case}, within: 1s }}
rollout:
  steps: [10, 25, 50]
  soak: 4s
  keep: 10m
  deadline: 3m
  gates:
    p99: {{ limit: 40ms, requests: 300 }}
    errors: {{ limit: 0.5%, requests: 300 }}
    queue: {{ limit: 10ms, requests: 300 }}
    correctness: {{ accuracy: 0.85, perClass: 0.6, worseThanStable: 0.03 }}
owner: {{ team: vision, contact: vision@example.com, escalation: [vision-oncall@example.com, platform-oncall@example.com] }}
labels: {{ team: vision, tier: demo }}
performance: {{ rate: 150, arrival: poisson, p99: 40ms, queue: 10ms, gpu: cpu }}
"""
