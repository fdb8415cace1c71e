import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';

/** The address of bytes: `sha256:` and 64 hex digits, as OCI writes it. */
export type Digest = `sha256:${string}`;

/** The digest of bytes, or of a text's UTF-8 bytes. */
export function digestOf(content: Uint8Array | string): Digest {
  return `sha256:${bytesToHex(sha256(typeof content === 'string' ? utf8ToBytes(content) : content))}`;
}

/** The digest of a JSON value in its canonical form (RFC 8785), so that key order does not matter. */
export function digestOfValue(value: unknown): Digest {
  return digestOf(canonicalJson(value));
}

/** RFC 8785: one value, one text. Throws on what JSON cannot say (undefined at the top, NaN, cycles). */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('canonicalJson: this value has no JSON form');
  return text;
}

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && /^sha256:[0-9a-f]{64}$/.test(text);
}

/** Twelve hex digits, enough for people to tell digests apart. */
export function short(digest: Digest): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}
