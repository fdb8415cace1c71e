import { deepStrictEqual, match } from 'node:assert/strict';
import { test } from 'node:test';
import { answered } from '../base/asking.ts';
import { type MadeUpFiles, madeUpTree } from '../model/made-up-tree.ts';
import { whatStandsThere } from './what-stands-there.ts';

const at = (path: string, files: MadeUpFiles) => answered(whatStandsThere(path), madeUpTree(files));
const model = { is: 'model', repository: 'models', model: 'm' };

const models: readonly [what: string, files: MadeUpFiles, path?: string][] = [
  ['a folder with config.pbtxt', { 'models/m/config.pbtxt': '' }],
  ['a folder with a version that holds a file', { 'models/m/1/model.onnx': 'x' }],
  ['a folder with a saved model in a version', { 'models/m/1/model.savedmodel/saved_model.pb': 'x' }],
  ['a folder with named configurations', { 'models/m/configs/h100.pbtxt': '' }],
  ['a config.pbtxt itself', { 'models/m/config.pbtxt': '' }, 'models/m/config.pbtxt'],
  ['a named configuration itself', { 'models/m/configs/h100.pbtxt': '' }, 'models/m/configs/h100.pbtxt'],
];
for (const [what, files, path = 'models/m'] of models) {
  test(`${what} is a model, and the folder above it is its repository`, () => deepStrictEqual(at(path, files), model));
}

test('a folder with models is a repository, and each folder in it a candidate, hidden ones too', () => {
  const files = { 'models/b/config.pbtxt': '', 'models/.git/HEAD': 'x', 'models/docs/a.md': 'x', 'models/readme.md': 'x' };
  deepStrictEqual(at('models', files), { is: 'repository', repository: 'models', models: ['.git', 'b', 'docs'], deadLinks: [] });
});

test('models whose names begin with a digit, or are numbers, are no versions', () => {
  deepStrictEqual(at('models', { 'models/3d-unet/1/model.onnx': 'x' }), {
    is: 'repository',
    repository: 'models',
    models: ['3d-unet'],
    deadLinks: [],
  });
  deepStrictEqual(at('models', { 'models/7/config.pbtxt': '' }), { is: 'repository', repository: 'models', models: ['7'], deadLinks: [] });
});

test('a folder with contract.yaml and repository/ is a release, and so is its contract', () => {
  const files = { 'r/contract.yaml': '', 'r/repository/m/config.pbtxt': '' };
  for (const path of ['r', 'r/contract.yaml']) deepStrictEqual(at(path, files), { is: 'release', folder: 'r', models: ['m'] });
});

test('a release on its way may lack its contract', () => {
  deepStrictEqual(at('r', { 'r/repository/m/config.pbtxt': '' }), { is: 'release', folder: 'r', models: ['m'] });
});

const nothings: readonly [path: string, files: MadeUpFiles, words: RegExp][] = [
  ['models', {}, /nothing at this path \| check the path/],
  ['models', { 'models/': '' }, /the folder is empty/],
  ['models', { 'models/readme.md': 'x' }, /no config.pbtxt, and no folder/],
  ['models', { 'models/docs/a.md': 'x' }, /its folder "docs" holds neither config.pbtxt nor a version/],
  ['models', { 'models/a/a.md': 'x', 'models/b/a.md': 'x' }, /none of its 2 folders holds a config.pbtxt or a version/],
  ['all', { 'all/models/m/config.pbtxt': '' }, /one stands below: models\/m \| did you mean all\/models\?/],
  ['all', { 'all/r/repository/m/config.pbtxt': '' }, /the folder "r" in it is one \| name the releases: all\/\*/],
  ['m/1/model.onnx', { 'm/1/model.onnx': 'x' }, /it is a file, and a model is a folder \| check its model: m/],
  ['model.onnx', { 'model.onnx': 'x' }, /conch init model.onnx makes a model's folder/],
];
for (const [path, files, words] of nothings) {
  test(`${path} of ${Object.keys(files).join(', ') || 'nothing'} is told with what was expected`, () => {
    const standing = at(path, files);
    match(standing.is === 'nothing' ? `${standing.says} | ${standing.fix}` : standing.is, words);
  });
}

test('what cannot be looked at is said as it is', () => {
  const standing = answered(whatStandsThere('m'), () => ({ unseen: 'permission denied' }));
  match('says' in standing ? standing.says : '', /cannot be looked at: permission denied/);
});

const closed: readonly [closed: string, files: MadeUpFiles, words: RegExp][] = [
  ['all/m', { 'all/m/config.pbtxt': '' }, /^its folder "m" cannot be looked at: permission denied \| make it readable/],
  ['all/1', { 'all/1/model.onnx': 'x' }, /^its folder "1" cannot be looked at: permission denied/],
  ['all/repository', { 'all/contract.yaml': '', 'all/repository/m/config.pbtxt': '' }, /^its folder "repository" cannot be looked at/],
  ['all/closed', { 'all/closed/a': '', 'all/models/m/config.pbtxt': '' }, /did you mean all\/models\?/],
];
for (const [folder, files, words] of closed) {
  test(`${folder}, which may not be listed, is not taken for an empty folder in ${Object.keys(files).join(', ')}`, () => {
    const tree = madeUpTree(files);
    const standing = answered(whatStandsThere('all'), (ask) =>
      'list' in ask && ask.list === folder ? { unseen: 'permission denied' } : tree(ask),
    );
    match(standing.is === 'nothing' ? `${standing.says} | ${standing.fix}` : standing.is, words);
  });
}
