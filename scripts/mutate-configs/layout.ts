import { type CaseLine, caseLine, type Files } from './case.ts';
import { type Dice, weighted } from '#core/base/dice.ts';
import { seeds } from './seeds.ts';
import { copyOf, type Node, readTree, writeTree } from './tree.ts';
import { platforms } from './values.ts';

/** A configuration that is right, or silent about its backend, in a folder that is not: versions, model files, labels, warm-up and state files. */
export function layoutCase(dice: Dice, id: string): CaseLine {
  return dice.chance(0.35) ? inferredCase(dice, id) : seededCase(dice, id);
}

/** A seed with one to three changes of its files. */
function seededCase(dice: Dice, id: string): CaseLine {
  const seed = dice.pick(seeds);
  const files: Files = { ...seed.files };
  const tree = readTree(seed.config);
  const notes: string[] = [seed.name];
  const changes = 1 + dice.below(3);
  for (let change = 0; change < changes; change += 1) {
    const way = weighted(dice, [
      [6, versionFolders],
      [3, removeFile],
      [3, otherContent],
      [3, strayFile],
      [4, versionPolicy],
      [2, label],
      [1, otherName],
    ]);
    notes.push(way(files, tree, dice));
  }
  files['m/config.pbtxt'] = writeTree(tree, dice);
  if (dice.chance(0.06)) notes.push(configElsewhere(files, dice));
  return caseLine(id, 'm', settled(files), notes);
}

/** A configuration that leaves things out which Triton looks for in the first sub-folder. */
function inferredCase(dice: Dice, id: string): CaseLine {
  const model = dice.pick(['m', 'm', 'm', 'm.accept', 'm.identity.x', 'm.', '.m', 'm.nowhere', 'my.onnxruntime']);
  const said: string[] = [];
  const maybe = (chance: number, field: string, values: readonly string[]) => {
    if (dice.chance(chance)) said.push(`${field}: "${dice.pick(values)}"`);
  };
  maybe(0.35, 'platform', platforms);
  maybe(0.25, 'backend', ['accept', 'onnxruntime', 'tensorrt', 'pytorch', 'tensorflow', 'openvino', 'python', 'identity', '']);
  maybe(0.3, 'default_model_filename', modelFiles);
  maybe(0.2, 'name', [model, 'm', '']);
  maybe(0.1, 'runtime', ['libtriton_accept.so', 'libtriton_onnxruntime.so', 'model.py', 'libtriton_none.so', '']);
  const files: Files = {};
  const folders = dice.pick([
    ['1'],
    ['1'],
    ['1'],
    ['2', '10'],
    ['1', 'configs'],
    ['.hidden', '1'],
    ['0'],
    ['1', 'docs'],
    ['1', '1_old'],
    [],
  ]);
  for (const folder of folders) files[`${model}/${folder}/`] = '';
  const filled = dice.chance(0.8) ? folders[0] : dice.pick(folders);
  const count = dice.below(3);
  for (let file = 0; file < count && filled !== undefined; file += 1) {
    const name = dice.pick(modelFiles);
    files[dice.chance(0.75) ? `${model}/${filled}/${name}` : `${model}/${filled}/${name}/model.onnx`] = 'x';
  }
  const tensors = 'input { name: "x" data_type: TYPE_FP32 dims: 1 } output { name: "y" data_type: TYPE_FP32 dims: 1 }';
  files[`${model}/config.pbtxt`] = `${said.join('\n')}\n${tensors}\n`;
  return caseLine(id, model, settled(files), ['inferred', ...said]);
}

type Change = (files: Files, tree: Node[], dice: Dice) => string;

