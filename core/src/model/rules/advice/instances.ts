import type { Rule } from '../rule.ts';

/** Where instances run, and how the model gets warm. */
export const instanceAdvice: Rule = {
  explains: [
    {
      code: 'advice/no-warmup',
      severity: 'warning',
      means: 'The first requests of a new server pay for what is made lazily: kernels, memory, plans. Behind a GPU that takes seconds.',
      example: 'backend: "tensorrt"  # and no model_warmup',
      fix: 'write model_warmup with the shapes that clients send',
    },
    {
      code: 'advice/gpu-pinned',
      severity: 'warning',
      means: 'A GPU is named by its number: the model does not load on a machine with fewer.',
      example: 'instance_group { kind: KIND_GPU gpus: [ 3 ] }',
      fix: 'leave gpus out, and give the server its GPUs from outside',
    },
    {
      code: 'advice/instance-kind-open',
      severity: 'warning',
      means: 'The kind of the instances is left open: the same release runs on the GPU here and on the CPU there, without a word.',
      example: 'instance_group { count: 2 }',
      fix: 'write kind: KIND_GPU or KIND_CPU',
    },
    {
      code: 'advice/all-passive',
      severity: 'warning',
      means: 'Every instance group is passive: the model loads and never runs.',
      example: 'instance_group { passive: true }',
      fix: 'take passive out of one of them',
    },
    {
      code: 'advice/instance-count',
      severity: 'warning',
      means: 'A count below 1 becomes the default of the backend.',
      example: 'instance_group { count: 0 kind: KIND_CPU }',
      fix: 'write how many instances are meant',
    },
    {
      code: 'advice/instances-many',
      severity: 'warning',
      means: 'So many instances load one after the other, each with its memory, and a load may never end.',
      example: 'instance_group { count: 65536 }',
      fix: 'write a few per GPU or core',
    },
    {
      code: 'advice/sequence-slots-many',
      severity: 'warning',
      means:
        'A sequence batcher keeps a slot for every request of its largest batch, and for every instance: with a huge max_batch_size the server runs out of memory while loading.',
      triton: "terminate called after throwing an instance of 'std::bad_alloc'",
      example: 'max_batch_size: 2147483647\nsequence_batching { }',
      fix: 'lower max_batch_size to what is really batched',
    },
    {
      code: 'advice/sequence-without-control',
      severity: 'warning',
      means: 'Without control inputs the model cannot tell where a sequence starts or ends.',
      example: 'sequence_batching { }',
      fix: 'write control_input for start, ready, end or correlation id, as the model has them',
    },
  ],
  *judge({ config, written }, pen) {
    if (config.ensemble_scheduling) return;
    const groups = written.instance_group ?? [];
    const isLazy = ['tensorrt', 'onnxruntime', 'pytorch'].includes(config.backend ?? '');
    const onGpu = isLazy && groups.some(({ kind }) => kind === 'KIND_GPU');
    if (onGpu && !config.model_warmup?.length)
      yield pen.at(['instance_group'], 'advice/no-warmup', 'instances on a GPU, and no model_warmup');
    for (const [index, { kind, gpus = [], count = 1, passive }] of groups.entries()) {
      const path = ['instance_group', index];
      if (gpus.length > 0 && kind === 'KIND_GPU')
        yield pen.at([...path, 'gpus'], 'advice/gpu-pinned', `GPU ${gpus.join(', ')} is named by its number`);
      if (kind === undefined && !passive)
        yield pen.at(path, 'advice/instance-kind-open', 'the kind of the instances is left to the machine');
      if (count > 256) yield pen.at([...path, 'count'], 'advice/instances-many', `${count} instances load one after the other`);
      if (count < 1) yield pen.at([...path, 'count'], 'advice/instance-count', `a count of ${count} becomes the default of the backend`);
    }
    if (groups.length > 0 && groups.every(({ passive }) => passive)) {
      yield pen.at(['instance_group'], 'advice/all-passive', 'every instance group is passive, so the model never runs');
    }
    if (!config.sequence_batching) return;
    if ((config.max_batch_size ?? 0) > 1_000_000) {
      yield pen.at(
        ['max_batch_size'],
        'advice/sequence-slots-many',
        `a sequence batcher with ${config.max_batch_size} slots may not fit into memory`,
      );
    }
    if (!config.sequence_batching.control_input?.length && !config.sequence_batching.iterative_sequence) {
      yield pen.at(
        ['sequence_batching'],
        'advice/sequence-without-control',
        'no control_input tells the model where a sequence starts or ends',
      );
    }
  },
};
