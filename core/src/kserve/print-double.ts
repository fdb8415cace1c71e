/**
 * A finite double as RapidJSON 1.1 writes it, by Grisu2 (Florian Loitsch, "Printing floating-point numbers quickly and accurately with integers",
 * 2010). It reads back as the same double, but its last digits are not always JavaScript's: RapidJSON rounds to the nearest only where no
 * more than eight digits stand behind the scaled point. Whole numbers keep their point ("3.0"), and an exponent has no plus ("1e22").
 */
export function printDouble(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const { digits, exponent } = shortDigits(Math.abs(value));
  const sign = value < 0 ? '-' : '';
  const point = digits.length + exponent;
  if (exponent >= 0 && point <= 21) return `${sign}${digits}${'0'.repeat(exponent)}.0`;
  if (point > 0 && point <= 21) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  if (point > -6 && point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.slice(0, 1)}${digits.length > 1 ? `.${digits.slice(1)}` : ''}e${point - 1}`;
}

/** 64 bits in two halves of 32: a BigInt takes twenty times as long. */
type Wide = { readonly high: number; readonly low: number };

/** `digits` times ten to the power of `exponent`. */
type Digits = { readonly digits: string; readonly exponent: number };

/** Ten to the power of `decimal`, as `significand` (its highest bit set) times two to the power of `binary`. */
type Scale = { readonly significand: Wide; readonly binary: number; readonly decimal: number };

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

function shortDigits(value: number): Digits {
  double[0] = value;
  const [low = 0, word = 0] = words;
  const biased = word >>> 20;
  const high = biased === 0 ? word : (word & 0xf_ffff) | 0x10_0000;
  const up = high === 0 ? 32 + Math.clz32(low) : Math.clz32(high);
  const binary = Math.max(biased, 1) - 1075 - up;
  const exact =
    up >= 32 ? { high: (low << (up - 32)) >>> 0, low: 0 } : { high: ((high << up) | (low >>> (32 - up))) >>> 0, low: (low << up) >>> 0 };
  // Half a step away another double begins; below a power of two the steps are half as large.
  const half = up - 1;
  const isPowerOfTwo = high === 0x10_0000 && low === 0;
  const scale = scaleFor(binary);
  const scaled = times(exact, scale.significand);
  const lower = plus(times(minus(exact, twoTo(isPowerOfTwo ? half - 1 : half)), scale.significand), one);
  const upper = minus(times(plus(exact, twoTo(half)), scale.significand), one);
  const { digits, exponent } = digitsUpTo(upper, minus(upper, lower), minus(upper, scaled), -(binary + scale.binary + 64));
  return { digits, exponent: exponent - scale.decimal };
}

/**
 * The digits of `upper`, as few as leave less than `room` behind them. `places` of its bits stand behind the point, 32 to 60. `toExact` below
 * it is the number itself, which the last digit is brought nearer to.
 */
function digitsUpTo(upper: Wide, room: Wide, toExact: Wide, places: number): Digits {
  const unit = 2 ** (places - 32);
  const whole = Math.floor(upper.high / unit);
  // Halves in variables of their own: as objects this loop would take twice as long.
  let [high, { low }, roomHigh, roomLow] = [upper.high - whole * unit, upper, room.high, room.low];
  for (let exponent = Math.floor(Math.log10(whole)); exponent >= 0; exponent -= 1) {
    const ten = tens[exponent] ?? 1;
    const left = (whole % ten) * unit + high;
    if (left > roomHigh || (left === roomHigh && low > roomLow)) continue;
    const steps = stepsDown({ high: left, low }, room, { high: ten * unit, low: 0 }, toExact);
    return { digits: String(Math.floor(whole / ten) - steps), exponent };
  }
  let first = '';
  let digits = whole;
  for (let exponent = -1; ; exponent -= 1) {
    // A number holds fifteen digits exactly; those before them go into text, and a 1 keeps the zeros behind them.
    if (digits >= 1e14) [first, digits] = [String(digits), 1];
    const carried = low * 10;
    const moved = high * 10 + Math.floor(carried / 2 ** 32);
    const digit = Math.floor(moved / unit);
    high = moved - digit * unit;
    low = carried >>> 0;
    const roomCarried = roomLow * 10;
    roomHigh = roomHigh * 10 + Math.floor(roomCarried / 2 ** 32);
    roomLow = roomCarried >>> 0;
    digits = digits * 10 + digit;
    if (high > roomHigh || (high === roomHigh && low >= roomLow)) continue;
    // RapidJSON has no more powers of ten than these, and takes what it lacks for nothing.
    const steps =
      exponent > -9
        ? stepsDown({ high, low }, { high: roomHigh, low: roomLow }, { high: unit, low: 0 }, timesSmall(toExact, tens[-exponent] ?? 0))
        : 0;
    return { digits: first === '' ? String(digits - steps) : first + String(digits - steps).slice(1), exponent };
  }
}

/** How many times the last digit can be one less and come nearer to what is `wanted` below the upper end, still within `room`. */
function stepsDown(rest: Wide, room: Wide, step: Wide, wanted: Wide): number {
  let steps = 0;
  for (let at = rest; isLess(at, wanted) && !isLess(minus(room, at), step); steps += 1) {
    const next = plus(at, step);
    if (!isLess(next, wanted) && !isLess(minus(next, wanted), minus(wanted, at))) break;
    at = next;
  }
  return steps;
}

const wide = (value: bigint): Wide => ({ high: Number(value >> 32n), low: Number(value & 0xffff_ffffn) });
const one = wide(1n);
const tens = Array.from({ length: 10 }, (_, exponent) => 10 ** exponent);

const isLess = (a: Wide, b: Wide): boolean => a.high < b.high || (a.high === b.high && a.low < b.low);
const twoTo = (bit: number): Wide => (bit >= 32 ? { high: 2 ** (bit - 32), low: 0 } : { high: 0, low: 2 ** bit });

function plus(a: Wide, b: Wide): Wide {
  const low = a.low + b.low;
  return { high: (a.high + b.high + (low >= 2 ** 32 ? 1 : 0)) >>> 0, low: low >>> 0 };
}

function minus(a: Wide, b: Wide): Wide {
  return { high: (a.high - b.high - (a.low < b.low ? 1 : 0)) >>> 0, low: (a.low - b.low) >>> 0 };
}

/** The lower 64 bits of the product with a number of 32. */
function timesSmall(a: Wide, factor: number): Wide {
  const { high: carried, low } = product(a.low, factor);
  return { high: (Math.imul(a.high, factor) + carried) >>> 0, low };
}

/** The higher half of the product of two such numbers, rounded. */
function times(a: Wide, b: Wide): Wide {
  const lowest = product(a.low, b.low);
  const [one, other] = [product(a.high, b.low), product(a.low, b.high)];
  const highest = product(a.high, b.high);
  const carried = lowest.high + one.low + other.low + 2 ** 31;
  const low = highest.low + one.high + other.high + Math.floor(carried / 2 ** 32);
  return { high: highest.high + Math.floor(low / 2 ** 32), low: low >>> 0 };
}

/** Of two numbers of 32 bits. */
function product(a: number, b: number): Wide {
  const upper = a * (b >>> 16) + Math.floor((a * (b & 0xffff)) / 2 ** 16);
  return { high: Math.floor(upper / 2 ** 16), low: Math.imul(a, b) >>> 0 };
}

/** Every eighth power of ten there is room for, as RapidJSON keeps them. */
const scales: readonly Scale[] = Array.from({ length: 87 }, (_, index) => scaleOf(index * 8 - 348));

function scaleOf(decimal: number): Scale {
  const behind = 1300;
  const exact = decimal < 0 ? (1n << BigInt(behind)) / 10n ** BigInt(-decimal) : (10n ** BigInt(decimal)) << BigInt(behind);
  const dropped = exact.toString(2).length - 64;
  return { significand: wide((exact + (1n << BigInt(dropped - 1))) >> BigInt(dropped)), binary: dropped - behind, decimal };
}

/** The one that brings a number of that binary exponent to 32 to 60 places. */
function scaleFor(binary: number): Scale {
  const least = Math.ceil((-61 - binary) * 0.301_029_995_663_981_14 + 347);
  const scale = scales[(least >> 3) + 1];
  if (!scale) throw new RangeError(`no double has the binary exponent ${binary}`);
  return scale;
}
