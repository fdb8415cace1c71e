import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer, Ask } from '#core/base/asking.ts';
import type { MadeUpFiles } from '#core/model/made-up-tree.ts';

/** What a check may rely on, whoever answers it. `open` gives the answers about these files, and the path that they are below. */
export function treeContract(name: string, open: (files: MadeUpFiles) => { answer: (ask: Ask) => Answer; root: string }): void {
  const files: MadeUpFiles = {
    'models/b/config.pbtxt': 'name: "b"',
    'models/b/1/model.onnx': new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]),
    'models/B/config.pbtxt': '',
    'models/10/': '',
    'models/9/': '',
    'models/\u{10000}/': '',
    'models/\uffee/': '',
    'models/.hidden': 'x',
  };

  test(`${name}: a listing is in the order of the names' bytes, with kinds and sizes`, () => {
    const { answer, root } = open(files);
    const listed = answer({ list: `${root}/models` });
    deepStrictEqual(listed instanceof Array && listed.map(({ name: one, kind, size }) => [one, kind, size]), [
      ['.hidden', 'file', 1],
      ['10', 'folder', 0],
      ['9', 'folder', 0],
      ['B', 'folder', 0],
      ['b', 'folder', 0],
      ['\uffee', 'folder', 0],
      ['\u{10000}', 'folder', 0],
    ]);
  });

  test(`${name}: a range of bytes ends where the file does`, () => {
    const { answer, root } = open(files);
    const read = (from: number, size: number) => {
      const bytes = answer({ read: `${root}/models/b/1/model.onnx`, from, size });
      return bytes instanceof Uint8Array ? [...bytes] : bytes;
    };
    deepStrictEqual(
      [read(0, 3), read(6, 100), read(8, 1), read(100, 1), read(0, 0), read(0, Number.MAX_SAFE_INTEGER)],
      [[0, 1, 2], [6, 7], [], [], [], [0, 1, 2, 3, 4, 5, 6, 7]],
    );
  });

  test(`${name}: what cannot be seen is told in words, and never taken for empty`, () => {
    const { answer, root } = open(files);
    deepStrictEqual(
      [
        answer({ list: `${root}/models/none` }),
        answer({ list: `${root}/models/b/config.pbtxt` }),
        answer({ list: `${root}/models/b/config.pbtxt/below` }),
        answer({ read: `${root}/models/none`, from: 0, size: 1 }),
        answer({ read: `${root}/models/b`, from: 0, size: 1 }),
        answer({ read: `${root}/models/b/config.pbtxt/below`, from: 0, size: 1 }),
      ],
      ['absent', 'it is a file', 'absent', 'absent', 'it is a folder', 'absent'].map((words) => ({ unseen: words })),
    );
  });
}
