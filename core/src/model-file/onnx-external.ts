import { type Asking, type Entry, isUnseen, listed } from '../base/asking.ts';
import type { OnnxExternal } from './onnx.ts';
import type { OnnxPlace, OnnxProblem } from './onnx-problem.ts';

/** Tensors whose bytes are not where the model says. One problem for each file and kind: a model may have thousands of tensors. */
export function* externalProblems(external: readonly OnnxExternal[], place: OnnxPlace): Asking<readonly OnnxProblem[]> {
  // What nothing takes in is dropped before it is read.
  const read = external.filter(({ isUsed }) => isUsed !== false);
  const problems: OnnxProblem[] = [];
  const byFile = Map.groupBy(read, ({ location }) => location);
  for (const [location, tensors] of byFile) {
    const [first] = tensors;
    if (first === undefined) continue;
    const found = location === undefined || location === '' ? nowhere(first) : yield* fileProblems(location, tensors, place);
    problems.push(
      ...found.map((problem) => (tensors.some(({ isUsed }) => isUsed) ? problem : { ...problem, needs: 'that nothing uses the tensor' })),
    );
  }
  return problems;
}

function nowhere({ tensor }: OnnxExternal): OnnxProblem[] {
  return [
    {
      code: 'onnx/external-malformed',
      says: `the tensor ${tensor} has its bytes in another file, and does not say in which`,
      fix: exportAgain,
    },
  ];
}

const exportAgain = 'export the model again';

function* fileProblems(location: string, tensors: readonly OnnxExternal[], place: OnnxPlace): Asking<readonly OnnxProblem[]> {
  const whose = `the weights of ${tensors[0]?.tensor ?? ''}${tensors.length > 1 ? ` and ${tensors.length - 1} more` : ''}`;
  const folder = place.file.split('/').slice(0, -1);
  const path = pathOf(folder, location);
  if (path === 'absolute' || path === 'outside') return [escapeOf(path, { location, whose, place })];
  const entries = yield* listed(path.slice(0, -1).join('/'));
  if (isUnseen(entries) && entries.unseen !== 'absent') {
    return [{ code: 'onnx/external-missing', says: `${whose} lie in "${location}"`, needs: `to see the folder (${entries.unseen})` }];
  }
  const entry = isUnseen(entries) ? undefined : entries.find(({ name }) => name === path.at(-1));
  if (entry === undefined || entry.kind === 'broken') {
    const how = entry === undefined ? 'is not there' : 'is a link that leads nowhere';
    return [{ code: 'onnx/external-missing', says: `${whose} lie in "${location}", which ${how}`, fix: besideModel }];
  }
  if (entry.kind !== 'file') {
    return [{ code: 'onnx/external-missing', says: `${whose} lie in "${location}", which is no file`, fix: besideModel }];
  }
  return [...linkProblems(entry, folder, { location, whose, place }), ...rangeProblems(entry, tensors, { location, whose, place })];
}

/** Up to 1.23 ONNX Runtime read from wherever a path led, as far as there was a file. */
function escapeOf(path: 'absolute' | 'outside', { location, whose, place }: Seen): OnnxProblem {
  const where = path === 'absolute' ? 'an absolute path' : 'a path that leads out of its folder';
  const problem = { code: 'onnx/external-escape', says: `${whose} lie in "${location}", ${where}`, fix: besideModel } as const;
  return isFrom('1.24', place) ? problem : { ...problem, needs: 'an ONNX Runtime before 1.24, and the file in that place' };
}

/** Whether the version is known, and this one or a later one. */
function isFrom(first: string, { onnxRuntime }: OnnxPlace): boolean {
  const parts = (version: string) => version.split('.').map(Number);
  const [major = 0, minor = 0] = parts(onnxRuntime ?? '0.0');
  const [majorMin = 0, minorMin = 0] = parts(first);
  return major > majorMin || (major === majorMin && minor >= minorMin);
}

const besideModel = 'put the file beside the model';

/** The path of a location from the root of all paths here. Only what stays in the model's folder may be read. */
function pathOf(folder: readonly string[], location: string): readonly string[] | 'absolute' | 'outside' {
  if (location.startsWith('/')) return 'absolute';
  const path = [...folder];
  for (const part of location.split('/')) {
    if (part === '..') {
      if (path.pop() === undefined) return 'outside';
    } else if (part !== '.' && part !== '') path.push(part);
  }
  const stays = path.length > folder.length && folder.every((part, at) => path[at] === part);
  return stays ? path : 'outside';
}

type Seen = { readonly location: string; readonly whose: string; readonly place: OnnxPlace };

/** A link may lead out of the folder only where the model is a link too, and to the same folder. */
function linkProblems({ link }: Entry, folder: readonly string[], { location, whose, place }: Seen): OnnxProblem[] {
  if (link === undefined || (!link.startsWith('/') && pathOf(folder, [...location.split('/').slice(0, -1), link].join('/')) !== 'outside'))
    return [];
  return [
    {
      code: 'onnx/external-escape',
      says: `${whose} lie in "${location}", a link that leads out of the model's folder`,
      fix: 'put the file itself beside the model',
      needs: place.isLink
        ? 'the model and the file in one folder, once all links are followed'
        : 'an ONNX Runtime that follows such a link',
    },
  ];
}

function rangeProblems({ size }: Entry, tensors: readonly OnnxExternal[], { location, place }: Seen): OnnxProblem[] {
  // Up to 1.20 a number could have blanks or a plus before it. A length may be written in base sixteen, an offset may not.
  const isNumber = isFrom('1.21', place) ? /^\d+$/ : /^\s*\+?\d+$/;
  for (const { tensor, offset = '0', length = '0', bytes } of tensors) {
    const odd = [offset, length].find((number, at) => !isNumber.test(number) && !(at === 1 && /^0x/i.test(number)));
    if (odd !== undefined) {
      const says = `the tensor ${tensor} has "${odd}" where a number of bytes belongs`;
      return [{ code: 'onnx/external-malformed', says, fix: exportAgain }];
    }
    const stated = /^0x/i.test(length) ? 0 : Number(length);
    if (bytes !== undefined && stated !== 0 && stated !== bytes) {
      const says = `the tensor ${tensor} takes ${bytes} bytes by its shape and type, and the model says ${stated}`;
      return [{ code: 'onnx/external-length', says, fix: exportAgain }];
    }
    const end = Number(offset) + (bytes ?? stated);
    if (end > size) {
      const says = `the tensor ${tensor} ends at byte ${end} of "${location}", which has ${size} bytes`;
      return [{ code: 'onnx/external-range', says, fix: 'copy the file again, and compare its size with the original' }];
    }
  }
  return [];
}
