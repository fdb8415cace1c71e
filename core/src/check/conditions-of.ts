import { knownAround, tritonVersion } from '../compat/triton-versions.ts';
import type { Target } from '../compat/target.ts';
import { tritonMinor } from '../base/triton-version.ts';
import type { Conditions, ServerSettings } from '../model/conditions.ts';

/** A target and a server's flags as what a check of a model reads. */
export function conditionsOf(target: Target, server: ServerSettings, backends: Conditions['backends']): Conditions {
  const { least, most } = knownAround('onnxRuntime', target.triton);
  const [, minor] = (tritonVersion(target.triton)?.server ?? '').split('.');
  return {
    triton: minor ? { major: 2, minor: Number(minor) } : tritonMinor(target.triton),
    gpus: target.gpu === 'cpu' ? [] : target.gpu === 'unknown' ? 'unknown' : 'some',
    server,
    backends,
    ...(least === undefined ? {} : least === most ? { onnxRuntime: least } : { onnxRuntimeLeast: least }),
  };
}
