import { type Asking, isUnseen } from '../base/asking.ts';
import { type Finding, hasError } from '../base/finding.ts';
import { tritonMinor } from '../base/triton-version.ts';
import type { Draft } from '../contract/draft-contract.ts';
import type { ArtifactFormat, TensorSpec } from '../contract/contract.ts';
import { defaultSettings } from '../model/conditions.ts';
import { findSubject } from '../model/find-subject.ts';
import { isEnsemble, type Subject } from '../model/subject.ts';
import type { ModelConfigJson, ModelInputJson, ModelOutputJson } from '../pbtxt/model-config.ts';
import { leftovers } from '../release/leftovers.ts';
import { type Copy, filesBelow } from './files-below.ts';
import { lookAtLoneModel, type LoneModel } from './source.ts';
import { datatypeOf, isRefused, type Refused } from './told.ts';

/** A model's folder as Triton reads it. */
export type ModelFolder =
  | { readonly is: 'configured'; readonly draft: Draft; readonly copies: readonly Copy[]; readonly notes: readonly string[] }
  /** Versions without a configuration: the model file has to tell. */
  | { readonly is: 'bare'; readonly lone: LoneModel; readonly files: readonly string[]; readonly copies: readonly Copy[] }
  | { readonly is: 'unread'; readonly findings: readonly Finding[] };

export function* lookAtModelFolder(folder: string, model: string, gpu: string | 'unsaid'): Asking<ModelFolder | Refused> {
  const conditions = { triton: tritonMinor('24.10'), gpus: 'unknown', server: defaultSettings, backends: 'judged' } as const;
  const subject = yield* findSubject(folder, model, conditions);
  if (isUnseen(subject)) return { says: `it cannot be looked at: ${subject.unseen}`, fix: 'make it readable' };
  const { text, config, served } = subject;
  if (typeof text === 'object' && 'unseen' in text) return { says: `config.pbtxt cannot be read: ${text.unseen}`, fix: 'make it readable' };
  if (text !== 'absent' && hasError(text.findings)) return { is: 'unread', findings: text.findings };
  if (isEnsemble(config))
    return {
      says: 'it is an ensemble, which runs other models, and a release holds one model',
      fix: 'make releases of the models that it runs',
    };
  const all = yield* filesBelow(folder, '');
  if (isRefused(all)) return all;
  const versions = served.map(({ number }) => String(number));
  const unserved = new Set(
    subject.entries.filter(({ name, kind }) => kind === 'folder' && /^\d/.test(name) && !versions.includes(name)).map(({ name }) => name),
  );
  const copies = all.filter(({ to }) => !unserved.has(to.split('/')[0] ?? '') && !leftovers.test(to));
  const files = [
    ...new Set(copies.flatMap(({ to }) => (versions.includes(to.split('/')[0] ?? '') ? [to.split('/').slice(0, 2).join('/')] : []))),
  ];
  if (files.length === 0)
    return { says: 'no version that is served holds a file, and a release is made of files', fix: 'put the model into a folder 1' };
  const left = [...unserved].map((name) => `left out: version ${name}, which the version policy does not serve`);
  if (text === 'absent') return yield* bare(subject, { folder, files, copies });
  return configured(subject, { model, gpu, files, copies, notes: left });
}

type Bare = { readonly folder: string; readonly files: readonly string[]; readonly copies: readonly Copy[] };

function* bare({ served, inferenceFailure }: Subject, { folder, files, copies }: Bare): Asking<ModelFolder | Refused> {
  const path = served[0]?.file.path ?? 'none';
  if (inferenceFailure !== 'none' || path === 'none') {
    return { says: 'there is no config.pbtxt, and no model file that Triton would find by its name', fix: 'name the model file itself' };
  }
  const lone = yield* lookAtLoneModel(`${folder}/${path}`);
  if (lone === 'none') return { says: `${path} is a folder, and no SavedModel`, fix: 'name the model file itself' };
  return isRefused(lone) ? { says: `${path}: ${lone.says}`, fix: lone.fix } : { is: 'bare', lone, files, copies };
}

type Around = {
  readonly model: string;
  readonly gpu: string | 'unsaid';
  readonly files: readonly string[];
  readonly copies: readonly Copy[];
  readonly notes: readonly string[];
};

function configured({ config, completed }: Subject, { model, gpu, files, copies, notes }: Around): ModelFolder | Refused {
  const { backend = '', input = [], output = [] } = config;
  if (backend === '')
    return { says: 'config.pbtxt says no backend, and none can be told from the files', fix: 'write backend: "…" in config.pbtxt' };
  if ((config.name ?? model) !== model)
    return {
      says: `config.pbtxt is for "${config.name}", and its folder is called "${model}": Triton refuses that`,
      fix: `write name: "${model}"`,
    };
  const isWhole = input.length > 0 && output.length > 0;
  const whole = isWhole || completed === 'unknown' ? config : completed;
  const inputs = specsOf(whole.input ?? []);
  const outputs = specsOf(whole.output ?? []);
  if (isRefused(inputs)) return inputs;
  if (isRefused(outputs)) return outputs;
  if (inputs.length === 0 || outputs.length === 0) {
    return {
      says: 'config.pbtxt leaves inputs or outputs to auto-complete, which releases run without',
      fix: 'write them down; a server shows them at /v2/models/<model>/config',
    };
  }
  const gpuClass = gpuClassOf(config, gpu);
  if (gpuClass === 'unsaid') return { says: 'its instances run on a GPU, and nobody says of which class', fix: 'name its class: --gpu L4' };
  const batchMax = Math.max(1, whole.max_batch_size ?? 0);
  const draft: Draft = { model, format: formatOf[backend] ?? 'custom', backend, files, inputs, outputs, batchMax, gpu: gpuClass };
  const completes = isWhole
    ? []
    : ['config.pbtxt leaves inputs and outputs to auto-complete, which releases run without: write them down (conch config shows how)'];
  return { is: 'configured', draft, copies, notes: [...notes, ...completes] };
}

function specsOf(tensors: readonly (ModelInputJson & ModelOutputJson)[]): TensorSpec[] | Refused {
  const specs: TensorSpec[] = [];
  for (const { name = '', data_type: type, dims = [], label_filename: labels = '' } of tensors) {
    const datatype = datatypeOf(type);
    if (datatype === 'unknown')
      return { says: `config.pbtxt gives "${name}" no data_type`, fix: 'write data_type: TYPE_FP32, or what it is' };
    specs.push({ name, datatype, shape: dims.map(Number), ...(labels === '' ? {} : { labels }) });
  }
  return specs;
}

function gpuClassOf({ instance_group: groups = [], backend }: ModelConfigJson, gpu: string | 'unsaid'): string | 'unsaid' {
  if (gpu !== 'unsaid') return gpu;
  return groups.some(({ kind }) => kind === 'KIND_GPU') || backend === 'tensorrt' ? 'unsaid' : 'cpu';
}

const formatOf: Readonly<Record<string, ArtifactFormat | undefined>> = {
  onnxruntime: 'onnx',
  tensorrt: 'tensorrt',
  pytorch: 'torchscript',
  tensorflow: 'savedmodel',
  python: 'python',
  openvino: 'openvino',
  vllm: 'vllm',
  tensorrtllm: 'trt-llm',
  dali: 'dali',
  fil: 'fil',
};
