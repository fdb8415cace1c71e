import { type Asking, bytesOf, isUnseen } from '../base/asking.ts';
import { beginsWith } from './git-lfs.ts';
import { isProblem, type Problem, unseen } from './problem.ts';
import { readStandIn } from './stand-in.ts';
import { readTorch } from './torchscript.ts';

/** What kind of model a file is, by its first bytes and, where they say nothing, its name. */
export type ModelKind =
  | 'onnx'
  | 'tensorrt plan'
  | 'torchscript'
  | 'aoti'
  | 'exported program'
  | 'torch.save'
  | 'savedmodel'
  | 'openvino ir'
  | 'python'
  | 'keras'
  | 'tflite'
  | 'safetensors'
  | 'gguf'
  | 'zip'
  | 'pickle'
  | 'stand-in'
  | 'unknown';

const headBytes = 512;

/** Tells kinds apart for a proposal: it reads a few hundred bytes, and of a zip its table. */
export function* sniffModel(file: string, size: number): Asking<ModelKind | Problem> {
  const standIn = yield* readStandIn(file, size);
  if (standIn !== undefined) return 'problem' in standIn ? standIn : 'stand-in';
  const head = yield* bytesOf(file, 0, Math.min(size, headBytes));
  if (isUnseen(head)) return unseen(`its bytes could not be read: ${head.unseen}`);
  if (!beginsWith(head, 'PK')) return kindOf(file.slice(file.lastIndexOf('/') + 1).toLowerCase(), head);
  const torch = yield* readTorch(file, size);
  if (isProblem(torch)) return 'zip';
  return torch.is === 'other zip' ? 'zip' : torch.is === 'old torch.save' ? 'torch.save' : torch.is;
}

const beginnings: readonly (readonly [from: number, text: string, kind: ModelKind])[] = [
  [0, 'ftrt', 'tensorrt plan'],
  [0, '\u0089HDF\r\n\u001a\n', 'keras'],
  [4, 'TFL3', 'tflite'],
  [0, 'GGUF', 'gguf'],
  [0, '\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.', 'torch.save'],
  [8, '{"', 'safetensors'],
];

function kindOf(name: string, head: Uint8Array): ModelKind {
  const [, , kind] = beginnings.find(([from, text]) => beginsWith(head, text, from)) ?? [];
  if (kind !== undefined) return kind;
  if (name.endsWith('.py')) return 'python';
  if (name.endsWith('.xml') || /^(\uFEFF)?\s*(<\?xml[^>]*\?>\s*)?<net[\s>]/.test(new TextDecoder().decode(head))) return 'openvino ir';
  // A pickle of protocol 2 to 5.
  if (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5) return 'pickle';
  return protobufKind(name, head);
}

/**
 * Both begin with a small number in field 1: the IR version of ONNX, which has been 3 or more since 2017, and the schema version of a
 * SavedModel, which has always been 1.
 */
function protobufKind(name: string, head: Uint8Array): ModelKind {
  const [tag, version = 0, next = 0] = head;
  if (tag === 0x08 && version === 1 && next === 0x12) return 'savedmodel';
  if (tag === 0x08 && version >= 2 && version < 64 && [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72].includes(next)) return 'onnx';
  return name.endsWith('.onnx') && (tag === 0x3a || tag === 0x42 || tag === 0x12) ? 'onnx' : 'unknown';
}
