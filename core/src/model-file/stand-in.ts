import { type Asking, bytesOf, isUnseen } from '../base/asking.ts';
import { beginsWith, type LfsPointer, readLfsPointer } from './git-lfs.ts';
import type { Problem } from './problem.ts';
import { unseen } from './problem.ts';

/** What often lies where a model should, because a download or a checkout went wrong. */
export type StandIn =
  | ({ readonly is: 'git-lfs' } & LfsPointer)
  | { readonly is: 'empty' }
  | { readonly is: 'zeros' }
  | { readonly is: 'html'; readonly title?: string }
  | { readonly is: 'error'; readonly says: string };

/** Whole answers of servers are short; what is longer is no error that someone saved. */
const bytesMax = 16 * 1024;

/** Tells a stand-in from the beginning of a file. For formats that are binary: a model that is text itself is not to be asked of here. */
export function* readStandIn(file: string, size: number): Asking<StandIn | Problem | undefined> {
  if (size === 0) return { is: 'empty' };
  const head = yield* bytesOf(file, 0, Math.min(size, bytesMax));
  if (isUnseen(head)) return unseen(`its bytes could not be read: ${head.unseen}`);
  return standInOf(head, size);
}

function standInOf(head: Uint8Array, size: number): StandIn | undefined {
  if (head.length > 0 && head.every((byte) => byte === 0)) return { is: 'zeros' };
  const pointer = size === head.length ? readLfsPointer(head) : undefined;
  if (pointer) return { is: 'git-lfs', ...pointer };
  const first = firstVisible(head);
  if (first !== '<' && first !== '{' && first !== '[') return undefined;
  const text = new TextDecoder()
    .decode(head)
    .replace(/^\uFEFF/, '')
    .trim();
  if (/^(<!--[^>]*-->\s*)?<(!doctype html|html)[\s>]/i.test(text)) {
    const title = /<title[^>]*>([^<]{1,200})/i.exec(text)?.[1]?.trim();
    return title ? { is: 'html', title } : { is: 'html' };
  }
  if (size > head.length) return undefined;
  return first === '<' ? errorInXml(text) : errorInJson(text);
}

function firstVisible(head: Uint8Array): string {
  let at = beginsWith(head, '\u00ef\u00bb\u00bf') ? 3 : 0;
  while (at < head.length && [9, 10, 13, 32].includes(head[at] ?? 0)) at += 1;
  return String.fromCharCode(head[at] ?? 0);
}

/** Object stores answer `<Error><Code>AccessDenied</Code><Message>...`. */
function errorInXml(text: string): StandIn | undefined {
  if (!/^(<\?xml[^>]*\?>\s*)?<Error[\s>]/.test(text)) return undefined;
  const part = (name: string) => new RegExp(`<${name}>([^<]{1,300})</${name}>`).exec(text)?.[1];
  return { is: 'error', says: [part('Code'), part('Message')].filter((one) => one !== undefined).join(': ') || 'an error without words' };
}

function errorInJson(text: string): StandIn | undefined {
  try {
    const json: unknown = JSON.parse(text);
    const found =
      typeof json === 'object' && json !== null ? Object.entries(json).find(([key]) => /^(errors?|message|detail)$/i.test(key)) : undefined;
    if (found === undefined) return undefined;
    const says = typeof found[1] === 'string' ? found[1] : JSON.stringify(found[1]);
    return { is: 'error', says: says.slice(0, 300) };
  } catch {
    return undefined;
  }
}
