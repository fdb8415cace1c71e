/** Triton's reason and ours without what differs from run to run: folders, and the kind of status that Triton puts before it. */
export function sameWords(ours: string, theirs: string): boolean {
  return plain(ours) === plain(theirs);
}

function plain(text: string): string {
  return text
    .replace(/^(Invalid argument|Internal|Unsupported|Not found): /, '')
    .replace(/, searched: .*/s, '')
    .replace(/^\[request id: <id_unknown>\] /, '')
    .replace(/\/tmp\/conch-referee-\w+\/models\//g, 'models/')
    .replace(/(UNAVAILABLE state: )(Invalid argument|Internal|Not found|Unsupported): /, '$1')
    .trim();
}
