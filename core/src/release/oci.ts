import { z } from 'zod';
import { type Digest, digestOf } from '../base/digest.ts';
import type { Finding } from '../base/finding.ts';
import { readJsonAs } from '../base/read-as.ts';

/** The media types of a release's OCI form. */
export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  imageConfig: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  release: 'application/vnd.conch.release.v1+json',
  contract: 'application/vnd.conch.contract.v1+yaml',
  golden: 'application/vnd.conch.golden.v1+json',
  route: 'application/vnd.conch.route.v1+json',
  files: 'application/vnd.conch.files.v1+json',
} as const;

/** Names the class of accelerator that an image in a release's index is for. */
export const gpuClassAnnotation = 'dev.conch.gpu-class';
/** Tells the release's own manifest, in its index, from its images. */
export const kindAnnotation = 'dev.conch.kind';
/** Names the model, so that a registry's releases of it can be listed. */
export const modelAnnotation = 'dev.conch.model';

export type Descriptor = {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

export type Manifest = {
  readonly schemaVersion: 2;
  readonly mediaType?: typeof mediaTypes.manifest;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
};

export type Index = {
  readonly schemaVersion: 2;
  readonly mediaType?: typeof mediaTypes.index;
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
};

export function descriptorOf(
  mediaType: string,
  bytes: Uint8Array,
  more: Pick<Descriptor, 'artifactType' | 'annotations'> = {},
): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length, ...more };
}

export function readManifest(text: string, name: string): { value: Manifest } | { findings: Finding[] } {
  return readJsonAs({ topic: 'oci', schema: manifest }, text, name);
}

export function readIndex(text: string, name: string): { value: Index } | { findings: Finding[] } {
  return readJsonAs({ topic: 'oci', schema: index }, text, name);
}

// What other tools add to these documents is not ours to refuse: unknown fields pass.
const digest = z.templateLiteral(['sha256:', z.string().regex(/^[0-9a-f]{64}$/)]);
const annotations = z.record(z.string(), z.string());

const descriptor: z.ZodType<Descriptor> = z.object({
  mediaType: z.string(),
  digest,
  size: z.number().int().min(0),
  artifactType: z.string().exactOptional(),
  annotations: annotations.exactOptional(),
});

const manifest: z.ZodType<Manifest> = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(mediaTypes.manifest).exactOptional(),
  artifactType: z.string().exactOptional(),
  config: descriptor,
  layers: z.array(descriptor),
});

const index: z.ZodType<Index> = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(mediaTypes.index).exactOptional(),
  manifests: z.array(descriptor),
  annotations: annotations.exactOptional(),
});
