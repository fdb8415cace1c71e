import { fileMeant, importsIn } from './code.ts';
import { type Finding, isCode, isTest, type Rule, type Source } from './rule.ts';

/**
 * Which folders of core/src each folder may import. Every folder may import base, and types from ports;
 * ports may import types from every folder. A new folder comes with its line here.
 */
export const coreArrows: Readonly<Record<string, readonly string[]>> = {
  base: [],
  ports: [],
  stats: [],
  signals: [],
  kserve: [],
  journal: [],
  pbtxt: [],
  'model-file': [],
  probe: ['model', 'pbtxt', 'kserve'],
  model: ['model-file', 'pbtxt', 'kserve'],
  contract: ['model', 'pbtxt', 'kserve', 'signals'],
  release: ['contract', 'model', 'pbtxt', 'kserve'],
  compat: ['release', 'contract', 'model', 'model-file', 'pbtxt', 'kserve'],
  check: ['compat', 'probe', 'release', 'contract', 'model', 'model-file', 'pbtxt', 'kserve'],
  init: ['release', 'contract', 'model', 'model-file', 'pbtxt', 'kserve'],
  gates: ['stats', 'signals', 'contract'],
  traffic: ['rollout', 'contract', 'signals', 'kserve'],
  admission: ['contract', 'signals', 'stats'],
  capacity: ['contract', 'signals', 'stats'],
  placement: ['capacity', 'contract', 'signals'],
  scaling: ['capacity', 'contract', 'signals'],
  rollout: ['gates', 'release', 'contract', 'signals', 'journal', 'stats'],
  triage: ['signals', 'rollout', 'release'],
  manifests: ['rollout', 'admission', 'scaling', 'release', 'contract', 'signals'],
};

const table = 'coreArrows in scripts/tidy/core-arrows.ts';

/** Arrows between the folders of core run one way and never in a circle. */
export const coreArrowsRule: Rule = { name: 'core-arrows', judge: (sources) => judgeWith(coreArrows, sources) };

/** The rule with another table, for its tests. */
export function judgeWith(arrows: Readonly<Record<string, readonly string[]>>, sources: readonly Source[]): Finding[] {
  const inCore = sources.filter(({ path }) => path.startsWith('core/src/') && isCode(path));
  return [...circlesIn(arrows), ...inCore.flatMap((source) => judgeSource(arrows, source))];
}

function judgeSource(arrows: Readonly<Record<string, readonly string[]>>, source: Source): Finding[] {
  const { path } = source;
  const from = folderOf(path);
  if (from === undefined) {
    return [{ path, line: 1, says: 'lies in no folder of core', fix: 'move it to the folder of the noun that it is about' }];
  }
  const allowed = arrows[from];
  if (allowed === undefined) {
    return [{ path, line: 1, says: `nothing says what core/src/${from} may import`, fix: `add the folder and its arrows to ${table}` }];
  }
  return importsIn(source).flatMap(({ specifier, line, isTypeOnly }) => {
    const target = fileMeant(path, specifier);
    const to = target?.startsWith('core/src/') ? folderOf(target) : undefined;
    if (to === undefined || to === from || to === 'base') return [];
    // The test of a port runs code from both sides of it.
    if ((to === 'ports' || from === 'ports') && (isTypeOnly || isTest(path))) return [];
    if (to === 'ports' || from === 'ports') {
      return [
        { path, line, says: `${from} imports ${to} for more than its types`, fix: 'write import type, or move the code out of ports' },
      ];
    }
    if (allowed.includes(to)) return [];
    const reach = ['base', ...allowed].join(', ');
    const fix = arrows[to]?.includes(from)
      ? `${to} imports ${from} already: move what both need to one of them, or hand the value in`
      : `hand the value in, or, when the arrow is right, add it to ${table}`;
    return [{ path, line, says: `${from} imports ${to}, but may import only ${reach} and types from ports`, fix }];
  });
}

function folderOf(path: string): string | undefined {
  const [, , folder, ...rest] = path.split('/');
  return rest.length === 0 ? undefined : folder;
}

/** Circles in the table itself; with none there, the imports that keep to it have none. */
function circlesIn(arrows: Readonly<Record<string, readonly string[]>>): Finding[] {
  const cleared = new Set<string>();
  const circles: string[][] = [];
  const visit = (folder: string, trail: readonly string[]): void => {
    if (trail.includes(folder)) circles.push([...trail.slice(trail.indexOf(folder)), folder]);
    else if (!cleared.has(folder)) for (const to of arrows[folder] ?? []) visit(to, [...trail, folder]);
    cleared.add(folder);
  };
  for (const folder of Object.keys(arrows)) visit(folder, []);
  return circles.map((circle) => ({
    path: 'scripts/tidy/core-arrows.ts',
    line: 1,
    says: `the arrows run in a circle: ${circle.join(' -> ')}`,
    fix: 'take one of them out of coreArrows',
  }));
}
