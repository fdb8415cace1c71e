import { Refused } from '../server/refused.ts';
import { fieldsOf, membersOf, numberFrom, oneOf, otherwise, type Reader, textOf, wholeFrom } from './readers.ts';

const everyModel = '*';
const model = otherwise(textOf, everyModel);
const fraction = numberFrom(0, 1);
const ms = numberFrom(0, 600_000);
const lie = otherwise(oneOf('truth', false, 'hang'), 'truth' as const);

/** All that can go wrong on purpose: what each takes, and an example of it. Fractions are of the inference requests. */
const kinds = {
  errors: { read: fieldsOf({ fraction, model }), takes: '{"fraction":0.3}' },
  delay: { read: fieldsOf({ fraction, ms, model }), takes: '{"fraction":1,"ms":200}' },
  wrong: { read: fieldsOf({ fraction, model }), takes: '{"fraction":0.1}' },
  loads: {
    read: fieldsOf({ delayMs: otherwise(ms, 0), failTimes: otherwise(wholeFrom(0, 1_000_000), 0), model }),
    takes: '{"delayMs":30000,"failTimes":2}',
  },
  stuck: { read: fieldsOf({ instances: wholeFrom(1, 1000), model }), takes: '{"instances":1}' },
  slowUnderLoad: {
    read: fieldsOf({ msPerWaiting: ms, msMax: otherwise(ms, 10_000), model }),
    takes: '{"msPerWaiting":5,"msMax":10000}',
  },
  queueGrowth: {
    read: fieldsOf({ factor: otherwise(numberFrom(1, 1000), 1), pauseMs: otherwise(ms, 0), model }),
    takes: '{"factor":3,"pauseMs":50}',
  },
  leak: {
    read: fieldsOf({ bytesPerRequest: wholeFrom(1, 2 ** 26), bytesMax: otherwise(wholeFrom(1, 2 ** 33), 2 ** 29), model }),
    takes: '{"bytesPerRequest":65536,"bytesMax":536870912}',
  },
  health: { read: fieldsOf({ live: lie, ready: lie, models: lie, model }), takes: '{"live":false,"ready":"hang","models":"truth"}' },
  metricsGone: { read: fieldsOf({ how: oneOf('closed', 'empty', 'error', 'hang') }), takes: '{"how":"closed"}' },
  crash: {
    read: fieldsOf({
      of: otherwise(oneOf('server', 'instances'), 'server' as const),
      afterMs: otherwise(ms, 100),
      signal: otherwise(oneOf('SIGKILL', 'SIGSEGV', 'SIGABRT', 'SIGBUS'), 'SIGKILL' as const),
      /** In place of the signal. */
      exitCode: otherwise(wholeFrom(0, 255), undefined),
      model,
    }),
    takes: '{"of":"server","exitCode":1} or {"of":"instances","signal":"SIGSEGV","afterMs":100}',
  },
} as const satisfies Readonly<Record<string, { readonly read: Reader<object>; readonly takes: string }>>;

export type FaultName = keyof typeof kinds;
export type FaultOf<Name extends FaultName> = ReturnType<(typeof kinds)[Name]['read']>;

/** What goes wrong on purpose: for tests, drills and benchmarks. */
export type Faults = { readonly [Name in FaultName]?: FaultOf<Name> } & {
  /** Seeds the dice, so that a run can be repeated. */
  readonly seed?: number;
};

export const faultNames = Object.keys(kinds) as FaultName[];

/** Reads the body of `PUT /faults`. Throws Refused, and says what it takes. */
export function readFaults(text: string): Faults {
  const { seed, ...given } = membersOf(parsed(text), 'the body');
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(kinds, name));
  if (unknown.length > 0) throw new Refused('Invalid argument', `unknown: ${unknown.join(', ')}; there are ${faultNames.join(', ')}, seed`);
  const read = Object.entries(given).map(([name, value]) => [name, readOne(name as FaultName, value)]);
  const seeded = seed === undefined ? {} : { seed: wholeFrom(0, Number.MAX_SAFE_INTEGER)(seed, 'seed') };
  return requireCrash({ ...(Object.fromEntries(read) as Faults), ...seeded });
}

export const isOfEveryModel = (fault: { readonly model: string }): boolean => fault.model === everyModel;

export const isMeantFor = (fault: { readonly model: string }, model: string): boolean => isOfEveryModel(fault) || fault.model === model;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused('Invalid argument', `not JSON; it takes an object of ${faultNames.join(', ')}, seed`);
  }
}

function readOne(name: FaultName, value: unknown): object {
  const { read, takes } = kinds[name];
  try {
    return read(value, name);
  } catch (thrown) {
    throw thrown instanceof Refused ? new Refused(thrown.code, `${thrown.message}; ${name} takes ${takes}`) : thrown;
  }
}

/** A process can only be ended from outside by a signal. */
function requireCrash(faults: Faults): Faults {
  if (faults.crash?.of === 'instances' && faults.crash.exitCode !== undefined)
    throw new Refused('Invalid argument', `crash.exitCode is for the server, instances end by a signal; crash takes ${kinds.crash.takes}`);
  return faults;
}
