import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, type Stats, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, isDigest, short } from '#core/base/digest.ts';
import { Fault, wordsOf } from '#core/base/fault.ts';
import type { ModelName } from '#core/base/names.ts';
import type { Registry } from '#core/ports/registry.ts';
import { type Descriptor, descriptorOf, type Index, mediaTypes, modelAnnotation, readIndex } from '#core/release/oci.ts';
import type { ReleaseBlobs } from '#core/release/to-oci.ts';
import { writeAtomically } from '../files/atomic.ts';
import { underLock } from './lock.ts';

/**
 * An OCI image layout in a folder, as `oras`, `skopeo` and `crane` read and write it. Its index names releases by digest alone: no tag
 * (`org.opencontainers.image.ref.name`) can ever be pointed at something else.
 */
export function ociLayout(folder: string): Registry {
  return new OciLayout(folder);
}

class OciLayout implements Registry {
  readonly #folder: string;
  /** What a blob's file looked like when its bytes were hashed last. */
  readonly #verified = new Map<Digest, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async store({ digest, release, blobs }: ReleaseBlobs): Promise<void> {
    mkdirSync(join(this.#folder, 'blobs', 'sha256'), { recursive: true });
    this.#dropDrafts();
    // Whoever sees a release in the index finds all of it: blobs first, the index last.
    for (const [blob, bytes] of blobs) if (!(await this.#isSound(blob))) writeAtomically(this.#pathOf(blob), bytes);
    await underLock(join(this.#folder, 'index.lock'), () => {
      if (!existsSync(join(this.#folder, 'oci-layout')))
        writeAtomically(join(this.#folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
      const index = this.#readIndex();
      if (index.manifests.some((one) => one.digest === digest)) return;
      const entry: Descriptor = descriptorOf(mediaTypes.index, blobs.get(digest) ?? new Uint8Array(0), {
        artifactType: mediaTypes.release,
        annotations: { [modelAnnotation]: release.model },
      });
      writeAtomically(
        join(this.#folder, 'index.json'),
        `${JSON.stringify({ ...index, manifests: [...index.manifests, entry] }, null, 1)}\n`,
      );
    });
  }

  async fetch(blob: Digest, bytesMax: number): Promise<Uint8Array> {
    const { size } = await this.#statOf(blob);
    if (size > bytesMax) throw corrupt(blob, this.#pathOf(blob), `it has ${size} bytes, and what it should hold has at most ${bytesMax}`);
    const bytes = await readFile(this.#pathOf(blob)).catch((thrown) => this.#failed(blob, thrown));
    this.#compare(blob, createHash('sha256').update(bytes).digest('hex'));
    return new Uint8Array(bytes);
  }

  async *stream(blob: Digest): AsyncIterable<Uint8Array> {
    const before = await this.#statOf(blob);
    const hash = createHash('sha256');
    let held: Uint8Array | undefined;
    try {
      for await (const chunk of createReadStream(this.#pathOf(blob), { highWaterMark: 2 ** 20 }) as AsyncIterable<Buffer>) {
        hash.update(chunk);
        if (held) yield held;
        held = chunk;
      }
    } catch (thrown) {
      this.#failed(blob, thrown);
    }
    // The last chunk is handed over only when all of them were right.
    this.#compare(blob, hash.digest('hex'));
    this.#verified.set(blob, looks(before));
    if (held) yield held;
  }

  async verify(blob: Digest): Promise<void> {
    if (this.#verified.get(blob) === looks(await this.#statOf(blob))) return;
    for await (const _ of this.stream(blob));
  }

  async releases(model: ModelName): Promise<Digest[]> {
    const releases: Digest[] = [];
    for (const entry of this.#readIndex().manifests) if ((await this.#modelOf(entry)) === model) releases.push(entry.digest);
    return releases;
  }

  /** Tools that copy a release into a layout write the entry of its index anew, without our annotation; the release itself still has it. */
  async #modelOf({ digest, mediaType, annotations }: Descriptor): Promise<ModelName | undefined> {
    if (annotations?.[modelAnnotation] || mediaType !== mediaTypes.index) return annotations?.[modelAnnotation];
    const read = readIndex(new TextDecoder().decode(await this.fetch(digest, 2 ** 22)), digest);
    return 'value' in read ? read.value.annotations?.[modelAnnotation] : undefined;
  }

  #pathOf(blob: Digest): string {
    if (!isDigest(blob))
      throw new Fault('registry/missing', `"${blob}" is no digest: a release is addressed by sha256: and 64 hex digits`, {
        isRetryable: false,
      });
    return join(this.#folder, 'blobs', 'sha256', blob.slice('sha256:'.length));
  }

  async #isSound(blob: Digest): Promise<boolean> {
    try {
      await this.verify(blob);
      return true;
    } catch (thrown) {
      if (thrown instanceof Fault && !thrown.isRetryable) return false;
      throw thrown;
    }
  }

  async #statOf(blob: Digest): Promise<Stats> {
    return stat(this.#pathOf(blob)).catch((thrown) => this.#failed(blob, thrown));
  }

  #compare(blob: Digest, hex: string): void {
    if (blob === `sha256:${hex}`) return;
    this.#verified.delete(blob);
    throw corrupt(blob, this.#pathOf(blob), `its bytes have the digest sha256:${hex}`);
  }

  #failed(blob: Digest, cause: unknown): never {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) {
      throw new Fault('registry/missing', `blob ${blob} is not in ${this.#folder}`, { isRetryable: false, cause });
    }
    throw new Fault('registry/unavailable', `blob ${blob} could not be read from ${this.#folder}: ${wordsOf(cause)}`, {
      isRetryable: true,
      cause,
    });
  }

  #readIndex(): Index {
    const path = join(this.#folder, 'index.json');
    if (!existsSync(path)) return { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };
    const read = readIndex(readFileSync(path, 'utf8'), path);
    if ('value' in read) return read.value;
    const says = read.findings.map((finding) => finding.says).join('; ');
    throw new Fault(
      'registry/unreadable',
      `${path} is no OCI index: ${says}. Move it aside, then pack the releases again: blobs are kept`,
      { isRetryable: false },
    );
  }

  /** What a process that was killed while writing left behind. A day is longer than any write takes. */
  #dropDrafts(): void {
    const blobs = join(this.#folder, 'blobs', 'sha256');
    for (const name of readdirSync(blobs)) {
      const path = join(blobs, name);
      if (name.endsWith('.tmp') && Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 86_400_000)
        rmSync(path, { force: true });
    }
  }
}

function corrupt(blob: Digest, path: string, says: string): Fault {
  const next = 'it is not used. Pack the release again from its sources, or copy the blob again from another registry';
  return new Fault('artifact/corrupt', `blob ${short(blob)} was changed after it was stored: ${says}, and not ${blob} (${path}); ${next}`, {
    isRetryable: false,
  });
}

const looks = ({ size, mtimeMs, ctimeMs, ino }: Stats): string => `${size} ${mtimeMs} ${ctimeMs} ${ino}`;
