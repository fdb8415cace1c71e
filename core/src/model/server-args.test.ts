import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { defaultSettings, type ServerSettings } from './conditions.ts';
import { readServerArgs } from './server-args.ts';

test('no flags mean what tritonserver does by itself', () => {
  deepStrictEqual(readServerArgs(''), { settings: defaultSettings, gpusHidden: false, problems: [] });
});

const readings: readonly [string, Partial<ServerSettings>][] = [
  ['--disable-auto-complete-config', { autoComplete: false }],
  ['--strict-model-config=true', { autoComplete: false }],
  ['--strict-model-config=true --strict-model-config=false', { autoComplete: true }],
  ['--disable-auto-complete-config --strict-model-config=false', { autoComplete: false }],
  ['--model-config-name=h100', { configName: 'h100' }],
  ['--model-config-name "two words"', { configName: 'two words' }],
  ['--model-namespacing On', { namespacing: true }],
  ['--model-repository=a --model-store b --model-repository a', { repositories: ['a', 'b'] }],
  ['--rate-limit=EXECUTION_COUNT', { rateLimit: true }],
  [
    '--rate-limit-resource=R1:4 --rate-limit-resource R2:2:1',
    {
      rateResources: [
        { name: 'R1', count: 4, device: 'all' },
        { name: 'R2', count: 2, device: 1 },
      ],
    },
  ],
  ['--backend-config=default-max-batch-size=0', { defaultMaxBatchSize: 0 }],
  ['--backend-config=onnxruntime,default-max-batch-size=8 --backend-config=default-max-batch-size=2', { defaultMaxBatchSize: 8 }],
  ['--backend-config=python,default-max-batch-size=8 --backend-config=python,shm-region-prefix-name=p', {}],
  ["--backend-directory='/my backends'", { backendDirectory: '/my backends' }],
  ['--repoagent-directory=/agents', { repoAgentDirectory: '/agents' }],
  ['--cache-config=local,size=1048576', { hasResponseCache: true }],
  ['--metrics-config=histogram_latencies=true', { histograms: true }],
  ['--metrics-config=histogram_latencies=True', { histograms: false }],
  ['--allow-metrics=0', { metrics: false }],
  ['--min-supported-compute-capability=7.5', { minComputeCapability: 7.5 }],
  ['--host-policy=p,numa-node=0 --host-policy=p,cpu-cores=0-3 --host-policy=q,numa-node=1', { hostPolicies: ['p', 'q'] }],
  ['/opt/tritonserver/bin/tritonserver --model-repository /models --log-verbose=1 --load-model --strict', { repositories: ['/models'] }],
  ['--exit-on-err=false --disable-auto', { autoComplete: false }],
  ['--id a \\\n  --rate-limit off', {}],
];

for (const [text, said] of readings) {
  test(`${text.replace('\n', '⏎')} says ${JSON.stringify(said)}`, () => {
    deepStrictEqual(readServerArgs(text), { settings: { ...defaultSettings, ...said }, gpusHidden: false, problems: [] });
  });
}

for (const text of ['CUDA_VISIBLE_DEVICES= tritonserver', "CUDA_VISIBLE_DEVICES='-1'", '--min-supported-compute-capability=99']) {
  test(`${text} hides the GPUs`, () => strictEqual(readServerArgs(text).gpusHidden, true));
}

const refused: readonly [string, string, string?][] = [
  ['--model-config-nmae=x', 'tritonserver has no flag --model-config-nmae', 'did you mean "--model-config-name"?'],
  ['--gpus all', 'tritonserver has no flag --gpus', 'tritonserver --help lists its flags'],
  [
    '--disable-auto-complete-config=true',
    '--disable-auto-complete-config takes no value, and "true" is given',
    'write --disable-auto-complete-config, or leave it out',
  ],
  ['--model-config-name=', '--model-config-name is empty', 'leave it out: config.pbtxt is read then'],
  ['--model-config-name', '--model-config-name needs a value', 'write --model-config-name=<value>'],
  ['--strict-model-config=yes', '--strict-model-config is true or false, got "yes"'],
  ['--rate-limit=exec_count', '--rate-limit is execution_count or off, got "exec_count"', 'one of: execution_count, off'],
  ['--rate-limit-resource=R1', '--rate-limit-resource has the form <name>:<count>[:<device>], got "R1"'],
  ['--rate-limit-resource=R1:many', '--rate-limit-resource takes a whole number, got "many"'],
  ['--rate-limit-resource=R1:4:gpu', '--rate-limit-resource takes a whole number, got "gpu"'],
  ['--rate-limit-resource=R1:99999999999', '--rate-limit-resource takes a whole number that fits 32 bits, got 99999999999'],
  [
    '--backend-config=onnxruntime,default-max-batch-size',
    '--backend-config has the form [<backend>,]<setting>=<value>, got "onnxruntime,default-max-batch-size"',
  ],
  ['--backend-config=default-max-batch-size=x', '--backend-config takes a whole number, got "x"'],
  [
    '--cache-config=local',
    '--cache-config has the form <cache>,<setting>=<value>, got "local"',
    'write, say, --cache-config=local,size=1048576',
  ],
  ['--metrics-config=local,a=b', '--metrics-config has the form <setting>=<value>, got "local,a=b"'],
  ['--min-supported-compute-capability=new', '--min-supported-compute-capability takes a number such as 7.5, got "new"'],
  ['--host-policy=p,numa-nod=0', '--host-policy knows the settings numa-node and cpu-cores, got "numa-nod"', 'did you mean "numa-node"?'],
  ['-id x', '"-id" is no flag', 'write --id'],
  ['/models', '"/models" is no flag', 'tritonserver takes flags only'],
  ["--id 'a", "a quote (') is never closed", 'close it'],
];

for (const [text, says, fix] of refused) {
  test(`${text} is refused: ${says}`, () => {
    deepStrictEqual(readServerArgs(text).problems[0], { says, ...(fix === undefined ? {} : { fix }) });
  });
}
