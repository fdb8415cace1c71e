/**
 * How every tritonserver of a release is started, whatever its ports and folders. Part of the runtime part: other flags are another release.
 * Mode none: there is no control API to guard. The server stays up when a model fails to load, and says why it did.
 */
export const serverFlags: readonly string[] = [
  '--model-control-mode=none',
  '--exit-on-error=false',
  '--disable-auto-complete-config',
  '--strict-readiness=true',
];
