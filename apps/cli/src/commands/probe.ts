import { askServer } from '#adapters/triton/ask-server.ts';
import { judgeProbe, type Probe } from '#core/probe/judge-probe.ts';
import { argument, command, durationOption, severalOptions } from '../command.ts';
import type { ExitCode } from '../command.ts';
import { probeLines } from '../probe/probe-lines.ts';
import { readHeader, readUrl } from '../probe/read-url.ts';

export const probe = command({
  name: 'probe',
  says: 'Say whether a Triton is healthy, which models it serves, and why it is not ready',
  more:
    'URL is that of its HTTP port: http://host:8000, host:port, or a host alone. It only reads: nothing is loaded, and no model runs. Any server of the KServe protocol can be ' +
    'asked. conch explain CODE tells more of a finding. It ends with 0: healthy; 1: not healthy; 2: it could not be looked at.',
  example: "conch probe localhost:8000\nconch probe https://triton.example --header 'Authorization: Bearer …' --output json | jq .verdict",
  takes: {
    url: { ...argument('URL', 'Address of its HTTP port'), read: readUrl },
    timeout: durationOption('How long all of it may take', { otherwise: '5s', minMs: 100, maxMs: 600_000 }),
    header: severalOptions('HEADER', "'NAME: VALUE', sent along with each question; may be given again", readHeader),
  },
  async run({ url, timeout, header }, terminal) {
    const heard = await askServer({ url, patienceMs: timeout, headers: Object.fromEntries(header), signal: terminal.signal });
    const judged = judgeProbe(heard);
    for (const line of probeLines(judged, terminal)) terminal.say(line);
    terminal.give(judged);
    return exitCodes[judged.verdict];
  },
});

const exitCodes: Readonly<Record<Probe['verdict'], ExitCode>> = { healthy: 0, 'not-healthy': 1, unknown: 2 };
