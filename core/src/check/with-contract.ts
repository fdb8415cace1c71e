import type { Finding } from '../base/finding.ts';
import { modelsBeside } from '../contract/contract.ts';
import { readContract } from '../contract/read-contract.ts';
import { type Asking, bytesOf, type Entry, isUnseen, listed } from '../base/asking.ts';
import type { ModelReport } from '../model/check-model.ts';
import type { ModelConfigJson } from '../pbtxt/model-config.ts';
import { readConfig } from '../pbtxt/read-config.ts';
import type { ReleaseFile } from '../release/agree/rule.ts';
import { disagreements } from '../release/agree.ts';
import { configName, contractPath, goldenPath, repositoryPath, routePath } from '../release/layout.ts';
import { readGolden } from '../release/read-golden.ts';
import { readRoute } from '../release/route.ts';

/** A model's report, and what contract, golden set and route say beside it. */
export function* withContract(report: ModelReport, folder: string): Asking<ModelReport> {
  const findings = yield* contractFindings(report, folder);
  // Whatever is missing on disk was said once, by the model's own rules.
  const isSaid = ({ code }: Finding): boolean =>
    code.startsWith('layout/') && report.findings.some((one) => one.code.startsWith('layout/'));
  const all = [...report.findings, ...findings.filter((one) => !isSaid(one))];
  const isRejected = all.some(({ severity }) => severity === 'error');
  return { ...report, findings: all, verdict: isRejected ? 'reject' : report.verdict };
}

function* contractFindings({ name, path }: ModelReport, folder: string): Asking<Finding[]> {
  const contract = yield* piece(folder, contractPath, readContract);
  if (contract === 'absent') return [missing(`${folder}/${contractPath}`, 'contract', 'conch init writes one to start from')];
  const golden = yield* piece(folder, goldenPath, readGolden);
  const route = yield* piece(folder, routePath, readRoute);
  const config = yield* piece(path, configName, readConfig);
  const unread = [contract, golden, route].flatMap((one) => (one !== 'absent' && 'findings' in one ? one.findings : []));
  const absent =
    golden === 'absent'
      ? [missing(`${folder}/${goldenPath}`, 'golden set', 'ask the training framework for requests and expected answers')]
      : [];
  if ('findings' in contract || config === 'absent' || 'findings' in config) return [...unread, ...absent];
  if (contract.contract.model !== name) return unread;
  const files = yield* filesBelow(`${folder}/${repositoryPath}`);
  const texts: ReleaseFile[] = [yield* textFile(folder, contractPath, contractPath)];
  const beside: Record<string, ModelConfigJson> = {};
  for (const model of [name, ...Object.keys(modelsBeside(contract.contract))]) {
    const own = `${repositoryPath}/${model}`;
    const read = yield* piece(`${folder}/${own}`, configName, readConfig);
    // What is wrong with it is said in its own report.
    if (read === 'absent' || 'findings' in read) continue;
    if (model !== name) beside[model] = read.config;
    texts.push(yield* textFile(`${folder}/${own}`, configName, `${own}/${configName}`));
  }
  const pieces = {
    contract: contract.contract,
    config: config.config,
    beside,
    golden: golden === 'absent' || 'findings' in golden ? ('absent' as const) : golden.golden,
    route: route === 'absent' || 'findings' in route ? ('absent' as const) : route.route,
    files: [...texts, ...files.filter((file) => !texts.some((text) => text.path === file.path))],
  };
  const found = disagreements(pieces).map((finding) => ({
    ...finding,
    place: { ...finding.place, file: `${folder}/${finding.place.file}` },
  }));
  return [...unread, ...absent, ...found];
}

const textBytesMax = 64_000_000;

type Read<T> = T | { readonly findings: Finding[] };

function* piece<T extends object>(folder: string, name: string, read: (text: string, file: string) => Read<T>): Asking<Read<T> | 'absent'> {
  const file = `${folder}/${name}`;
  const bytes = yield* bytesOf(file, 0, textBytesMax);
  if (!isUnseen(bytes)) return read(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), file);
  if (bytes.unseen === 'absent') return 'absent';
  return { findings: [{ code: 'layout/unreadable', severity: 'error', place: { file }, says: `it cannot be read: ${bytes.unseen}` }] };
}

function* textFile(folder: string, name: string, as: string): Asking<ReleaseFile> {
  const bytes = yield* bytesOf(`${folder}/${name}`, 0, textBytesMax);
  const text = isUnseen(bytes) ? '' : new TextDecoder().decode(bytes);
  return { path: as, size: text.length, text };
}

const missing = (file: string, what: string, fix: string): Finding => ({
  code: what === 'contract' ? 'advice/no-contract' : 'advice/no-golden-set',
  severity: 'warning',
  place: { file },
  says: `there is no ${what}: nobody can prove that the right model is loaded`,
  fix,
});

/** More files, or deeper folders, than a release has: the rest is not looked at. */
const filesMax = 5000;
const depthMax = 9;

function* filesBelow(folder: string): Asking<ReleaseFile[]> {
  const files: ReleaseFile[] = [];
  const queue = [{ from: folder, as: repositoryPath, depth: 0 }];
  for (let next = queue.shift(); next && files.length < filesMax; next = queue.shift()) {
    const entries = yield* listed(next.from);
    for (const { name, kind, size } of isUnseen(entries) ? ([] as Entry[]) : entries) {
      const as = `${next.as}/${name}`;
      if (kind === 'file') files.push({ path: as, size });
      else if (kind === 'folder' && next.depth < depthMax) queue.push({ from: `${next.from}/${name}`, as, depth: next.depth + 1 });
    }
  }
  return files;
}
