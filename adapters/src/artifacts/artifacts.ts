import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestOf, short } from '#core/base/digest.ts';
import { Fault, wordsOf } from '#core/base/fault.ts';
import { modelsBeside } from '#core/contract/contract.ts';
import { servedVersions } from '#core/model/versions.ts';
import { readConfig } from '#core/pbtxt/read-config.ts';
import type { Artifacts, Materialised } from '#core/ports/agent.ts';
import type { Registry } from '#core/ports/registry.ts';
import type { PoolTarget } from '#core/ports/targets.ts';
import { configName, enginePaths, imageRepositoryPath } from '#core/release/layout.ts';
import { type PartFile, partDigest } from '#core/release/part-list.ts';
import { type ClassParts, type PartDigest, servingDigest } from '#core/release/release.ts';
import { writeAtomically } from '../files/atomic.ts';
import { type Fetch, fetchContract, fetchGolden, fetchPartFiles, type OpenedRelease, openRelease } from '../registry/open-release.ts';
import { type FileLook, keepOutPythonCache, lookOf, makeReadOnly, pathsWithoutGuards, readFileLook, removeTree } from './disk.ts';
import { unpackLayer } from './unpack.ts';

/**
 * Model repositories on this node's disk, one per serving digest:
 *
 *     <home>/agent/models/<serving digest>/repository/<model>/...   read-only; what servers read, each model of the release
 *     <home>/agent/models/<serving digest>/files.json               what was written, and how each file looked then
 *     <home>/agent/blobs/<digest>                                   the small documents of releases
 *
 * With these a rollback, and an agent that starts again, need no registry.
 */
export function diskArtifacts(options: { registry: Registry; home: string; log?: (line: string) => void }): Artifacts {
  return new DiskArtifacts(options.registry, join(options.home, 'agent'), options.log ?? (() => undefined));
}

class DiskArtifacts implements Artifacts {
  readonly #registry: Registry;
  readonly #blobs: string;
  readonly #models: string;
  readonly #log: (line: string) => void;
  readonly #underWay = new Map<Digest, Promise<string>>();
  #swept: Promise<void> | undefined;

  constructor(registry: Registry, folder: string, log: (line: string) => void) {
    this.#registry = registry;
    this.#blobs = join(folder, 'blobs');
    this.#models = join(folder, 'models');
    this.#log = log;
  }

