import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { checkedModels, fine, runCheck, standIn } from './check-in-test.ts';

const target = { target: 'triton=24.10,gpu=none' };
const files = {
  'models/a b/config.pbtxt': fine('a b', 'max_bacth_size: 8\nparameters { key: "api_key" value { string_value: "abcdef123456" } }\n'),
  'models/a b/1/': '',
  'models/fine/config.pbtxt': fine(
    'fine',
    '# conch: allow advice/secret: it opens nothing\nparameters { key: "token" value { string_value: "abcdef123456" } }\n',
  ),
  'models/fine/1/': '',
};

test('JSON has one shape, a model a line', async (t) => {
  standIn(t, files);
  const { code, printed } = await runCheck('models', { output: 'json', ...target });
  strictEqual(code, 1);
  const { models, target: judged, counts, unlooked, ...rest } = JSON.parse(printed);
  deepStrictEqual(models, [
    {
      path: 'models/a b',
      name: 'a b',
      verdict: 'reject',
      needs: [],
      findings: [
        {
          code: 'config/unknown-field',
          severity: 'error',
          place: { file: 'models/a b/config.pbtxt', line: 5, column: 1 },
          says: '"max_bacth_size" is not a field of ModelConfig',
          fix: 'did you mean "max_batch_size"?',
          triton: 'Message type "inference.ModelConfig" has no field named "max_bacth_size".',
        },
      ],
    },
    {
      path: 'models/fine',
      name: 'fine',
      verdict: 'accept',
      needs: [],
      findings: [],
      silenced: [{ code: 'advice/secret', reason: 'it opens nothing', says: 'the parameter "token" looks like a secret' }],
    },
  ]);
  deepStrictEqual(counts, { accepted: 1, rejected: 1, unknown: 0, errors: 1, warnings: 0, silenced: 1, known: 0, unchanged: 0 });
  deepStrictEqual([judged.triton, judged.server, judged.gpu, judged.gpus, judged.backends], ['24.10', '2.51', 'cpu', [], 'judged']);
  deepStrictEqual([unlooked, rest], [[], {}]);
  strictEqual(printed.split('\n').length, 5);
});

test('JSON is whole without a model, and tells what was not looked at', async (t) => {
  standIn(t, {});
  const { code, models, unlooked } = await checkedModels('gone');
  deepStrictEqual([code, models, unlooked.map(({ path }) => path)], [2, [], ['gone']]);
});

test('annotations for GitHub stand beside the line, with what its commands would misread written out', async (t) => {
  standIn(t, files);
  const { printed } = await runCheck(['models', 'g,o:n%e'], { output: 'github', ...target });
  deepStrictEqual(printed.split('\n'), [
    '::error file=models/a b/config.pbtxt,line=5,col=1,title=config/unknown-field::"max_bacth_size" is not a field of ModelConfig%0Afix: did you mean "max_batch_size"?',
    '::error title=not looked at::g,o:n%25e: there is nothing at this path%0Afix: check the path',
    '::notice title=conch check::1 accepted, 1 rejected, 0 unknown; judged for Triton 24.10, no GPU',
    '',
  ]);
});

test('SARIF has what its schema asks for, places from here, and fingerprints that survive a moved line', async (t) => {
  standIn(t, files);
  const sarif = JSON.parse((await runCheck(['models', 'gone'], { output: 'sarif', ...target })).printed);
  strictEqual(sarif.version, '2.1.0');
  match(sarif.$schema, /sarif-2\.1\.0\.json$/);
  const [run] = sarif.runs;
  const { driver } = run.tool;
  deepStrictEqual(
    [driver.name, driver.rules.length, driver.rules[0].id, driver.rules[0].defaultConfiguration],
    ['conch check', 1, 'config/unknown-field', { level: 'error' }],
  );
  ok(driver.rules[0].shortDescription.text.length > 0);
  deepStrictEqual(
    [run.invocations[0].executionSuccessful, run.invocations[0].toolExecutionNotifications[0].message.text],
    [false, 'gone: there is nothing at this path'],
  );
  const [result] = run.results;
  const { partialFingerprints, message, ...rest } = result;
  deepStrictEqual(rest, {
    ruleId: 'config/unknown-field',
    level: 'error',
    locations: [{ physicalLocation: { artifactLocation: { uri: 'models/a%20b/config.pbtxt' }, region: { startLine: 5, startColumn: 1 } } }],
  });
  match(message.text, /^"max_bacth_size" is not a field of ModelConfig\nfix: /);

  standIn(t, { ...files, 'models/a b/config.pbtxt': `# a line more\n${files['models/a b/config.pbtxt']}` });
  const moved = JSON.parse((await runCheck('models', { output: 'sarif', ...target })).printed).runs[0].results[0];
  deepStrictEqual([moved.partialFingerprints, moved.locations[0].physicalLocation.region.startLine], [partialFingerprints, 6]);
});

test('two findings of the same words in one file have fingerprints of their own', async (t) => {
  standIn(t, { 'm/config.pbtxt': fine('m', 'zebra: 1\nzebra: 2\n'), 'm/1/': '' });
  const { results } = JSON.parse((await runCheck('m', { output: 'sarif' })).printed).runs[0];
  strictEqual(
    new Set(results.map((one: { partialFingerprints: Record<string, string> }) => one.partialFingerprints['conchFinding/v1'])).size,
    2,
  );
});
