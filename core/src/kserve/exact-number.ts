/** A number that was written with a point or an exponent, or is too large for 64 bits, and yet is whole. */
export class Double {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** What is wrong with a text, and at which byte. */
export class Mistake {
  readonly says: string;
  readonly at: number;
  constructor(says: string, at: number) {
    this.says = says;
    this.at = at;
  }
}

/** RapidJSON gathers a double digit by digit, which is quick and at times a little off; others want the nearest one. */
export type Rounding = 'rapid' | 'nearest';

type Read = { readonly value: number | bigint | Double; readonly end: number };

const integer = /-?(?:0|[1-9][0-9]*)/y;
const digits = /[0-9]*/y;
const tooBig = 'Number too big to be stored in double.';

/** Reads the number that begins there, by RapidJSON's rules and with its checks in their order. */
export function readNumber(text: string, from: number, rounding: Rounding): Read {
  return readPlain(text, from, rounding) ?? readAny(text, from, rounding);
}

/**
 * Most numbers of a tensor: up to 15 digits, and perhaps some behind a point. The same as below, digit by digit on plain numbers; undefined
 * for whatever else stands there.
 */
function readPlain(text: string, from: number, rounding: Rounding): Read | undefined {
  const isNegative = text.charCodeAt(from) === minus;
  const first = isNegative ? from + 1 : from;
  let at = first;
  let significand = 0;
  for (let digit = digitAt(text, at); digit >= 0 && at - first < 16; digit = digitAt(text, at)) {
    significand = significand * 10 + digit;
    at += 1;
  }
  const length = at - first;
  if (length === 0 || length > 15 || (length > 1 && text.charCodeAt(first) === zero)) return undefined;
  const next = text.charCodeAt(at);
  if (next === letterE || next === smallLetterE) return undefined;
  if (next !== point) return { value: isNegative ? 0 - significand : significand, end: at };
  const behindPoint = at + 1;
  at = behindPoint;
  let count = length - 1;
  let isExact = true;
  let exponent = 0;
  let digit = digitAt(text, at);
  for (; digit >= 0; digit = digitAt(text, at)) {
    at += 1;
    if (!isExact && count >= 17) continue;
    if (!isExact) significand = significand * 10 + digit;
    else if (significand < safeTenth) significand = significand * 10 + digit;
    // The last step over 2^53 is rounded once, from the exact number.
    else significand = Number(BigInt(significand) * 10n + BigInt(digit));
    isExact &&= significand <= Number.MAX_SAFE_INTEGER;
    exponent -= 1;
    if (significand !== 0) count += 1;
  }
  if (at === behindPoint || text.charCodeAt(at) === letterE || text.charCodeAt(at) === smallLetterE) return undefined;
  if (rounding === 'nearest') return { value: doubleOf(Number(text.slice(from, at))), end: at };
  const size = scaled(significand, exponent);
  return { value: doubleOf(isNegative ? -size : size), end: at };
}

const [minus, point, zero, letterE, smallLetterE] = [0x2d, 0x2e, 0x30, 0x45, 0x65];
const safeTenth = Math.floor(Number.MAX_SAFE_INTEGER / 10);

/** -1 for what is no digit. */
function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= zero && code <= zero + 9 ? code - zero : -1;
}

function readAny(text: string, from: number, rounding: Rounding): Read {
  integer.lastIndex = from;
  const whole = integer.exec(text)?.[0];
  if (whole === undefined) return readWord(text, from);
  const isNegative = whole.startsWith('-');
  let at = from + whole.length;
  const next = text.charAt(at);
  const significand = new Significand(isNegative ? whole.slice(1) : whole, { isNegative, start: from });
  let isDouble = significand.isPastInteger;
  if (next === '.') {
    const fraction = run(text, at + 1);
    if (fraction === '') throw new Mistake('Miss fraction part in number.', at + 1);
    significand.addFraction(fraction, isDouble);
    isDouble = true;
    at += 1 + fraction.length;
  }
  let exponent = 0;
  const written = exponentAt(text, at);
  if (written) {
    const { sign, digits: said } = written;
    exponent = sign === '-' ? -Math.min(Number(said), exponentMax) : Number(said);
    if (said.length > 1 && exponent > 308 - significand.fractionExponent) throw new Mistake(tooBig, from);
    isDouble = true;
    at = written.end;
  }
  if (!isDouble) return { value: exactInteger(whole), end: at };
  const size = scaled(significand.value, exponent + significand.fractionExponent);
  if (size > Number.MAX_VALUE) throw new Mistake(tooBig, from);
  const nearest = rounding === 'nearest' ? Number(text.slice(from, at)) : undefined;
  return { value: doubleOf(nearest ?? (isNegative ? -size : size)), end: at };
}

