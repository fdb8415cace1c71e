/** What most often has to be done about a model that does not load, by the words that Triton gives as a reason. */
export function fixByReason(reason: string): string {
  for (const [words, fix] of fixes) if (words.test(reason)) return fix;
  return 'correct it (conch check says what is wrong with its folder), then load it again or restart the server';
}

const fixes: readonly (readonly [RegExp, string])[] = [
  [/appears in two or more repositories/, 'one name, one folder: take it out of all its repositories but one'],
  [
    /shared memory key|shared memory region|shm-size/i,
    'each instance of a Python model takes at least 1 MB of /dev/shm: give the container more (docker run --shm-size 1g, or an emptyDir of medium Memory at /dev/shm)',
  ],
  [
    /ModuleNotFoundError|No module named/,
    'install that module for the python3 that comes first on the PATH of the server, or ship it with the model (EXECUTION_ENV_PATH); when it is one of Python itself, another Python comes first than the stub was built for',
  ],
  [
    /triton_python_backend_stub is not found/,
    'the Python backend lacks the stub for this Python: copy triton_python_backend_stub beside libtriton_python.so, or install anew: conch runtime install tritonserver',
  ],
  [
    /Stub process.* is not healthy|stub process has exited/i,
    'its Python process died: look for what it wrote last in the log; often memory, or a library that crashes',
  ],
  [/out of memory|cudaErrorMemoryAllocation/i, 'its GPU is full: fewer instances, a smaller batch, or another GPU'],
  [
    /unable to find backend library|unable to find '.*libtriton_|failed to open|cannot open shared object/i,
    'this server has no such backend, or the backend lacks a library (ldd says which): another image, or another format of the model',
  ],
  [
    /deserialize|plan file|serialization/i,
    'a TensorRT engine runs only on the version and the GPU class that it was built for: build it anew there',
  ],
];
