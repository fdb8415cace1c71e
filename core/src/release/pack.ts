import { type Finding, hasError } from '../base/finding.ts';
import { type Contract, modelsBeside } from '../contract/contract.ts';
import type { Environment } from '../contract/policy.ts';
import { readContract } from '../contract/read-contract.ts';
import { readConfig } from '../pbtxt/read-config.ts';
import type { Pieces } from './agree/rule.ts';
import { releaseFindings } from './release-findings.ts';
import { configName, contractPath, goldenPath, imageRepositoryPath, repositoryPath, routePath } from './layout.ts';
import { readGolden } from './read-golden.ts';
import { readRoute } from './route.ts';
import { isSafePath, tarProblem } from './tar.ts';
import { type PackFile, type ReleaseBlobs, toOci } from './to-oci.ts';

/** A packed release. Its findings are warnings, unless disagreements were let pass. */
export type Packed = ReleaseBlobs & { readonly findings: Finding[] };

export type PackOptions = {
  /** Refuses a release that cannot run there. */
  readonly environment?: Environment;
  /** Packs pieces that disagree, for drills and for tests of whoever must refuse them later. What cannot be read is never packed. */
  readonly despiteDisagreements?: boolean;
};

/** Makes a release of the files of a folder: the same files give the same digest, on any machine, in any order. */
export function packRelease(files: readonly PackFile[], options: PackOptions = {}): Packed | { findings: Finding[] } {
  const read = readPieces(files);
  if ('findings' in read) return read;
  const { pieces } = read;
  const findings = [...releaseFindings(pieces), ...strangers(files), ...misplaced(pieces.contract, options.environment)];
  if (hasError(findings) && !options.despiteDisagreements) return { findings };
  return { ...toOci(files, pieces), findings };
}

function readPieces(files: readonly PackFile[]): { pieces: Pieces } | { findings: Finding[] } {
  const unsafe = files.flatMap(({ path, bytes }) => {
    const problem = isSafePath(path) ? tarProblem(path.replace(repositoryPath, imageRepositoryPath), bytes.length) : tarProblem(path, 0);
    return problem === 'none' ? [] : [error('release/path', path, `it cannot be packed: ${problem}`)];
  });
  if (unsafe.length > 0) return { findings: unsafe };

  const contract = readPiece(files, contractPath, readContract);
  const golden = readPiece(files, goldenPath, readGolden);
  const route = readPiece(files, routePath, readRoute);
  const folder = 'contract' in contract ? contract.contract.model : modelFolders(files)[0];
  const configPath = `${repositoryPath}/${folder ?? '<model>'}/${configName}`;
  const config = readPiece(files, configPath, readConfig);
  const others = 'contract' in contract ? Object.keys(modelsBeside(contract.contract)).filter((model) => model !== folder) : [];
  const besides = others.map((model) => ({ model, path: `${repositoryPath}/${model}/${configName}` }));
  const read = besides.map(({ model, path }) => ({ model, ...readPiece(files, path, readConfig) }));
  const unread = read.flatMap((one) => ('findings' in one ? one.findings : []));
  if ('contract' in contract && 'golden' in golden && 'route' in route && 'config' in config && unread.length === 0) {
    const beside = Object.fromEntries(read.flatMap((one) => ('config' in one ? [[one.model, one.config] as const] : [])));
    const texts = new Set([contractPath, configPath, ...besides.map(({ path }) => path)]);
    const shown = files.map(({ path, bytes }) => ({
      path,
      size: bytes.length,
      bytes,
      ...(texts.has(path) ? { text: new TextDecoder().decode(bytes) } : {}),
    }));
    return { pieces: { ...contract, ...golden, ...route, ...config, beside, files: shown } };
  }
  return { findings: [...[contract, golden, route, config].flatMap((piece) => ('findings' in piece ? piece.findings : [])), ...unread] };
}

type Read<T> = T | { findings: Finding[] };

function readPiece<T extends object>(files: readonly PackFile[], path: string, read: (text: string, file: string) => Read<T>): Read<T> {
  const file = files.find((one) => one.path === path);
  if (!file) return { findings: [error('layout/file-missing', path, 'a release needs this file, and it is not there')] };
  try {
    return read(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file.bytes), path);
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    return { findings: [error('layout/encoding', path, 'it is not UTF-8 text')] };
  }
}

const error = (code: Finding['code'], file: string, says: string): Finding => ({ code, severity: 'error', place: { file }, says });

const modelFolders = (files: readonly PackFile[]): string[] => [
  ...new Set(files.flatMap(({ path }) => (path.startsWith(`${repositoryPath}/`) ? [path.split('/')[1] ?? ''] : []))),
];

/** Nothing is left out in silence. */
function strangers(files: readonly PackFile[]): Finding[] {
  const known = new Set([contractPath, goldenPath, routePath]);
  return files
    .filter(({ path }) => !known.has(path) && !path.startsWith(`${repositoryPath}/`))
    .map(({ path }) => ({
      ...error('release/file-not-packed', path, 'it is no part of a release, and stays out of it'),
      severity: 'warning',
      fix: `keep it elsewhere, or put it into the model's folder below ${repositoryPath}/`,
    }));
}

function misplaced({ resources }: Contract, environment: Environment | undefined): Finding[] {
  if (!environment || environment.gpuClass === resources.gpu.class) return [];
  const says = `the contract asks for the GPU class "${resources.gpu.class}", and the environment ${environment.name} has "${environment.gpuClass}"`;
  return [error('release/gpu-class', contractPath, says)];
}