/** What is no whole number, such as 1.5, needs no mark to be told from an integer. */
const doubleOf = (value: number): number | Double => (Number.isInteger(value) ? new Double(value) : value);

/** Past this RapidJSON stops counting. */
const exponentMax = 214_748_364;

/** Undefined where there is none; throws a Mistake where it has no digits. */
function exponentAt(text: string, at: number): { readonly sign: string; readonly digits: string; readonly end: number } | undefined {
  if (text.charAt(at) !== 'e' && text.charAt(at) !== 'E') return undefined;
  const sign = text.charAt(at + 1);
  const first = at + (sign === '+' || sign === '-' ? 2 : 1);
  const said = run(text, first);
  if (said === '') throw new Mistake('Miss exponent in number.', first);
  return { sign, digits: said, end: first + said.length };
}

function run(text: string, from: number): string {
  digits.lastIndex = from;
  return digits.exec(text)?.[0] ?? '';
}

/** -0 is 0, as it is an integer. */
function exactInteger(whole: string): number | bigint {
  const value = Number(whole);
  return Number.isSafeInteger(value) ? value + 0 : BigInt(whole);
}

/** The digits before the exponent as a double, gathered as RapidJSON gathers them: exact up to 2^53, and rounded at each digit after. */
class Significand {
  value: number;
  /** Beyond 64 bits it is a double from there on. */
  readonly isPastInteger: boolean;
  /** How many digits stand behind the point, as a negative number. */
  fractionExponent = 0;
  #exact: bigint;
  #count: number;

  constructor(whole: string, { isNegative, start }: { readonly isNegative: boolean; readonly start: number }) {
    const max = isNegative ? 1n << 63n : (1n << 64n) - 1n;
    // No more than 20 digits fit into 64 bits.
    let taken = Math.min(whole.length, 20);
    while (BigInt(whole.slice(0, taken)) > max) taken -= 1;
    this.#exact = BigInt(whole.slice(0, taken));
    this.#count = taken - 1;
    this.isPastInteger = taken < whole.length;
    this.value = Number(this.#exact);
    for (const digit of whole.slice(taken)) {
      if (this.value >= Number.MAX_VALUE / 10) throw new Mistake(tooBig, start);
      this.value = this.value * 10 + Number(digit);
    }
  }

  addFraction(fraction: string, isDouble: boolean): void {
    let at = 0;
    if (!isDouble) {
      while (at < fraction.length && this.#exact <= 0x1f_ffff_ffff_ffffn) {
        this.#exact = this.#exact * 10n + BigInt(fraction.charAt(at));
        this.fractionExponent -= 1;
        if (this.#exact !== 0n) this.#count += 1;
        at += 1;
      }
      this.value = Number(this.#exact);
    }
    for (; at < fraction.length && this.#count < 17; at += 1) {
      this.value = this.value * 10 + Number(fraction.charAt(at));
      this.fractionExponent -= 1;
      if (this.value > 0) this.#count += 1;
    }
  }
}

/** In two steps where one would make the power nothing. */
function scaled(value: number, exponent: number): number {
  return exponent < -308 ? powered(powered(value, -308), exponent + 308) : powered(value, exponent);
}

function powered(value: number, exponent: number): number {
  if (exponent < -308) return 0;
  // Written out, since the engine's power is not the nearest double everywhere.
  return exponent >= 0 ? value * powerOfTen(exponent) : value / powerOfTen(-exponent);
}

const powers = Array.from({ length: 309 }, (_, exponent) => Number(`1e${exponent}`));
const powerOfTen = (exponent: number): number => powers[exponent] ?? Number.POSITIVE_INFINITY;

/** NaN, Inf and Infinity, with a sign or without. An exponent behind it is read, and changes nothing. */
function readWord(text: string, from: number): Read {
  const { value, end } = wordAt(text, from);
  return { value, end: exponentAt(text, end)?.end ?? end };
}

function wordAt(text: string, from: number): Read {
  const isNegative = text.charAt(from) === '-';
  const start = isNegative ? from + 1 : from;
  const first = text.charAt(start);
  if (first === 'N') return { value: Number.NaN, end: taken(text, start, 'NaN') };
  if (first !== 'I') throw new Mistake('Invalid value.', start);
  const end = taken(text, start, 'Inf');
  const value = isNegative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return { value, end: text.charAt(end) === 'i' ? taken(text, end, 'inity') : end };
}

function taken(text: string, from: number, word: string): number {
  for (let at = 0; at < word.length; at += 1)
    if (text.charAt(from + at) !== word.charAt(at)) throw new Mistake('Invalid value.', from + at);
  return from + word.length;
}
