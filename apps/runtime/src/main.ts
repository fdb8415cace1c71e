import { wordsOf } from '#core/base/fault.ts';
import { startRuntime } from './app.ts';
import { openLog } from './log.ts';
import { helpText } from './honoured-flags.ts';
import { readSettings } from './settings.ts';

// The embedded runtime: ONNX models on this machine's CPU, served as tritonserver serves them. `--help` tells the flags.
const args = process.argv.slice(2);
if (args.includes('--help')) {
  process.stdout.write(helpText());
  process.exit(0);
}
const settings = readSettings(args);
if ('problem' in settings) {
  process.stderr.write(`conch-embedded: ${settings.problem}\n`);
  process.exit(1);
}

const log = openLog(settings.log.log_file);
const stopping = Promise.withResolvers<string>();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.resolve(signal));
if (settings.exitWithParent) {
  // The other end of stdin is the parent's. It closes when the parent ends, however it ends.
  process.stdin.on('error', () => stopping.resolve('the end of the parent'));
  process.stdin.on('close', () => stopping.resolve('the end of the parent'));
  process.stdin.resume();
}

try {
  const app = await Promise.race([startRuntime(settings, log), stopping.promise]);
  // Asked to end while models load: nothing is under way, and the instances end with us.
  if (typeof app === 'string') process.exit(0);
  log.info('main.ts', `Stopping on ${await stopping.promise}.`);
  process.exit((await app.stop()) ? 0 : 1);
} catch (thrown) {
  // As with Triton these last words are no line of the log, which may be off or elsewhere.
  process.stderr.write(`error: ${wordsOf(thrown)}\n`);
  process.exit(1);
}
