/** For tests: does it as a user who may read only what all may. Root may read everything, and would test nothing. */
export async function asNobody<T>(act: () => T | Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return act();
  process.seteuid?.(nobody);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
  }
}

const nobody = 65_534;
