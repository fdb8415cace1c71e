import { formatFinding, hasError } from '#core/base/finding.ts';
import { command, durationOption } from '../command.ts';
import { diagnose, type Examination } from '../runtime/doctor.ts';
import type { Terminal } from '../terminal.ts';

export const doctor = command({
  name: 'doctor',
  says: 'Start each runtime once, on tiny models, and say what works, what does not, and how to mend it',
  more:
    'Each is started by itself on free ports of loopback with an ONNX model and, where it has the Python backend, a Python model; both are asked something, and it is ended again. ' +
    'Nothing stays behind. conch explain CODE tells more of a finding. It ends with 0: all that is here works; 1: something does not; 2: it could not be looked at.',
  example: 'conch runtime doctor\nconch runtime doctor --timeout 2m',
  takes: { timeout: durationOption('How long one runtime may take to load', { otherwise: '30s', minMs: 1000, maxMs: 3_600_000 }) },
  async run({ timeout }, terminal) {
    const told = (one: Examination): void => examinationLines(one, terminal).forEach((line) => terminal.say(line));
    const diagnosis = await diagnose({ patienceMs: timeout, signal: terminal.signal, told });
    for (const finding of diagnosis.around) terminal.say(terminal.paint('warn', formatFinding(finding)));
    const isBad = hasError(diagnosis.runtimes.flatMap(({ findings }) => findings));
    terminal.say(isBad ? terminal.paint('bad', '\nnot everything works') : terminal.paint('good', '\neverything here works'));
    if (!diagnosis.runtimes.some(({ runtime }) => runtime === 'tritonserver')) {
      terminal.say('There is no tritonserver here. Next: conch runtime install tritonserver');
    }
    terminal.give(diagnosis);
    return isBad ? 1 : 0;
  },
});

function examinationLines({ runtime, version, place, works, findings }: Examination, { paint }: Terminal): string[] {
  return [
    paint(
      'strong',
      [runtime, version === 'unknown' ? 'of unknown version' : version, place].filter((part) => part !== undefined).join(' '),
    ),
    ...works.map((line) => `    ${paint('good', '✓')} ${line}`),
    ...findings.flatMap((finding) => {
      const [first = '', ...more] = formatFinding(finding).split('\n');
      return [`    ${paint(finding.severity === 'error' ? 'bad' : 'warn', `✗ ${first}`)}`, ...more.map((line) => `    ${line}`)];
    }),
  ];
}
