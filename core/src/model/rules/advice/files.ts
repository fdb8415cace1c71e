import { type Entry, isUnseen } from '../../../base/asking.ts';
import type { Rule } from '../rule.ts';

/** Files that a server cannot read, that lead elsewhere, or that nobody needs. */
export const fileAdvice: Rule = {
  explains: [
    {
      code: 'advice/file-mode',
      severity: 'warning',
      means: 'Only its owner can read the file: a server that runs as another user (in a container it should) fails on it.',
      example: 'model.onnx with the mode 0600',
      fix: 'chmod a+r (and a+x for folders)',
    },
    {
      code: 'advice/link-outside',
      severity: 'warning',
      means: 'A symbolic link leads out of the repository: it does not travel, and what it leads to may change.',
      example: '1/model.onnx -> /data/model.onnx',
      fix: 'put the file itself there',
    },
    {
      code: 'advice/link-broken',
      severity: 'warning',
      means: 'A symbolic link leads nowhere.',
      example: '1/model.onnx -> gone.onnx',
      fix: 'mend it, or take it out',
    },
    {
      code: 'advice/case-collision',
      severity: 'warning',
      means: 'Two names differ in their case alone: on some disks they are one file.',
      example: 'labels.txt and Labels.txt',
      fix: 'rename one of them',
    },
    {
      code: 'advice/stray-file',
      severity: 'warning',
      means: 'The file belongs to an editor, a system or a version control, not to a model; it would travel with every release.',
      example: '.DS_Store, model.onnx~, .ipynb_checkpoints/',
      fix: 'take it out',
    },
  ],
  *judge({ entries, served }, pen) {
    const places: (readonly [folder: string, entries: readonly Entry[]])[] = [['', entries]];
    for (const { number, entries: inside } of served) if (inside !== 'absent' && !isUnseen(inside)) places.push([`${number}/`, inside]);
    for (const [folder, inside] of places) {
      const names = new Map<string, string>();
      for (const { name, kind, mode, link, leadsOut } of inside) {
        const path = `${folder}${name}`;
        if (leadsOut) yield pen.file(path, 'advice/link-outside', `it leads to ${link ?? 'somewhere else'}, out of the repository`);
        else if (kind === 'broken') yield pen.file(path, 'advice/link-broken', `it leads to ${link ?? 'something'}, which is not there`);
        if (mode !== undefined && !isForAll(kind, mode)) {
          yield pen.file(path, 'advice/file-mode', `its mode is 0${(mode & 0o777).toString(8)}: other users cannot read it`);
        }
        if (isStray(name)) yield pen.file(path, 'advice/stray-file', `'${name}' is no part of a model`);
        const other = names.get(name.toLowerCase());
        if (other !== undefined) yield pen.file(path, 'advice/case-collision', `'${name}' and '${other}' differ in their case alone`);
        names.set(name.toLowerCase(), name);
      }
    }
  },
};

const isForAll = (kind: Entry['kind'], mode: number): boolean => (kind === 'folder' ? (mode & 0o005) === 0o005 : (mode & 0o004) !== 0);

const isStray = (name: string): boolean =>
  /^(\.DS_Store|Thumbs\.db|desktop\.ini|\.git|\.svn|\.idea|\.vscode|\.ipynb_checkpoints|__MACOSX|\._.*|.*~|.*\.swp|.*\.orig|.*\.bak|.*\.tmp)$/.test(
    name,
  );
