import { canonicalJson, type Digest, digestOf, digestOfValue } from '../base/digest.ts';
import { type Contract, modelsBeside } from '../contract/contract.ts';
import { servedVersions } from '../model/versions.ts';
import type { Pieces } from './agree/rule.ts';
import {
  type Configs,
  contractPath,
  enginePaths,
  goldenPath,
  imageRepositoryPath,
  partOfFile,
  repositoryPath,
  routePath,
} from './layout.ts';
import { type PartFile, partDigest, partList } from './part-list.ts';
import {
  type Descriptor,
  descriptorOf,
  gpuClassAnnotation,
  type Index,
  kindAnnotation,
  type Manifest,
  mediaTypes,
  modelAnnotation,
} from './oci.ts';
import type { ClassParts, Release } from './release.ts';
import { serverFlags } from './server-flags.ts';
import { type TarEntry, tarOf } from './tar.ts';

/** A file of a release's folder. Its mode does not travel: machines and checkouts differ in it, and Triton only reads. */
export type PackFile = { readonly path: string; readonly bytes: Uint8Array };

/** A release as blobs, the one at `digest` pointing at all others. */
export type ReleaseBlobs = { readonly release: Release; readonly digest: Digest; readonly blobs: ReadonlyMap<Digest, Uint8Array> };

/**
 * A release is an OCI index of two kinds of manifest: the release's own (release.json as its config; contract, golden set, route and the
 * lists of files as layers), and for each GPU class a plain image with the model repository. The index is what makes every tool that
 * copies (`oras cp`, `skopeo copy --all`, `crane cp`) and every registry's garbage collection take images along: a layer that points at
 * a manifest is copied as a blob, which registries do not serve as a manifest, and `subject` takes one image and is followed by few.
 */
export function toOci(
  files: readonly PackFile[],
  { contract, config, beside }: Pick<Pieces, 'contract' | 'config' | 'beside'>,
): ReleaseBlobs {
  const blobs = new Map<Digest, Uint8Array>();
  const keep = (mediaType: string, bytes: Uint8Array, more: Pick<Descriptor, 'artifactType' | 'annotations'> = {}): Descriptor => {
    const descriptor = descriptorOf(mediaType, bytes, more);
    blobs.set(descriptor.digest, bytes);
    return descriptor;
  };
  const { model } = contract;
  const gpuClass = contract.resources.gpu.class;
  const configs = { ...beside, [model]: config };
  const split = splitFiles(files, contract, configs);

  const layers = layersOf(split).map((entries) => keep(mediaTypes.layer, tarOf(entries)));
  const imageConfig = keep(mediaTypes.imageConfig, ociBytes(imageConfigOf(layers)));
  const image: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: imageConfig, layers };
  const imageDescriptor = keep(mediaTypes.manifest, ociBytes(image), { annotations: { [gpuClassAnnotation]: gpuClass } });

  const parts = classParts(contract, configs, split, imageDescriptor.digest);
  const piece = (mediaType: string, path: string): Descriptor =>
    keep(mediaType, files.find((file) => file.path === path)?.bytes ?? new Uint8Array(0), titled(path));
  const documents = [
    piece(mediaTypes.contract, contractPath),
    piece(mediaTypes.golden, goldenPath),
    piece(mediaTypes.route, routePath),
  ] as const;
  const lists = [
    keep(mediaTypes.files, partList(split.artifact.map(toPartFile)), titled(`${gpuClass}.artifact.json`)),
    keep(mediaTypes.files, partList(split.config.map(toPartFile)), titled(`${gpuClass}.config.json`)),
    ...(parts.processing === 'absent'
      ? []
      : [keep(mediaTypes.files, partList(split.processing.map(toPartFile)), titled(`${gpuClass}.processing.json`))]),
  ];
  const release: Release = {
    release: 'conch/v1',
    model,
    contract: documents[0].digest,
    golden: documents[1].digest,
    route: documents[2].digest,
    classes: { [gpuClass]: parts },
  };
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: mediaTypes.release,
    config: keep(mediaTypes.release, new TextEncoder().encode(canonicalJson(release))),
    layers: [...documents, ...lists],
  };
  const own = keep(mediaTypes.manifest, ociBytes(manifest), { annotations: { [kindAnnotation]: 'release' } });
  const index: Index = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [own, imageDescriptor],
    annotations: { [modelAnnotation]: model },
  };
  return { release, digest: keep(mediaTypes.index, ociBytes(index)).digest, blobs };
}

