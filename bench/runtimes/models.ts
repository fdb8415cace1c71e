import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { model, node, value } from '#core/model-file/made-up-onnx.ts';

/** Batching settings whose batches and times are compared; all serve 8 ms and 0.5 ms a row. */
export const settings: Readonly<Record<string, { readonly says: string; readonly batching: string; readonly instances: number }>> = {
  one_by_one: { says: 'no batching', batching: '', instances: 1 },
  as_it_comes: { says: 'dynamic_batching { }', batching: 'dynamic_batching { }', instances: 1 },
  two_instances: { says: 'dynamic_batching { }, 2 instances', batching: 'dynamic_batching { }', instances: 2 },
  delayed: { says: 'max_queue_delay 3 ms', batching: 'dynamic_batching { max_queue_delay_microseconds: 3000 }', instances: 1 },
  preferred: {
    says: 'preferred 4 and 8, delay 2 ms',
    batching: 'dynamic_batching { preferred_batch_size: [ 4, 8 ] max_queue_delay_microseconds: 2000 }',
    instances: 1,
  },
};

export const serviceUs = { base: 8000, perRow: 500 };

/** The digits model for throughput, one model per setting, and one to be loaded and unloaded. */
export function writeBenchModels(): string {
  const repository = mkdtempSync(join(tmpdir(), 'conch-bench-runtimes-'));
  cpSync(resolve(import.meta.dirname, '../../examples/digits/releases/a/repository/digits'), join(repository, 'digits'), {
    recursive: true,
  });
  for (const [name, { batching, instances }] of Object.entries(settings)) write(repository, name, config(batching, instances, serviceUs));
  write(repository, 'other', config('', 2, { base: 0, perRow: 0 }));
  return repository;
}

function write(repository: string, name: string, text: string): void {
  const shape = ['batch', 4];
  mkdirSync(join(repository, name, '1'), { recursive: true });
  writeFileSync(join(repository, name, 'config.pbtxt'), text);
  writeFileSync(
    join(repository, name, '1', 'model.onnx'),
    model({ inputs: [value('x', shape)], outputs: [value('y', shape)], nodes: [node('Identity', ['x'], ['y'])] }),
  );
}

const config = (batching: string, instances: number, service: typeof serviceUs): string => `backend: "onnxruntime"
max_batch_size: 16
input [ { name: "x" data_type: TYPE_FP32 dims: [ 4 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 4 ] } ]
instance_group [ { count: ${instances} kind: KIND_CPU } ]
parameters { key: "rehearse_service_time_us" value { string_value: "${service.base}+${service.perRow}" } }
${batching}
`;
