import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export type FoundEmbedded = {
  /** That of this copy of Conch. */
  readonly version: string;
  readonly onnxRuntime: string;
  /** The library that computes is there for this machine. */
  readonly isWhole: boolean;
};

/** The runtime of ours: it came with Conch, and its ONNX Runtime with npm. */
export function findEmbedded(): FoundEmbedded {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve('onnxruntime-node/package.json'));
  const library = join(folder, 'bin', 'napi-v6', process.platform, process.arch, 'onnxruntime_binding.node');
  return {
    version: versionIn(join(import.meta.dirname, '../../../package.json')),
    onnxRuntime: versionIn(join(folder, 'package.json')),
    isWhole: existsSync(library),
  };
}

const versionIn = (file: string): string => (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