/**
 * Fields in the order of the OCI specification's own Go types, and in the index none that came after OCI 1.0: a tool that reads an
 * index and writes it again then writes the same bytes, or refuses to copy (skopeo 1.9 does, with --preserve-digests).
 */
const ociBytes = (value: Manifest | Index | ReturnType<typeof imageConfigOf>): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(value));

/** Lets tools that pull artifacts (`oras pull`) give the files their names back. */
const titled = (title: string) => ({ annotations: { 'org.opencontainers.image.title': title } });

type Split = Readonly<Record<ReturnType<typeof partOfFile>, readonly TarEntry[]>>;

/** The files of the models that the contract names, by the part that they belong to. */
function splitFiles(files: readonly PackFile[], contract: Contract, configs: Configs): Split {
  const models = [contract.model, ...Object.keys(modelsBeside(contract))];
  const named = files.flatMap(({ path, bytes }) => {
    const own = path.startsWith(`${repositoryPath}/`) ? path.slice(repositoryPath.length + 1) : '';
    return models.some((model) => own.startsWith(`${model}/`)) ? [{ path: own, bytes }] : [];
  });
  const of = (part: keyof Split): TarEntry[] => named.filter(({ path }) => partOfFile(path, contract, configs) === part);
  return { artifact: of('artifact'), config: of('config'), processing: of('processing') };
}

/** From here on a file travels alone: a release that changes the small files beside it fetches nothing of it again. */
const largeBytes = 2 ** 20;

/** Large files one by one, the small ones by the version they are in, configuration and labels last: they change most. */
function layersOf({ artifact, config, processing }: Split): TarEntry[][] {
  const groups = new Map<string, TarEntry[]>();
  const sorted = [...artifact, ...processing].sort((one, other) => (one.path < other.path ? -1 : 1));
  for (const file of sorted) {
    const folders = file.path.split('/').slice(0, -1).slice(0, 2);
    const group = file.bytes.length > largeBytes ? file.path : `${folders.join('/')}/`;
    groups.set(group, [...(groups.get(group) ?? []), file]);
  }
  const layers = [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, group]) => group);
  return [...layers, [...config]].map((files) => files.map(({ path, bytes }) => ({ path: `${imageRepositoryPath}/${path}`, bytes })));
}

/** Triton's images are for this platform; a field of another name for the GPU does not exist. Layers are uncompressed: digest = diff id. */
const imageConfigOf = (layers: readonly Descriptor[]) => ({
  architecture: 'amd64',
  os: 'linux',
  config: {},
  rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
});

function classParts(contract: Contract, configs: Configs, split: Split, image: Digest): ClassParts {
  const { model, resources, runtime } = contract;
  const artifact = split.artifact.map(toPartFile);
  const engines = enginePaths(artifact.map(({ path }) => path));
  const own = artifact.flatMap(({ path }) => (path.startsWith(`${model}/`) ? [path.split('/')[1] ?? ''] : []));
  return {
    artifact: partDigest(artifact),
    config: partDigest(split.config.map(toPartFile)),
    runtime: digestOfValue({
      // Processing is a part of its own, and what it is made of no business of the runtime's.
      pin: { ...runtime, processing: 'absent' },
      flags: serverFlags,
      limits: { gpu: resources.gpu, memoryBytes: resources.memoryBytes, cpu: resources.cpu },
    }),
    engine: engines.length > 0 ? partDigest(artifact.filter(({ path }) => engines.includes(path))) : 'absent',
    processing: runtime.processing === 'absent' ? 'absent' : partDigest(split.processing.map(toPartFile)),
    versions: servedVersions(configs[model] ?? {}, [...new Set(own)]),
    image,
  };
}

const toPartFile = ({ path, bytes }: TarEntry): PartFile => ({ path, digest: digestOf(bytes), size: bytes.length });
