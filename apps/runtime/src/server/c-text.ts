/** Where Triton hands a text on as one of C's strings, it ends at the first zero byte. */
export const cText = (text: string): string => text.split('\0', 1)[0] ?? '';
