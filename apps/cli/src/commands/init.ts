import { argument, BadValue, command, folderOption, maybeWholeOption, severalOptions, textOption } from '../command.ts';
import { readTensor } from '#core/init/tensor-flag.ts';
import { isModelName } from '#core/base/names.ts';
import type { TensorSpec } from '#core/contract/contract.ts';
import { initRelease } from '../init/init-release.ts';

export const init = command({
  name: 'init',
  says: 'Make a release folder of a model: contract.yaml, config.pbtxt and the folders that Triton wants',
  more:
    'MODEL is a model file (ONNX, TensorRT plan, TorchScript, OpenVINO .xml, model.py), a SavedModel folder, a folder as Triton reads it ' +
    '(config.pbtxt and versions), or a repository of such. What the model does not tell is asked for, or given with --input and --output. ' +
    'Nothing that exists is changed or overwritten, and the model is copied.',
  example:
    'conch init model.onnx --name digits\n' +
    'conch init engine.plan --gpu L4 --batch 8 --input image:FP32:3,224,224 --output scores:FP32:1000\n' +
    'conch init models/resnet50 --into releases',
  takes: {
    path: argument('MODEL', 'Model file or folder'),
    name: { ...textOption('NAME', "The model's name; otherwise that of its file or folder", ''), read: readName },
    into: folderOption('Where the release folder is made', '.'),
    input: severalOptions('TENSOR', 'An input that the model file does not tell: NAME:DATATYPE:DIMS, without the batch dimension', tensor),
    // Everywhere else this is how to print, and that it stays: no tensor is called json without more.
    output: { ...severalOptions('TENSOR', 'An output, likewise; or json, for programs', tensor), env: 'CONCH_OUTPUT', read: readOutputs },
    batch: maybeWholeOption('N', 'The largest batch; 0 for a model without a batch dimension', {
      nothing: 'unsaid' as const,
      min: 0,
      max: 65_536,
    }),
    gpu: textOption('CLASS', 'The class of GPU that it runs on, such as L4; otherwise the CPU', ''),
  },
  run: initRelease,
});

function readName(typed: string): string {
  if (typed === '' || isModelName(typed)) return typed;
  throw new BadValue(`'${typed}' cannot be a model's name: letters, digits, "_", "-" and "." only`);
}

function readOutputs(_: string, all: readonly string[]): readonly TensorSpec[] {
  return all.filter((typed) => !['', 'text', 'json'].includes(typed)).map(tensor);
}

function tensor(typed: string): TensorSpec {
  const read = readTensor(typed);
  if ('wrong' in read) throw new BadValue(read.wrong);
  return read;
}
