import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { onnxRuntimeVersion } from '../model-file/onnxruntime-versions.ts';
import { knownAround, newestTriton, tritonVersion, tritonVersions } from './triton-versions.ts';
import { compareVersions } from './versions.ts';

test('the releases stand in order, one for each month', () => {
  const months = tritonVersions.map(({ container }) => {
    const [year, month] = container.split('.').map(Number);
    return (year ?? 0) * 12 + (month ?? 0);
  });
  deepStrictEqual(
    months,
    months.map((_, index) => (months[0] ?? 0) + index),
  );
});

test('a newer release has a newer server', () => {
  const servers = tritonVersions.map(({ server }) => server).filter((server) => server !== 'unknown');
  deepStrictEqual(servers, servers.toSorted(compareVersions));
  strictEqual(new Set(servers).size, servers.length);
});

test('versions never go back, which is what judging an unknown one by its neighbours rests on', () => {
  for (const column of ['onnxRuntime', 'tensorRt', 'cuda', 'capabilityLeast'] as const) {
    const known = tritonVersions.map((row) => row[column]).filter((version) => version !== 'unknown' && version !== 'none');
    // Of CUDA only major and minor are known everywhere, so its patches do not compare.
    const compared = column === 'cuda' ? known.map((version) => version.split('.').slice(0, 2).join('.')) : known;
    deepStrictEqual(compared, compared.toSorted(compareVersions), column);
  }
});

test('every ONNX Runtime in the table is one whose limits are known', () => {
  const runtimes = tritonVersions.map(({ onnxRuntime }) => onnxRuntime).filter((version) => version !== 'unknown' && version !== 'none');
  for (const runtime of runtimes) ok(onnxRuntimeVersion(runtime), runtime);
});

test('every release names where it was read', () => {
  for (const { container, sources } of tritonVersions) ok(sources.length >= 2, container);
});

test('a release is found by its container and by its server', () => {
  strictEqual(tritonVersion('25.08')?.server, '2.60.0');
  strictEqual(tritonVersion('2.60.0')?.container, '25.08');
  strictEqual(tritonVersion('unknown'), undefined);
  strictEqual(newestTriton, '26.09');
});

test('what is unknown lies between its nearest known neighbours', () => {
  const cases: readonly (readonly [
    column: Parameters<typeof knownAround>[0],
    container: string,
    least?: string | undefined,
    most?: string,
  ])[] = [
    ['onnxRuntime', '25.06', '1.22.0', '1.22.0'],
    ['onnxRuntime', '23.06', '1.14.1', '1.16.3'],
    ['onnxRuntime', '26.09', '1.28.0'],
    ['onnxRuntime', '22.01', undefined, '1.14.1'],
    ['capabilityLeast', '24.11', '6.0', '7.5'],
  ];
  for (const [column, container, least, most] of cases) {
    deepStrictEqual(knownAround(column, container), { ...(least && { least }), ...(most && { most }) }, container);
  }
});
