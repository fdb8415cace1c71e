/** The newest of each kind that a release of ONNX Runtime takes: IR version, opset of the default domain, opset of ai.onnx.ml. */
export type OnnxRuntimeReach = { readonly irVersion: number; readonly opset: number; readonly ml: number };

/**
 * Measured in November 2026 with the releases on PyPI, which were given models of each version until they refused one: 1.15 to 1.24, 1.27
 * to 1.29, 1.31 and 1.32; 1.25, 1.26 and 1.30 from npm as well. Patch releases of one minor have not differed.
 */
const reaches: Readonly<Record<string, OnnxRuntimeReach>> = {
  '1.15': { irVersion: 9, opset: 19, ml: 3 },
  '1.16': { irVersion: 9, opset: 19, ml: 3 },
  '1.17': { irVersion: 9, opset: 20, ml: 4 },
  '1.18': { irVersion: 10, opset: 21, ml: 5 },
  '1.19': { irVersion: 10, opset: 21, ml: 5 },
  '1.20': { irVersion: 10, opset: 21, ml: 5 },
  '1.21': { irVersion: 10, opset: 22, ml: 5 },
  '1.22': { irVersion: 10, opset: 22, ml: 5 },
  '1.23': { irVersion: 11, opset: 23, ml: 5 },
  '1.24': { irVersion: 13, opset: 25, ml: 5 },
  '1.25': { irVersion: 13, opset: 26, ml: 5 },
  '1.26': { irVersion: 13, opset: 26, ml: 5 },
  '1.27': { irVersion: 13, opset: 26, ml: 5 },
  '1.28': { irVersion: 13, opset: 26, ml: 5 },
  '1.29': { irVersion: 13, opset: 26, ml: 5 },
  '1.30': { irVersion: 13, opset: 26, ml: 5 },
  '1.31': { irVersion: 13, opset: 26, ml: 5 },
  '1.32': { irVersion: 14, opset: 28, ml: 5 },
};

/** What a release reaches, by its version such as 1.23.2; `undefined` for one that was not measured. */
export function reachOf(version: string): OnnxRuntimeReach | undefined {
  const minor = /^(\d+\.\d+)(?:\.|$)/.exec(version)?.[1];
  return minor !== undefined && Object.hasOwn(reaches, minor) ? reaches[minor] : undefined;
}

/** The first release that reaches so far, or `undefined` when none that we know does. */
export function firstToReach(what: keyof OnnxRuntimeReach, version: number): string | undefined {
  return Object.entries(reaches).find(([, reach]) => reach[what] >= version)?.[0];
}

export const newestKnown = '1.32';
