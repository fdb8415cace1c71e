import { type Asking, bytesOf, isUnseen } from '../base/asking.ts';
import { beginsWith } from './git-lfs.ts';
import { isProblem, malformed, type Problem, unseen } from './problem.ts';
import { readZipDirectory, storedBytes, type ZipEntry } from './zip-directory.ts';

/** What a file that PyTorch wrote holds. Nothing in it is unpickled, and nothing run. */
export type TorchFacts = {
  readonly is:
    | 'torchscript' /** torch.jit.save: the PyTorch backend loads it. */
    | 'torch.save' /** A state_dict or an eager module, as a zip: weights, and perhaps pickled code. */
    | 'old torch.save' /** The same, as PyTorch before 1.6 wrote it. */
    | 'aoti' /** AOTInductor's package, a .pt2 with compiled code in it. */
    | 'exported program' /** torch.export.save: a .pt2 that still has to be compiled. */
    | 'other zip';
  readonly isEncrypted: boolean;
  /** What forward() takes besides self. `undefined` where its text is packed, as it is from 200 bytes on. */
  readonly forward: readonly TorchArgument[] | undefined;
};

export type TorchArgument = { readonly name: string; readonly type: string };

export function* readTorch(file: string, size: number): Asking<TorchFacts | Problem> {
  const head = yield* bytesOf(file, 0, Math.min(size, headBytes));
  if (isUnseen(head)) return unseen(`its bytes could not be read: ${head.unseen}`);
  if (beginsWith(head, oldMagic)) return { is: 'old torch.save', isEncrypted: false, forward: undefined };
  if (!beginsWith(head, 'PK')) return malformed('it is no zip, which is what PyTorch writes');
  const entries = yield* readZipDirectory(file, size);
  if (isProblem(entries)) return entries;
  const is = kindOf(new Set(entries.map(({ name }) => inRoot(name))));
  return {
    is,
    isEncrypted: entries.some((entry) => entry.isEncrypted),
    forward: is === 'torchscript' ? yield* forwardOf(file, entries) : undefined,
  };
}

const headBytes = 32;
/** A pickle of protocol 2 that begins with the number 0x1950a86a20f9469cfc6c. */
const oldMagic = '\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.';

function kindOf(names: ReadonlySet<string>): TorchFacts['is'] {
  const any = (wanted: (name: string) => boolean) => [...names].some(wanted);
  if (any((name) => name.startsWith('data/aotinductor/'))) return 'aoti';
  if (names.has('archive_format') || names.has('serialized_exported_program.json') || names.has('models/model.json'))
    return 'exported program';
  if (!names.has('data.pkl')) return 'other zip';
  return names.has('constants.pkl') && any((name) => name.startsWith('code/')) ? 'torchscript' : 'torch.save';
}

/** All of a package lies in one folder, named after the file that it was first saved to. */
function inRoot(name: string): string {
  return name.includes('/') ? name.slice(name.indexOf('/') + 1) : name;
}

const pickleBytesMax = 64 * 1024;
const codeBytesMax = 256 * 1024;

/** The top module is the first class that data.pkl names; its text tells what forward() takes. */
function* forwardOf(file: string, entries: readonly ZipEntry[]): Asking<readonly TorchArgument[] | undefined> {
  const entryOf = (name: string) => entries.find((entry) => inRoot(entry.name) === name);
  const data = entryOf('data.pkl');
  const pickle = data && (yield* storedBytes(file, data, pickleBytesMax));
  const named = pickle && /c(__torch__[\w.]{0,400})\n(\w{1,200})\n/.exec(plain.decode(pickle));
  const code = named && entryOf(`code/${(named[1] ?? '').replaceAll('.', '/')}.py`);
  const text = code && (yield* storedBytes(file, code, codeBytesMax));
  return text && named ? argumentsIn(plain.decode(text), named[2] ?? '') : undefined;
}

const plain = new TextDecoder('latin1');

function argumentsIn(text: string, className: string): readonly TorchArgument[] | undefined {
  const from = text.search(new RegExp(`^class ${className}\\(`, 'm'));
  if (from < 0) return undefined;
  const body = text.slice(from + 1);
  const next = body.search(/^class /m);
  const start = /^  def forward\(/m.exec(next < 0 ? body : body.slice(0, next));
  if (start === null) return undefined;
  const listed = splitOutside(body.slice(start.index + start[0].length));
  if (listed?.some(({ length }) => length > argumentCharsMax)) return undefined;
  const args = listed?.map((one) => /^\s*(\w+)\s*(?::\s*([^=]*?))?\s*(?:=[^]*)?$/.exec(one));
  if (args === undefined || args[0]?.[1] !== 'self') return undefined;
  return args.slice(1).flatMap((arg) => (arg?.[1] === undefined ? [] : [{ name: arg[1], type: arg[2] ?? 'Tensor' }]));
}

const argumentCharsMax = 1000;

/** The parts between commas, up to the bracket that closes the list; commas within brackets belong to types. */
function splitOutside(text: string): readonly string[] | undefined {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const one = text[at];
    if (one === '(' || one === '[') depth += 1;
    else if (one === ')' && depth === 0) return [...parts, text.slice(from, at)];
    else if (one === ')' || one === ']') depth -= 1;
    else if (one === ',' && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return undefined;
}
