import { isAbsolute, relative } from 'node:path';

/** A file as code scanning and annotations know it: from where the check runs, which in CI is the root of the repository. */
export function uriPath(file: string): string {
  const path = isAbsolute(file) ? relative(process.cwd(), file) : file;
  return (path.startsWith('..') ? file : path).replaceAll('\\', '/') || '.';
}