/** Other names for the version folders, or more of them. */
const versionFolders: Change = (files, _, dice) => {
  const name = weighted(dice, [
    [120, () => dice.pick(versionNames)],
    [1, () => dice.pick(['99999999999999999999', '9223372036854775808', '-9223372036854775809'])],
  ])();
  const versions = [...new Set(Object.keys(files).flatMap((path) => /^m\/(-?\d[^/]*)\//.exec(path)?.[1] ?? []))];
  if (dice.chance(0.35) || versions.length === 0) {
    files[dice.chance(0.5) ? `m/${name}/` : `m/${name}/model.onnx`] = '';
    return `more: ${name}`;
  }
  const from = dice.pick(versions);
  for (const path of Object.keys(files)) {
    if (!path.startsWith(`m/${from}/`)) continue;
    files[`m/${name}/${path.slice(`m/${from}/`.length)}`] = files[path] ?? '';
    delete files[path];
  }
  return `${from} becomes ${name}`;
};

const versionNames: readonly string[] = [
  ...[
    '0',
    '1',
    '2',
    '3',
    '7',
    '01',
    '00',
    '007',
    '-1',
    '-0',
    '-3',
    '+1',
    '1_old',
    '2-backup',
    '3.0',
    '1 2',
    ' 1',
    '1e3',
    '0x1',
    '0_x',
    'abc',
    'v1',
    'latest',
  ],
  ...[
    '9223372036854775807',
    '9999999999',
    '.1',
    '_1',
    '1.',
    'configs',
    'warmup',
    'initial_state',
    '.git',
    'lost+found',
    'é',
    '１',
    '\t1',
    '-',
    '--1',
    '-a',
  ],
];

const removeFile: Change = (files, _, dice) => {
  const path = dice.pick(Object.keys(files));
  if (path === undefined) return 'nothing';
  delete files[path];
  if (dice.chance(0.5)) files[`${path.slice(0, path.lastIndexOf('/', path.length - 2))}/`] = '';
  return `remove ${path}`;
};

/** Shorter, longer or no content; a folder where a file was. */
const otherContent: Change = (files, _, dice) => {
  const path = dice.pick(Object.keys(files).filter((one) => !one.endsWith('/')));
  if (path === undefined) return 'nothing';
  const content = files[path] ?? '';
  if (dice.chance(0.25)) {
    delete files[path];
    files[`${path}/`] = '';
    return `${path} is a folder`;
  }
  files[path] = weighted(dice, [
    [2, content.slice(0, -1)],
    [1, content.slice(0, content.length >> 1)],
    [1, ''],
    [2, `${content}x`],
    [1, `\x01\0\0\0a\x03\0\0\0bc`],
    [1, `\x01\0\0\0a`],
    [1, `\x00\0\0\0\x00\0\0\0`],
    [1, `\x01\0\0\0a\x01\0\0\0b\x01\0\0\0c`],
  ]);
  return `other content of ${path}`;
};

const strayFile: Change = (files, _, dice) => {
  const path = dice.pick([
    ...[
      'm/README.md',
      'm/.hidden/x',
      'm/.hidden',
      'm/docs/x',
      'm/configs/h100.pbtxt',
      'm/configs/config.pbtxt',
      'm/configs/',
      'm/warmup/',
      'm/initial_state/',
    ],
    ...[
      'stray.txt',
      '.git/config',
      'other/',
      'other/1/',
      'm/1',
      'm/2',
      'm/3',
      'm/abc',
      'm/1/extra/x',
      'm/1/1/model.onnx',
      'm/libtriton_accept.so',
      'm/1/batchstrategy.so',
      'm/labels.txt',
    ],
  ]);
  files[path] ??= 'x';
  return `stray ${path}`;
};

const versionPolicy: Change = (_, tree, dice) => {
  const policy = dice.pick([
    ...[
      'latest { num_versions: 1 }',
      'latest { num_versions: 2 }',
      'latest { num_versions: 0 }',
      'latest { }',
      'all { }',
      '',
      'specific { versions: [ 1 ] }',
      'specific { versions: [ 1, 2 ] }',
    ],
    ...[
      'specific { versions: [ 1, 1 ] }',
      'specific { versions: [ 3, 3 ] }',
      'specific { versions: [ 3 ] }',
      'specific { }',
      'specific { versions: [ -1 ] }',
      'specific { versions: [ 0 ] }',
      'latest { num_versions: 4294967295 }',
    ],
  ]);
  const at = tree.findIndex(({ name }) => name === 'version_policy');
  if (at >= 0) tree.splice(at, 1);
  tree.push(...readTree(`version_policy { ${policy} }`));
  return policy;
};

const label: Change = (files, tree, dice) => {
  const outputs = tree.filter(({ name }) => name === 'output');
  const output = outputs.length > 0 ? dice.pick(outputs) : undefined;
  if (!output || typeof output.value === 'string') return 'nothing';
  const path = weighted(dice, [
    [
      40,
      () =>
        dice.pick([
          ...[
            'labels.txt',
            'nowhere.txt',
            '../m/labels.txt',
            '../labels.txt',
            './labels.txt',
            'sub/labels.txt',
            'sub/../labels.txt',
            'nowhere/../labels.txt',
            '/etc/hostname',
            '../../x',
          ],
          ...['../mm/labels.txt', 'labels.txt ', '..labels', '...', 'sub//labels.txt'],
        ]),
    ],
    [1, () => dice.pick(['', '.', '..', '1', 'sub', 'sub/'])],
  ])();
  output.value = output.value.filter(({ name }) => name !== 'label_filename');
  output.value.push({ name: 'label_filename', value: `"${path}"` });
  if (dice.chance(0.1)) outputs.push(...copyOf([output]));
  for (const file of ['m/labels.txt', 'm/sub/labels.txt', 'labels.txt', 'mm/labels.txt', 'm/..labels'])
    if (dice.chance(0.6)) files[file] = 'a\nb\n';
  return `labels ${path}`;
};

const otherName: Change = (_, tree, dice) => {
  const name = dice.pick(['m2', 'M', 'm ', ' m', '', 'm/', './m', 'm.x']);
  const node = tree.find((one) => one.name === 'name');
  if (node) node.value = `"${name}"`;
  return `named "${name}"`;
};

function configElsewhere(files: Files, dice: Dice): string {
  const text = files['m/config.pbtxt'] ?? '';
  delete files['m/config.pbtxt'];
  const path = dice.pick([
    'm/Config.pbtxt',
    'm/config.pbtx',
    'm/config.prototxt',
    'm/1/config.pbtxt',
    'm/configs/h100.pbtxt',
    'config.pbtxt',
    'm/config.pbtxt/',
    'm/.config.pbtxt',
  ]);
  files[path] = path.endsWith('/') ? '' : text;
  return `config at ${path}`;
}

/** A path can be a file or hold others, not both: the one that holds others stays. */
function settled(files: Files): Files {
  const paths = Object.keys(files);
  const isAbove = (path: string) => !path.endsWith('/') && paths.some((one) => one.startsWith(`${path}/`));
  return Object.fromEntries(Object.entries(files).filter(([path]) => !isAbove(path)));
}

const modelFiles: readonly string[] = [
  ...[
    'model.onnx',
    'model.plan',
    'model.pt',
    'model.pt2',
    'model.py',
    'model.xml',
    'model.graphdef',
    'model.savedmodel',
    'model.bin',
    'model',
    'model.json',
    'x',
  ],
];
