import type { Digest } from '#core/base/digest.ts';
import { Fault } from '#core/base/fault.ts';
import { type Finding, formatFinding } from '#core/base/finding.ts';
import { readContract } from '#core/contract/read-contract.ts';
import type { Pieces, ReleaseFile } from '#core/release/agree/rule.ts';
import { configName, contractPath, goldenPath, imageRepositoryPath, repositoryPath, routePath } from '#core/release/layout.ts';
import type { PartFile } from '#core/release/part-list.ts';
import { type Descriptor, kindAnnotation, readIndex, readManifest } from '#core/release/oci.ts';
import { readGolden } from '#core/release/read-golden.ts';
import { readPartFiles, readRelease } from '#core/release/read-release.ts';
import type { ClassParts, PartDigest, Release } from '#core/release/release.ts';
import { readRoute } from '#core/release/route.ts';
import { readTar } from '#core/release/tar.ts';
import { readConfig } from '#core/pbtxt/read-config.ts';
import { type Contract, modelsBeside } from '#core/contract/contract.ts';

/** Gives a whole verified blob; a registry does, and so does a cache in front of one. */
export type Fetch = (blob: Digest, bytesMax: number) => Promise<Uint8Array>;

/** A release as its blobs describe it. `blobs` are all there are, down to the weights. */
export type OpenedRelease = {
  readonly release: Release;
  readonly images: Readonly<Record<string, { readonly layers: readonly Descriptor[] }>>;
  readonly blobs: readonly Digest[];
};

/** Follows a release's digest to everything in it but the weights. Throws a Fault when a blob is missing, changed or not what it should be. */
export async function openRelease(digest: Digest, fetch: Fetch): Promise<OpenedRelease> {
  const index = value(digest, readIndex(await textOf(digest, fetch, documentBytesMax), digest));
  const own = index.manifests.find(({ annotations }) => annotations?.[kindAnnotation] === 'release');
  if (!own) throw unreadable(digest, 'its index points at no release manifest');
  const manifest = value(own.digest, readManifest(await textOf(own.digest, fetch, documentBytesMax), own.digest));
  const { release } = whole(digest, readRelease(await textOf(manifest.config.digest, fetch, documentBytesMax), 'release.json'));

  const carried = new Set(manifest.layers.map((layer) => layer.digest));
  const parts = Object.values(release.classes);
  const named = [
    release.contract,
    release.golden,
    release.route,
    ...parts.flatMap(({ artifact, config, processing }) => [artifact, config, ...(processing === 'absent' ? [] : [processing])]),
  ];
  const lost = named.find((one) => !carried.has(one));
  if (lost) throw unreadable(digest, `release.json names ${lost}, which its manifest does not carry`);

  const images: Record<string, { layers: readonly Descriptor[] }> = {};
  const blobs = [digest, own.digest, manifest.config.digest, ...carried];
  for (const [gpuClass, { image }] of Object.entries(release.classes)) {
    if (!index.manifests.some((one) => one.digest === image)) throw unreadable(digest, `its index does not carry the image ${image}`);
    const { config, layers } = value(image, readManifest(await textOf(image, fetch, documentBytesMax), image));
    images[gpuClass] = { layers };
    blobs.push(image, config.digest, ...layers.map((layer) => layer.digest));
  }
  return { release, images, blobs: [...new Set(blobs)] };
}

export async function fetchContract({ contract }: Release, fetch: Fetch): Promise<Contract> {
  return whole(contract, readContract(await textOf(contract, fetch, documentBytesMax), contractPath)).contract;
}

export async function fetchGolden({ golden }: Release, fetch: Fetch) {
  return whole(golden, readGolden(await textOf(golden, fetch, goldenBytesMax), goldenPath)).golden;
}

/** The lists of files whose digests are the parts'. */
export type PartFiles = Readonly<Record<'artifact' | 'config' | 'processing', readonly PartFile[]>>;

export async function fetchPartFiles(parts: ClassParts, fetch: Fetch): Promise<PartFiles> {
  const read = async (part: PartDigest) =>
    part === 'absent' ? [] : whole(part, readPartFiles(await textOf(part, fetch, documentBytesMax), part)).files;
  return { artifact: await read(parts.artifact), config: await read(parts.config), processing: await read(parts.processing) };
}

/** The pieces of one class of a release, to be compared with each other once more; or what cannot be read in them. */
export async function fetchPieces(
  opened: OpenedRelease,
  gpuClass: string,
  fetch: Fetch,
): Promise<{ pieces: Pieces } | { findings: Finding[] }> {
  const { release, images } = opened;
  const parts = release.classes[gpuClass];
  const last = images[gpuClass]?.layers.at(-1);
  if (!parts || !last) throw unreadable(release.contract, `it has no parts for the GPU class ${gpuClass}`);
  const texts = new Map<string, string>();
  for (const { path, bytes } of readTar(await fetch(last.digest, goldenBytesMax))) {
    texts.set(path.replace(imageRepositoryPath, repositoryPath), new TextDecoder().decode(bytes));
  }
  texts.set(contractPath, await textOf(release.contract, fetch, documentBytesMax));
  const configPath = `${repositoryPath}/${release.model}/${configName}`;
  const contract = readContract(texts.get(contractPath) ?? '', contractPath);
  const golden = readGolden(await textOf(release.golden, fetch, goldenBytesMax), goldenPath);
  const route = readRoute(await textOf(release.route, fetch, documentBytesMax), routePath);
  const config = readConfig(texts.get(configPath) ?? '', configPath);
  const others = 'contract' in contract ? Object.keys(modelsBeside(contract.contract)) : [];
  const read = others.map((model) => {
    const path = `${repositoryPath}/${model}/${configName}`;
    return { model, ...readConfig(texts.get(path) ?? '', path) };
  });
  const findings = [contract, golden, route, config, ...read].flatMap((piece) => ('findings' in piece ? piece.findings : []));
  if (!('contract' in contract && 'golden' in golden && 'route' in route && 'config' in config) || findings.length > 0) return { findings };
  const beside = Object.fromEntries(read.flatMap((one) => ('config' in one ? [[one.model, one.config] as const] : [])));
  const lists = Object.values(await fetchPartFiles(parts, fetch)).flat();
  const files = [...lists.map(({ path, size }) => fileOf(`${repositoryPath}/${path}`, size, texts)), fileOf(contractPath, 1, texts)];
  return { pieces: { ...contract, ...golden, ...route, ...config, beside, files } };
}

const documentBytesMax = 4 * 2 ** 20;
const goldenBytesMax = 256 * 2 ** 20;

async function textOf(blob: Digest, fetch: Fetch, bytesMax: number): Promise<string> {
  return new TextDecoder().decode(await fetch(blob, bytesMax));
}

function fileOf(path: string, size: number, texts: ReadonlyMap<string, string>): ReleaseFile {
  const text = texts.get(path);
  return { path, size, ...(text === undefined ? {} : { text }) };
}

function value<T>(blob: Digest, read: { value: T } | { findings: Finding[] }): T {
  return whole(blob, read).value;
}

function whole<T extends object>(blob: Digest, read: T | { findings: Finding[] }): T {
  if ('findings' in read) throw unreadable(blob, read.findings.map(formatFinding).join('; '));
  return read;
}

/** The bytes are those of the digest, and still they are no release: another version of us packed it, or not us at all. */
function unreadable(blob: Digest, says: string): Fault {
  return new Fault('registry/unreadable', `${blob} is no release that this version of conch can read: ${says}`, { isRetryable: false });
}
