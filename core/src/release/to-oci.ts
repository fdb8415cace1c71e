import { canonicalJson, type Digest, digestOf, digestOfValue } from '../base/digest.ts';
import type { Contract } from '../contract/contract.ts';
import { servedVersions } from '../model/versions.ts';
import type { ModelConfigJson } from '../pbtxt/model-config.ts';
import type { Pieces } from './agree/rule.ts';
import { configPaths, contractPath, enginePaths, goldenPath, imageRepositoryPath, repositoryPath, routePath } from './layout.ts';
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
export function toOci(files: readonly PackFile[], { contract, config }: Pick<Pieces, 'contract' | 'config'>): ReleaseBlobs {
  const blobs = new Map<Digest, Uint8Array>();
  const keep = (mediaType: string, bytes: Uint8Array, more: Pick<Descriptor, 'artifactType' | 'annotations'> = {}): Descriptor => {
    const descriptor = descriptorOf(mediaType, bytes, more);
    blobs.set(descriptor.digest, bytes);
    return descriptor;
  };
  const { model } = contract;
  const gpuClass = contract.resources.gpu.class;
  const modelFiles = filesBelow(files, `${repositoryPath}/${model}/`);
  const split = splitFiles(modelFiles, config);

  const layers = layersOf(model, split).map((entries) => keep(mediaTypes.layer, tarOf(entries)));
  const imageConfig = keep(mediaTypes.imageConfig, ociBytes(imageConfigOf(layers)));
  const image: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: imageConfig, layers };
  const imageDescriptor = keep(mediaTypes.manifest, ociBytes(image), { annotations: { [gpuClassAnnotation]: gpuClass } });

  const parts = classParts(contract, config, split, imageDescriptor.digest);
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

function filesBelow(files: readonly PackFile[], folder: string): TarEntry[] {
  return files.filter(({ path }) => path.startsWith(folder)).map(({ path, bytes }) => ({ path: path.slice(folder.length), bytes }));
}

type Split = { readonly artifact: readonly TarEntry[]; readonly config: readonly TarEntry[] };

function splitFiles(files: readonly TarEntry[], config: ModelConfigJson): Split {
  const paths = configPaths(config);
  return { artifact: files.filter(({ path }) => !paths.includes(path)), config: files.filter(({ path }) => paths.includes(path)) };
}

/** From here on a file travels alone: a release that changes the small files beside it fetches nothing of it again. */
const largeBytes = 2 ** 20;

/** Large files one by one, the small ones by the folder they are in, configuration and labels last: they change most. */
function layersOf(model: string, { artifact, config }: Split): TarEntry[][] {
  const groups = new Map<string, TarEntry[]>();
  const sorted = [...artifact].sort((one, other) => (one.path < other.path ? -1 : 1));
  for (const file of sorted) {
    const folder = file.path.includes('/') ? `${file.path.split('/')[0]}/` : '';
    const group = file.bytes.length > largeBytes ? file.path : folder;
    groups.set(group, [...(groups.get(group) ?? []), file]);
  }
  const layers = [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, group]) => group);
  return [...layers, [...config]].map((files) =>
    files.map(({ path, bytes }) => ({ path: `${imageRepositoryPath}/${model}/${path}`, bytes })),
  );
}

/** Triton's images are for this platform; a field of another name for the GPU does not exist. Layers are uncompressed: digest = diff id. */
const imageConfigOf = (layers: readonly Descriptor[]) => ({
  architecture: 'amd64',
  os: 'linux',
  config: {},
  rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
});

function classParts(contract: Contract, config: ModelConfigJson, split: Split, image: Digest): ClassParts {
  const { resources, runtime } = contract;
  const artifact = split.artifact.map(toPartFile);
  const engines = enginePaths(artifact.map(({ path }) => path));
  const folders = [...new Set(artifact.map(({ path }) => path.split('/')[0] ?? ''))];
  return {
    artifact: partDigest(artifact),
    config: partDigest(split.config.map(toPartFile)),
    runtime: digestOfValue({
      pin: runtime,
      flags: serverFlags,
      limits: { gpu: resources.gpu, memoryBytes: resources.memoryBytes, cpu: resources.cpu },
    }),
    engine: engines.length > 0 ? partDigest(artifact.filter(({ path }) => engines.includes(path))) : 'absent',
    processing: runtime.processing,
    versions: servedVersions(config, folders),
    image,
  };
}

const toPartFile = ({ path, bytes }: TarEntry): PartFile => ({ path, digest: digestOf(bytes), size: bytes.length });
