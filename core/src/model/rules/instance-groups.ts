import type { Finding } from '../../base/finding.ts';
import type { InstanceGroupJson, ModelConfigJson } from '../../pbtxt/model-config.ts';
import type { Subject } from '../subject.ts';
import type { Pen, Rule } from './rule.ts';

/** Instances run where they can, and say only what belongs there. */
export const instanceGroups: Rule = {
  explains: [
    {
      code: 'config/model-kind-gpus',
      severity: 'error',
      means: 'With KIND_MODEL the model chooses its devices itself.',
      triton: 'instance group … of model … has kind KIND_MODEL but specifies one or more GPUs',
      example: 'instance_group { kind: KIND_MODEL gpus: [ 0 ] }',
      fix: 'take gpus out, or write kind: KIND_GPU',
    },
    {
      code: 'config/cpu-kind-gpus',
      severity: 'error',
      means: 'Instances on the CPU have no GPUs. KIND_AUTO becomes KIND_CPU where one of the listed GPUs is missing.',
      triton: 'instance group … of model … has kind KIND_CPU but specifies one or more GPUs',
      example: 'instance_group { kind: KIND_CPU gpus: [ 0 ] }',
      fix: 'take gpus out, or write kind: KIND_GPU',
    },
    {
      code: 'config/gpu-missing',
      severity: 'error',
      means: 'The instances need a GPU, and the target has none that Triton may use.',
      triton: 'instance group … of model … has kind KIND_GPU but no GPUs are available',
      example: 'instance_group { kind: KIND_GPU }  # on a machine without GPU',
      fix: 'write kind: KIND_CPU, or leave the kind out',
    },
    {
      code: 'config/gpu-id',
      severity: 'error',
      means: 'There is no such GPU, or it is older than this Triton supports.',
      triton:
        'instance group … of model … specifies invalid or unsupported gpu id …. GPUs with at least the minimum required CUDA compute compatibility of … are: …',
      example: 'instance_group { kind: KIND_GPU gpus: [ 9 ] }',
      fix: 'name GPUs that are there, or leave gpus out: then every GPU gets instances',
    },
    {
      code: 'config/instance-kind-unknown',
      severity: 'error',
      means: 'Triton does not know this kind of instance.',
      triton: 'instance group … of model … has unexpected kind KIND_AUTO',
      example: 'instance_group { kind: 7 }',
      fix: 'write KIND_CPU, KIND_GPU or KIND_MODEL',
    },
    {
      code: 'config/profile-platform',
      severity: 'error',
      means: 'Optimisation profiles are for TensorRT engines.',
      triton: 'instance group … of model … and platform …specifies profile field which is only supported for TensorRT models',
      example: 'backend: "onnxruntime"\ninstance_group { profile: "0" }',
      fix: 'take profile out',
    },
    {
      code: 'config/profile-invalid',
      severity: 'error',
      means: 'A profile is the number of one of the engine’s optimisation profiles, as text.',
      triton: "unable to parse '…': stoi",
      example: 'backend: "tensorrt"\ninstance_group { profile: "first" }',
      fix: 'write its number, such as profile: "0"',
    },
    {
      code: 'config/profile-overflow',
      severity: 'error',
      means: 'The number is beyond 32 bits, and the whole server dies of it.',
      triton: 'terminate called after throwing an instance of std::out_of_range',
      example: 'backend: "tensorrt"\ninstance_group { profile: "99999999999" }',
      fix: 'write the number of a profile that there is',
    },
  ],
  *judge(subject, pen) {
    const { config } = subject;
    if (config.ensemble_scheduling) return;
    for (const [index, group] of (config.instance_group ?? []).entries()) yield* judgeGroup(group, index, subject, pen);
  },
  *needs({ config, conditions }) {
    if (config.ensemble_scheduling || Array.isArray(conditions.gpus)) return;
    for (const { kind, gpus = [] } of config.instance_group ?? []) {
      if (kind === 'KIND_GPU' && conditions.gpus === 'unknown') yield 'a GPU: say which one the target has, such as --target gpu=L4';
      if (gpus.some((gpu) => gpu > 0)) yield `a machine with the GPUs ${gpus.join(', ')}`;
      else if (gpus.length > 0 && kind !== 'KIND_CPU' && conditions.gpus === 'unknown')
        yield 'a GPU: say which one the target has, such as --target gpu=L4';
    }
  },
};

