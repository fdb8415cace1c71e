import { formatFinding } from '#core/base/finding.ts';
import type { Terminal } from '../terminal.ts';
import { formatsOf } from './formats.ts';
import type { ListedTritonserver, RuntimesHere } from './runtimes-here.ts';

/** Which runtimes there are, for people. */
export function runtimeLines({ embedded, tritonservers }: RuntimesHere, { paint }: Pick<Terminal, 'paint'>): string[] {
  const chosen = tritonservers.find(({ isChosen }) => isChosen);
  return [
    `${paint('strong', 'embedded')}      ${embedded.version}, came with Conch, ONNX Runtime ${embedded.onnxRuntime}`,
    '    runs   ONNX models and ensembles of them, on the CPU, for rehearsal: it stands in for a tritonserver, and says so',
    ...embedded.findings.map((finding) => paint('bad', indented(formatFinding(finding)))),
    ...tritonservers.flatMap((one) => tritonserverLines(one, paint)),
    '',
    ...(chosen
      ? [takenLine(chosen), 'Next: conch runtime doctor']
      : ['no tritonserver: not on the PATH, not in /opt/tritonserver, none installed', 'Next: conch runtime install tritonserver']),
  ];
}

const ways: Readonly<Record<ListedTritonserver['by'], string>> = {
  named: 'named by CONCH_TRITONSERVER',
  path: 'on the PATH',
  opt: "NVIDIA's",
  installed: 'installed by Conch',
};

function tritonserverLines(one: ListedTritonserver, paint: Terminal['paint']): string[] {
  const { runs, lacks } = formatsOf(one);
  return [
    `${paint('strong', 'tritonserver')}  ${one.version === 'unknown' ? 'version unknown' : one.version}, ${ways[one.by]}, ${one.binary}`,
    ...one.findings.map((finding) => paint('bad', indented(formatFinding(finding)))),
    `    runs   ${runs.join('; ') || 'nothing'}`,
    `    from   ${one.backends.join(', ') || 'no backends'} in ${one.backendFolder}`,
    `    lacks  ${lacks.length === 0 ? 'nothing that we know of' : lacks.join(', ')}`,
    `    GPU    ${gpuWords(one.gpus)}`,
  ];
}

/** Which of them conch up takes when nobody says. */
function takenLine({ binary, findings, onnx }: ListedTritonserver): string {
  if (findings.length === 0 && onnx !== 'none') return `conch up takes ${binary}; conch demo takes it with --runtime tritonserver`;
  return `conch up and conch demo take embedded; with --runtime tritonserver they would take ${binary}`;
}

function gpuWords(gpus: ListedTritonserver['gpus']): string {
  if (gpus === 'unknown') return 'unknown, as it does not start';
  if (gpus === 'not-built') return 'built for the CPU alone';
  return gpus === 0 ? 'built for GPUs, sees none here' : `uses ${gpus}`;
}

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
