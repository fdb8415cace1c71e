import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { stillLoading, tellingLine } from './telling-line.ts';

test('what the parser says comes before what follows from it', () => {
  const lines = [
    'I1105 12:00:00.000001 7 server.cc:604] "Server starts"',
    '[libprotobuf ERROR /tmp/text_format.cc:335] Error parsing text-format inference.ModelConfig: 3:14: Message type "inference.ModelConfig" has no field named "max_bacth_size".',
    `E1105 12:00:00.000002 7 model_repository_manager.cc:1460] "Poll failed for model directory 'odd': failed to read text proto"`,
    'I1105 12:00:00.000003 7 server.cc:700] "Started HTTPService"',
  ];
  strictEqual(
    tellingLine(lines),
    'Error parsing text-format inference.ModelConfig: 3:14: Message type "inference.ModelConfig" has no field named "max_bacth_size".',
  );
});

test('time, place and quotes are left away', () => {
  strictEqual(
    tellingLine([`E1105 12:00:00.000002 7 model_lifecycle.cc:641] "failed to load 'm' version 1: Internal: no such file"`]),
    "failed to load 'm' version 1: Internal: no such file",
  );
});

test('without anything telling the last line has to do', () => {
  strictEqual(tellingLine(['one', 'two', '  ']), 'two');
  strictEqual(tellingLine([]), 'none');
});

test('a model that hangs is the one that began to load and never ended', () => {
  const line = (says: string): string => `I1127 13:17:29.106325 15382 model_lifecycle.cc:472] "${says}"`;
  const lines = ['loading: tokens:1', 'loading: labels:1', 'loading: odd:1', "successfully loaded 'labels'", "failed to load 'odd'"].map(
    line,
  );
  deepStrictEqual(stillLoading(lines), ['tokens']);
});
