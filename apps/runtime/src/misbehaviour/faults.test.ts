import { deepStrictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings } from '../settings.ts';
import { readFaults } from './faults.ts';

test('what is given is read, and the rest of each fault is filled in', () => {
  deepStrictEqual(readFaults('{"errors":{"fraction":0.3},"delay":{"fraction":1,"ms":200},"seed":7}'), {
    errors: { fraction: 0.3, model: '*' },
    delay: { fraction: 1, ms: 200, model: '*' },
    seed: 7,
  });
  deepStrictEqual(readFaults('{"stuck":{"instances":1,"model":"digits"},"health":{"ready":false}}'), {
    stuck: { instances: 1, model: 'digits' },
    health: { live: 'truth', ready: false, models: 'truth', model: '*' },
  });
});

test('what makes no sense is refused in words that say what it takes', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['{', /^not JSON; it takes an object of errors, delay, wrong, /],
    ['[]', /^the body is not an object$/],
    ['{"lies":{}}', /^unknown: lies; there are errors, .*crash, seed$/],
    ['{"errors":3}', /^errors is not an object; errors takes \{"fraction":0\.3\}$/],
    ['{"errors":{"fraction":30}}', /^errors\.fraction is not a number from 0 to 1; errors takes/],
    ['{"errors":{"fraction":1,"models":"a"}}', /^errors has no models; errors takes/],
    ['{"stuck":{}}', /^stuck\.instances is not a number from 1 to 1000; stuck takes \{"instances":1\}$/],
    ['{"stuck":{"instances":1.5}}', /^stuck\.instances is not a whole number/],
    ['{"stuck":{"instances":1,"model":""}}', /^stuck\.model is not a text/],
    ['{"leak":{"bytesPerRequest":1,"bytesMax":1e12}}', /^leak\.bytesMax is not a number from 1 to 8589934592/],
    ['{"metricsGone":{"how":"lost"}}', /^metricsGone\.how is none of "closed", "empty", "error", "hang"/],
    ['{"health":{"live":true}}', /^health\.live is none of "truth", false, "hang"/],
    ['{"crash":{"signal":"SIGTERM"}}', /^crash\.signal is none of "SIGKILL"/],
    ['{"crash":{"of":"instances","exitCode":1}}', /^crash\.exitCode is for the server, instances end by a signal/],
    ['{"seed":-1}', /^seed is not a number from 0/],
  ];
  for (const [given, says] of cases) throws(() => readFaults(given), { name: 'Refused', message: says }, given);
});

test('faults from the start need an admin port by which they can be ended', () => {
  const read = (...flags: string[]) => {
    const settings = readSettings(['--model-repository=/models', ...flags]);
    return 'problem' in settings ? settings.problem.split(';')[0] : settings.faults;
  };
  deepStrictEqual(read('--faults={"loads":{"failTimes":1}}'), '--faults needs --admin-port, by which they can be ended');
  deepStrictEqual(read('--admin-port=0', '--faults={"loads":7}'), '--faults: loads is not an object');
  deepStrictEqual(read('--admin-port=0', '--faults={"loads":{"failTimes":1}}'), { loads: { delayMs: 0, failTimes: 1, model: '*' } });
  deepStrictEqual(read('--admin-port=0'), {});
});
