/** A model's name, as in its folder and its config.pbtxt: letters, digits, `_`, `-`, `.`; safe in a URL and a file name. */
export type ModelName = string;

/** A class of accelerator that evidence is valid for (`cpu`, `nvidia-l4`); named by the environment. */
export type GpuClass = string;

export function isModelName(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(text) && !text.includes('..');
}