function* judgeGroup(group: InstanceGroupJson, index: number, { config, conditions }: Subject, pen: Pen): Iterable<Finding> {
  const path = ['instance_group', index];
  const { gpus = [], profile = [] } = group;
  const who = `instance group ${group.name || `${config.name}_${index}`} of model ${config.name}`;
  const kind = kindOn(group, conditions.gpus);
  if (kind === 'KIND_MODEL' && gpus.length > 0) {
    yield pen.at([...path, 'gpus'], 'config/model-kind-gpus', `${who} has kind KIND_MODEL but specifies one or more GPUs`);
  } else if (kind === 'KIND_CPU' && gpus.length > 0) {
    yield pen.at([...path, 'gpus'], 'config/cpu-kind-gpus', `${who} has kind KIND_CPU but specifies one or more GPUs`);
  } else if (kind === 'KIND_GPU') {
    const usable = conditions.gpus === 'some' ? 'unknown' : conditions.gpus;
    if (usable !== 'unknown' && usable.length === 0 && gpus.length === 0) {
      yield pen.at([...path, 'kind'], 'config/gpu-missing', `${who} has kind KIND_GPU but no GPUs are available`);
    }
    for (const [at, gpu] of gpus.entries()) {
      if (usable === 'unknown' ? gpu >= 0 : usable.includes(gpu)) continue;
      const minimum = conditions.server.minComputeCapability === 'default' ? 6 : conditions.server.minComputeCapability;
      const there = usable === 'unknown' ? '' : usable.join(', ');
      const says = `${who} specifies invalid or unsupported gpu id ${gpu}. GPUs with at least the minimum required CUDA compute compatibility of ${minimum.toFixed(6)} are: ${there}`;
      yield pen.at([...path, 'gpus', at], 'config/gpu-id', says);
    }
  } else if (kind === 'unknown-kind') {
    yield pen.at([...path, 'kind'], 'config/instance-kind-unknown', `${who} has unexpected kind KIND_AUTO`);
  }
  if (profile.length === 0) return;
  if (config.platform !== 'tensorrt_plan') {
    const says = `${who} and platform ${config.platform ?? ''}specifies profile field which is only supported for TensorRT models`;
    yield pen.at([...path, 'profile'], 'config/profile-platform', says);
    return;
  }
  for (const [at, one] of profile.entries()) yield* judgeProfile(one, [...path, 'profile', at], { who, config }, pen);
}

function* judgeProfile(
  profile: string,
  path: (string | number)[],
  { who, config }: { who: string; config: ModelConfigJson },
  pen: Pen,
): Iterable<Finding> {
  const digits = /^\s*([+-]?\d+)/.exec(profile)?.[1];
  if (profile === '') yield pen.at(path, 'config/profile-invalid', 'profile name must not be empty');
  else if (digits === undefined) yield pen.at(path, 'config/profile-invalid', `unable to parse '${profile}': stoi`);
  else if (Math.abs(Number(digits)) > 2 ** 31 - 1) {
    yield pen.at(path, 'config/profile-overflow', `the profile '${profile}' is beyond 32 bits, and Triton dies of it`);
  } else if (Number(digits) < 0) {
    const says = `${who} and platform ${config.platform} specifies invalid profile ${profile}. The field should contain the string representation of a non-negative integer.`;
    yield pen.at(path, 'config/profile-invalid', says);
  }
}

type Kind = 'KIND_GPU' | 'KIND_CPU' | 'KIND_MODEL' | 'unknown-kind' | 'depends';

/** KIND_AUTO is decided by the GPUs that are there. */
export function kindOn({ kind = 'KIND_AUTO', gpus = [] }: InstanceGroupJson, usable: readonly number[] | 'some' | 'unknown'): Kind {
  if (kind === 'KIND_GPU' || kind === 'KIND_CPU' || kind === 'KIND_MODEL') return kind;
  if (kind !== 'KIND_AUTO') return 'unknown-kind';
  if (usable === 'unknown' || usable === 'some') return gpus.some((gpu) => gpu < 0) ? 'KIND_CPU' : 'depends';
  return usable.length > 0 && gpus.every((gpu) => usable.includes(gpu)) ? 'KIND_GPU' : 'KIND_CPU';
}
