/** JSON as RapidJSON 1.1 writes it: the hexadecimal digits of an escape are capitals ("\u001F"). Its doubles are for printDouble. */
export function writeJson(value: unknown): string {
  const text = JSON.stringify(value);
  return text.includes(String.raw`\u00`) ? text.replace(escapes, capitals) : text;
}

/** Each escape as a whole, so that a backslash before a plain u is none. */
const escapes = /\\(?:u[0-9a-f]{4}|.)/gs;
const capitals = (escape: string): string => (escape.length > 2 ? `${escape.slice(0, 2)}${escape.slice(2).toUpperCase()}` : escape);
