/** So many of something, in words: 1 server, 2 servers. */
export function count(many: number, one: string): string {
  return `${many} ${one}${many === 1 ? '' : 's'}`;
}
