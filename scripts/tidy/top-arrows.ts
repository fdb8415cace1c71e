import { fileMeant, type Import, importsIn } from './code.ts';
import { type Finding, isCode, type Rule, type Source } from './rule.ts';

/** Which top folders the code of each may import. An app may also import its own folder, and nothing that ships may import sim. */
export const topArrows: Readonly<Record<string, readonly string[]>> = {
  core: [],
  adapters: ['core'],
  apps: ['core', 'adapters'],
  sim: ['core', 'adapters', 'apps'],
  scripts: ['core', 'adapters'],
  bench: ['core', 'adapters', 'apps', 'sim'],
  examples: ['core', 'adapters'],
};

/** What the simulator may take of an app: the app itself, and the gateway's machines that decide without sockets. */
export const openToSim: readonly RegExp[] = [/^apps\/[\w-]+\/src\/app\.ts$/, /^apps\/gateway\/src\/(route|pick|queue|drain)\.ts$/];

/** Arrows between the top folders run one way, and the way of writing an import shows whether it crosses one. */
export const topArrowsRule: Rule = {
  name: 'top-arrows',
  judge: (sources) => sources.filter(({ path }) => isCode(path)).flatMap(judgeSource),
};

function judgeSource(source: Source): Finding[] {
  return importsIn(source).flatMap((one) => {
    const target = fileMeant(source.path, one.specifier);
    if (target === undefined) return [];
    const problem = wrongArrow(source.path, target) ?? wrongSpelling(source.path, target, one);
    return problem === undefined ? [] : [{ path: source.path, line: one.line, ...problem }];
  });
}

type Problem = Pick<Finding, 'says' | 'fix'>;

function wrongArrow(path: string, target: string): Problem | undefined {
  const from = topOf(path);
  const to = topOf(target);
  if (from === 'apps' && to === 'apps') {
    if (appOf(path) === appOf(target)) return undefined;
    return {
      says: `${appOf(path)} imports ${target} of another app`,
      fix: 'start that app as a process, or move what both need to core or adapters',
    };
  }
  if (from === to) return undefined;
  if (from === 'sim' && to === 'apps' && !openToSim.some((pattern) => pattern.test(target))) {
    return {
      says: `sim imports ${target}, which is not an app's app.ts`,
      fix: 'run the app through its app.ts; what is worth simulating alone is added to openToSim in scripts/tidy/top-arrows.ts',
    };
  }
  const allowed = topArrows[from];
  if (allowed === undefined) {
    return { says: `nothing says what ${from}/ may import`, fix: 'add the folder to topArrows in scripts/tidy/top-arrows.ts' };
  }
  if (allowed.includes(to)) return undefined;
  return {
    says: `${from} imports ${target}, but may import ${allowed.length === 0 ? 'nothing outside itself' : `only ${allowed.join(', ')}`}`,
    fix: to === 'sim' ? 'move what is needed out of sim' : `hand the value in, or move what is needed to where ${from} may reach it`,
  };
}

function wrongSpelling(path: string, target: string, { specifier }: Import): Problem | undefined {
  const crosses = topOf(path) !== topOf(target);
  if (crosses && specifier.startsWith('.')) {
    return { says: `${specifier} crosses from ${topOf(path)} to ${topOf(target)} by a relative path`, fix: `write ${shortFor(target)}` };
  }
  if (!crosses && specifier.startsWith('#')) {
    return { says: `${specifier} stays within ${topOf(path)}`, fix: 'write a relative path' };
  }
  return undefined;
}

function topOf(path: string): string {
  return path.split('/')[0] ?? '';
}

function appOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

function shortFor(target: string): string {
  return `#${target.replace(/^(core|adapters|sim)\/src\//, '$1/')}`;
}
