import { matchesGlob, posix } from 'node:path';
import { topFolders } from '../files.ts';
import type { Finding, Rule, Source } from './rule.ts';

/** Links and paths in documents lead somewhere. Decision records are history: the paths they name may be gone, their links may not. */
export const documentsRule: Rule = {
  name: 'documents',
  judge(sources) {
    const places = new Places(sources);
    return sources.filter(({ path }) => path.endsWith('.md')).flatMap((document) => judgeDocument(document, places));
  },
};

function judgeDocument({ path, text }: Source, places: Places): Finding[] {
  const isHistory = path.startsWith('docs/decisions/');
  return proseLines(text).flatMap(({ line, prose }) => [
    ...linksIn(prose).flatMap((link) => judgeLink(path, line, link, places)),
    ...(isHistory ? [] : pathsIn(prose).flatMap((named) => judgePath(path, line, named, places))),
  ]);
}

/** Lines outside fenced blocks, which show what somebody types or sees. */
function proseLines(text: string): { line: number; prose: string }[] {
  let fence: string | undefined;
  return text.split('\n').flatMap((prose, index) => {
    const mark = /^\s*(```+|~~~+)/.exec(prose)?.[1];
    if (mark !== undefined && (fence === undefined || mark.startsWith(fence))) {
      fence = fence === undefined ? mark : undefined;
      return [];
    }
    return fence === undefined ? [{ line: index + 1, prose }] : [];
  });
}

function linksIn(prose: string): string[] {
  const withoutCode = prose.replace(/`[^`]*`/g, (code) => ' '.repeat(code.length));
  const inline = [...withoutCode.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const references = [...withoutCode.matchAll(/^\s*\[[^\]]+\]:\s*<?(\S+?)>?\s*$/g)];
  return [...inline, ...references].map((match) => match[1] ?? '');
}

function judgeLink(path: string, line: number, link: string, places: Places): Finding[] {
  if (/^([a-z][a-z+.-]*:|\/\/)/i.test(link)) return []; // a web address: whether it answers is not ours to know
  const [place = '', anchor] = decodeURI(link).split('#');
  const target = place === '' ? path : place.startsWith('/') ? place.slice(1) : posix.join(posix.dirname(path), place);
  if (!places.has(target)) {
    return [{ path, line, says: `the link leads to ${target}, which does not exist`, fix: 'correct the link, or remove it' }];
  }
  if (anchor === undefined || anchor === '' || !target.endsWith('.md') || places.headingsOf(target).includes(anchor)) return [];
  return [
    {
      path,
      line,
      says: `the link leads to #${anchor}, which is no heading of ${target}`,
      fix: `${target} has: ${places.headingsOf(target).join(', ')}`,
    },
  ];
}

/** Code spans that read like a path of the repository: they begin with one of its folders and hold nothing to be filled in. */
function pathsIn(prose: string): string[] {
  return [...prose.matchAll(/(?<!`)`([^`\s]+)`(?!`)/g)]
    .map((match) => (match[1] ?? '').replace(/^\.\//, '').replace(/(:\d+)+$/, ''))
    .filter((span) => topFolders.some((folder) => span.startsWith(`${folder}/`)) && !/[<>{}$|…]|\.\.\.|NAME/.test(span));
}

function judgePath(path: string, line: number, named: string, places: Places): Finding[] {
  if (places.has(named)) return [];
  return [{ path, line, says: `\`${named}\` does not exist`, fix: 'name the path that it is now; write a part to be filled in as <name>' }];
}

/** Where the files and folders are, and what the documents' headings are called. */
class Places {
  readonly #texts: Map<string, string>;
  readonly #folders = new Set<string>(['.']);

  constructor(sources: readonly Source[]) {
    this.#texts = new Map(sources.map(({ path, text }) => [path, text]));
    for (const { path } of sources) {
      for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) this.#folders.add(folder);
    }
  }

  has(path: string): boolean {
    const plain = path.replace(/\/$/, '');
    if (this.#texts.has(plain) || this.#folders.has(plain)) return true;
    return plain.includes('*') && [...this.#texts.keys(), ...this.#folders].some((place) => matchesGlob(place, plain));
  }

  /** The anchors of a document's headings, spelled as GitHub spells them. */
  headingsOf(path: string): string[] {
    const seen = new Map<string, number>();
    return proseLines(this.#texts.get(path) ?? '').flatMap(({ prose }) => {
      const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(prose)?.[1];
      if (heading === undefined) return [];
      const anchor = heading
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-');
      const count = seen.get(anchor) ?? 0;
      seen.set(anchor, count + 1);
      return [count === 0 ? anchor : `${anchor}-${count}`];
    });
  }
}
