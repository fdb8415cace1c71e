import { parseArgs } from 'node:util';
import { wordsOf } from '#core/base/fault.ts';
import { gatewayApp, gatewayDefaults } from './app.ts';

const help = `Takes client traffic and splits it by weight between the arms of each model.

  node apps/gateway/src/main.ts --home .conch --port 8080

  --home <folder>       kept routes, endpoints and announcements live here (needed)
  --port <number>       client port wanted; a free one when it is taken (${gatewayDefaults.port})
  --host <address>      address that clients reach (${gatewayDefaults.host})
  --id <name>           name among the gateways of this home (${gatewayDefaults.id})
  --deadline-ms <ms>    for one request, from its arrival to the last byte of its answer (${gatewayDefaults.deadlineMs})
  --requests-max <n>    requests under way at once; more get a 503 (${gatewayDefaults.requestsMax})
  --exit-with-parent    end when standard input closes`;

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    port: { type: 'string', default: String(gatewayDefaults.port) },
    host: { type: 'string', default: gatewayDefaults.host },
    id: { type: 'string', default: gatewayDefaults.id },
    'deadline-ms': { type: 'string', default: String(gatewayDefaults.deadlineMs) },
    'requests-max': { type: 'string', default: String(gatewayDefaults.requestsMax) },
    'exit-with-parent': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help || values.home === undefined) {
  console.log(help);
  process.exit(values.help ? 0 : 2);
}

try {
  const gateway = await gatewayApp(
    {
      home: values.home,
      host: values.host,
      id: values.id,
      port: wholeNumber('port', values.port),
      deadlineMs: wholeNumber('deadline-ms', values['deadline-ms']),
      requestsMax: wholeNumber('requests-max', values['requests-max']),
    },
    { now: () => performance.now(), log: (line) => console.log(line) },
  );
  const end = (): void => void gateway.close().then(() => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      // Asked twice means now.
      process.once(signal, () => process.exit(1));
      end();
    });
  }
  if (values['exit-with-parent']) process.stdin.resume().once('end', end).once('error', end);
} catch (thrown) {
  console.error(`gateway: ${wordsOf(thrown)}`);
  process.exit(1);
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new RangeError(`--${name} takes a whole number, not '${text}'`);
  return Number(text);
}
