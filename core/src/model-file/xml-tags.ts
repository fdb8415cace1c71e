import { type Asking, bytesOf, isUnseen } from '../base/asking.ts';
import { malformed, type Problem, tooMuch, truncated, unseen } from './problem.ts';

/** A tag as it stands in the file, and the text before it if that is short. Entities other than XML's own five are never looked up. */
export type Tag = { readonly name: string; readonly kind: 'open' | 'close' | 'whole'; readonly text: string; readonly before: string };

const beforeCharsMax = 64;
const windowBytes = 64 * 1024;
const tagCharsMax = 1024 * 1024;
const bytesMax = 64 * 1024 * 1024;
const tagsMax = 2_000_000;

/** Hands each tag of an XML file to `take`, reading the file from its beginning until `take` says that it has enough. */
export function* readTags(file: string, size: number, take: (tag: Tag) => 'go on' | 'enough'): Asking<Problem | undefined> {
  if (size > bytesMax) return tooMuch(`it has more than ${bytesMax} bytes`);
  const decoder = new TextDecoder();
  let text = '';
  let tags = 0;
  for (let from = 0; from < size; ) {
    const bytes = yield* bytesOf(file, from, Math.min(windowBytes, size - from));
    if (isUnseen(bytes)) return unseen(`its bytes could not be read: ${bytes.unseen}`);
    if (bytes.length === 0) return unseen('it became shorter while it was read');
    from += bytes.length;
    text += decoder.decode(bytes, { stream: true });
    let at = 0;
    for (;;) {
      const start = text.indexOf('<', at);
      const end = start < 0 ? -1 : endOfMarkup(text, start);
      if (end < 0) {
        const last = start < 0 ? text.length : start;
        text = text.slice(last - at > beforeCharsMax ? last : at);
        break;
      }
      const before = start - at > beforeCharsMax ? '' : text.slice(at, start);
      at = end;
      tags += 1;
      if (tags > tagsMax) return tooMuch(`it has more than ${tagsMax} tags`);
      const tag = tagAt(text.slice(start, end), before);
      if (tag === 'passed over') continue;
      if (tag === undefined) return malformed('it is no XML: a tag has no name');
      if (take(tag) === 'enough') return undefined;
    }
    if (text.length > tagCharsMax) return malformed('it is no XML: a tag does not end');
  }
  return text.includes('<') ? truncated('it is cut off within a tag') : undefined;
}

/** Where what begins with `<` ends; -1 when it goes on behind the text. */
function endOfMarkup(text: string, from: number): number {
  for (const [start, end] of [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
    ['<?', '?>'],
  ] as const) {
    if (text.startsWith(start, from)) {
      const at = text.indexOf(end, from + start.length);
      return at < 0 ? -1 : at + end.length;
    }
  }
  let quote = 0;
  for (let at = from + 1; at < text.length; at += 1) {
    const one = text.charCodeAt(at);
    if (quote !== 0) quote = one === quote ? 0 : quote;
    else if (one === 0x22 || one === 0x27) quote = one;
    else if (one === 0x3e) return at + 1;
  }
  return -1;
}

function tagAt(text: string, before: string): Tag | 'passed over' | undefined {
  if (text.startsWith('<!') || text.startsWith('<?')) return 'passed over';
  const kind = text.startsWith('</') ? 'close' : text.endsWith('/>') ? 'whole' : 'open';
  const name = /^<\/?([\w:.-]+)/.exec(text)?.[1];
  return name === undefined ? undefined : { name, kind, text, before };
}

/** An attribute's value, with XML's own entities replaced; a copy, so that keeping it does not keep the file's text. */
export function attributeOf({ text, name: tagName }: Tag, name: string): string | undefined {
  for (let at = text.indexOf(tagName) + tagName.length; at < text.length; ) {
    const key = wordAt(text, at);
    const equals = key === '' ? at : afterBlank(text, at + key.length);
    const from = afterBlank(text, equals + 1);
    const quote = text[from];
    if (key === '' || text[equals] !== '=' || (quote !== '"' && quote !== "'")) {
      at += key.length + 1;
      continue;
    }
    const end = text.indexOf(quote, from + 1);
    if (end < 0) return undefined;
    if (key === name) return copied(text.slice(from + 1, end).replace(entity, meant));
    at = end + 1;
  }
  return undefined;
}

/** Read by hand, because an expression that looks for names anywhere takes the square of a tag's length when nothing fits. */
function wordAt(text: string, from: number): string {
  let at = from;
  for (; at < text.length; at += 1) {
    const one = text[at] ?? '';
    if (one === '=' || one === '"' || one === "'" || one === '>' || one === '/' || isBlank(one)) break;
  }
  return text.slice(from, at);
}

function afterBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length && isBlank(text[at] ?? '')) at += 1;
  return at;
}

const isBlank = (one: string): boolean => one === ' ' || one === '\n' || one === '\t' || one === '\r';

const utf8 = { to: new TextEncoder(), from: new TextDecoder('utf-8', { ignoreBOM: true }) };

function copied(text: string): string {
  return utf8.from.decode(utf8.to.encode(text));
}

const entity = /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([\da-fA-F]{1,6}));/g;
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function meant(whole: string, name: string | undefined, decimal: string | undefined, hex: string | undefined): string {
  if (name !== undefined) return entities[name] ?? whole;
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}