  async materialise(target: PoolTarget): Promise<Materialised> {
    const opened = await openRelease(target.release, this.#fetch);
    const parts = partsOf(opened, target);
    const folder = await this.#once(target.serving, () => this.#materialise(target, opened, parts).catch(unwritable));
    const contract = await fetchContract(opened.release, this.#fetch);
    const repository = join(folder, 'repository');
    const models = [target.model, ...Object.keys(modelsBeside(contract))];
    return {
      repository,
      parts,
      contract,
      golden: await fetchGolden(opened.release, this.#fetch),
      configTexts: Object.fromEntries(models.map((model) => [model, readFileSync(join(repository, model, configName), 'utf8')])),
    };
  }

  async observe(
    target: PoolTarget,
  ): Promise<{ artifact: PartDigest; config: PartDigest; processing: PartDigest; engine: PartDigest; versions: string[] }> {
    const { serving, model } = target;
    const folder = join(this.#folderOf(serving), 'repository');
    const paths = pathsWithoutGuards(folder);
    if (paths.length === 0) return { artifact: 'absent', config: 'absent', processing: 'absent', engine: 'absent', versions: [] };
    const files: PartFile[] = [];
    try {
      for (const path of paths) files.push(await readFileLook(folder, path));
    } catch (cause) {
      throw new Fault('artifact/unreadable', `${folder} cannot be read: ${wordsOf(cause)}`, { isRetryable: true, cause });
    }
    // The release says which part a file belongs to. What it does not know is counted to the artifact, which it then is unlike.
    const parts = partsOf(await openRelease(target.release, this.#fetch), target);
    const lists = await fetchPartFiles(parts, this.#fetch);
    const of = (part: 'config' | 'processing') => files.filter(({ path }) => lists[part].some((one) => one.path === path));
    const [config, processing] = [of('config'), of('processing')];
    const artifact = files.filter((file) => !config.includes(file) && !processing.includes(file));
    const engines = enginePaths(artifact.map(({ path }) => path));
    return {
      artifact: partDigest(artifact),
      config: partDigest(config),
      processing: parts.processing === 'absent' ? 'absent' : partDigest(processing),
      engine: engines.length > 0 ? partDigest(artifact.filter(({ path }) => engines.includes(path))) : 'absent',
      versions: versionsIn(folder, model, paths),
    };
  }

  async golden(release: Digest) {
    return fetchGolden((await openRelease(release, this.#fetch)).release, this.#fetch);
  }

  /** Small documents, kept beside the models: what is here by its digest needs no registry. */
  readonly #fetch: Fetch = async (blob, bytesMax) => {
    const path = join(this.#blobs, blob.slice('sha256:'.length));
    if (existsSync(path)) {
      const bytes = new Uint8Array(readFileSync(path));
      if (digestOf(bytes) === blob) return bytes;
      this.#log(`${path} was changed; it is fetched again`);
    }
    const bytes = await this.#registry.fetch(blob, bytesMax);
    writeAtomically(path, bytes);
    return bytes;
  };

  #folderOf(serving: Digest): string {
    return join(this.#models, short(serving));
  }

  /** Servers that start together share one unpacking. */
  #once(serving: Digest, work: () => Promise<string>): Promise<string> {
    const before = this.#underWay.get(serving);
    if (before) return before;
    const now = work().finally(() => this.#underWay.delete(serving));
    this.#underWay.set(serving, now);
    return now;
  }

  async #materialise({ serving, model, gpuClass }: PoolTarget, opened: OpenedRelease, parts: ClassParts): Promise<string> {
    this.#swept ??= this.#sweep();
    await this.#swept;
    const folder = this.#folderOf(serving);
    const expected = await this.#expected(parts);
    if (existsSync(folder)) {
      const damage = await this.#damageIn(folder, { serving, expected });
      if (damage === 'none') return folder;
      this.#log(`${folder} is not as it was unpacked (${damage}); it is set aside as ${folder}.damaged, and unpacked again`);
      await removeTree(`${folder}.damaged`);
      renameSync(folder, `${folder}.damaged`);
    }
    const draft = join(this.#models, `.draft-${process.pid}-${short(serving)}`);
    await removeTree(draft);
    try {
      await this.#unpack(draft, { serving, model, expected, layers: (opened.images[gpuClass]?.layers ?? []).map(({ digest }) => digest) });
      renameSync(draft, folder);
      return folder;
    } finally {
      await removeTree(draft);
    }
  }

  async #expected(parts: ClassParts): Promise<PartFile[]> {
    return Object.values(await fetchPartFiles(parts, this.#fetch))
      .flat()
      .sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  async #unpack(
    draft: string,
    { serving, model, expected, layers }: { serving: Digest; model: string; expected: PartFile[]; layers: readonly Digest[] },
  ): Promise<void> {
    const repository = join(draft, 'repository');
    const images = join(draft, imageRepositoryPath);
    await mkdir(images, { recursive: true });
    const written: PartFile[] = [];
    for (const layer of layers) written.push(...(await unpackLayer(this.#registry.stream(layer), draft)));
    // Each layer was what its digest says. That together they are the parts that were asked for is another question.
    const below = `${imageRepositoryPath}/`;
    const unlike = unlikeness(
      written.map((file) => ({ ...file, path: file.path.startsWith(below) ? file.path.slice(below.length) : `../${file.path}` })),
      expected,
    );
    if (unlike !== 'none')
      throw new Fault('artifact/corrupt', `the layers of ${model} are not the parts of its release: ${unlike}`, { isRetryable: false });
    renameSync(images, repository);
    keepOutPythonCache(
      repository,
      expected.map(({ path }) => path),
    );
    await makeReadOnly(repository);
    const marker: Marker = { serving, files: expected.map((file) => ({ ...file, look: lookOf(join(repository, file.path)) })) };
    writeAtomically(join(draft, 'files.json'), `${JSON.stringify(marker, null, 1)}\n`);
  }

  /** Cheap where nothing looks changed; whatever looks changed is read again. */
  async #damageIn(folder: string, { serving, expected }: { serving: Digest; expected: PartFile[] }): Promise<string> {
    const marker = readMarker(join(folder, 'files.json'));
    if (marker?.serving !== serving) return 'files.json is not of this release';
    const repository = join(folder, 'repository');
    const looks = new Map(marker.files.map((file) => [file.path, file]));
    const now: PartFile[] = [];
    try {
      for (const path of pathsWithoutGuards(repository)) {
        const before = looks.get(path);
        now.push(before && lookOf(join(repository, path)) === before.look ? before : await readFileLook(repository, path));
      }
    } catch (thrown) {
      return wordsOf(thrown);
    }
    return unlikeness(now, expected);
  }

  /** What a process that ended in the middle left behind. */
  async #sweep(): Promise<void> {
    mkdirSync(this.#models, { recursive: true });
    for (const name of readdirSync(this.#models)) {
      const pid = /^\.draft-(\d+)-/.exec(name)?.[1];
      if (pid && !isRunning(Number(pid))) await removeTree(join(this.#models, name));
    }
  }
}

function partsOf({ release }: OpenedRelease, { release: digest, gpuClass, serving, model }: PoolTarget): ClassParts {
  const parts = release.classes[gpuClass];
  if (!parts) throw new Fault('registry/unreadable', `release ${short(digest)} is not packed for ${gpuClass}`, { isRetryable: false });
  const own = servingDigest(release.model, gpuClass, parts);
  if (release.model === model && own === serving) return parts;
  const says = `release ${short(digest)} makes servers ${short(own)} of ${release.model}, and the pool asks for ${short(serving)} of ${model}`;
  throw new Fault('registry/unreadable', says, { isRetryable: false });
}

/** What is served of the release's own model, by the configuration and the folders that are on disk. */
function versionsIn(repository: string, model: string, paths: readonly string[]): string[] {
  const path = `${model}/${configName}`;
  const read = readConfig(paths.includes(path) ? readFileSync(join(repository, path), 'utf8') : '', path);
  const folders = paths.flatMap((one) => (one.startsWith(`${model}/`) && one.split('/').length > 2 ? [one.split('/')[1] ?? ''] : []));
  return servedVersions('config' in read ? read.config : {}, [...new Set(folders)]);
}

/** The first difference between two lists of files, in words, or 'none'. */
function unlikeness(files: readonly PartFile[], expected: readonly PartFile[]): string | 'none' {
  const byPath = new Map(files.map((file) => [file.path, file]));
  for (const { path, digest, size } of expected) {
    const file = byPath.get(path);
    if (!file) return `${path} is not there`;
    if (file.digest !== digest)
      return `${path} has ${file.size} bytes of digest ${file.digest}, and the release ${size} bytes of digest ${digest}`;
    byPath.delete(path);
  }
  const [extra] = byPath.keys();
  return extra === undefined ? 'none' : `${extra} is not part of the release`;
}

/** The file of a repository's folder that says what was unpacked there. It saves reading; it proves nothing. */
type Marker = { readonly serving: Digest; readonly files: readonly FileLook[] };

function readMarker(path: string): Marker | undefined {
  try {
    const marker = JSON.parse(readFileSync(path, 'utf8')) as Partial<Marker>;
    return marker.serving && Array.isArray(marker.files) ? { serving: marker.serving, files: marker.files } : undefined;
  } catch {
    return undefined;
  }
}

function unwritable(cause: unknown): never {
  if (!(cause instanceof Error && 'code' in cause) || cause instanceof Fault) throw cause;
  throw new Fault('artifact/unwritable', `the model cannot be unpacked: ${wordsOf(cause)}; it is tried again`, {
    isRetryable: true,
    cause,
  });
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}
