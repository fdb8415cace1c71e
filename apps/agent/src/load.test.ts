import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { IndexEntry } from '#core/ports/agent.ts';
import { loadStateOf } from './load.ts';

const cases: { name: string; index: IndexEntry[]; is: unknown }[] = [
  { name: 'every version ready is loaded', index: [{ name: 'm', version: '1', state: 'READY' }], is: 'ready' },
  { name: 'a version on its way is loading', index: [{ name: 'm', version: '1', state: 'LOADING' }], is: 'loading' },
  {
    name: 'unavailable with a reason is refused for that reason',
    index: [{ name: 'm', version: '1', state: 'UNAVAILABLE', reason: 'Internal: no such file' }],
    is: { says: 'Internal: no such file' },
  },
  { name: 'a bare name was not polled: the log has to tell', index: [{ name: 'm' }], is: { says: undefined } },
  { name: 'absent was not polled either', index: [{ name: 'other', version: '1', state: 'READY' }], is: { says: undefined } },
  {
    name: 'an ensemble is refused for what one of its models says, in one line and with the line of Python',
    index: [
      { name: 'm' },
      { name: 'labels', version: '1', state: 'READY' },
      {
        name: 'tokens',
        version: '1',
        state: 'UNAVAILABLE',
        reason: [
          "Internal: ModuleNotFoundError: No module named 'sentencepiece'\n\nAt:",
          '  <frozen importlib._bootstrap>(1176): _find_and_load',
          '  /home/models/tokens/1/tokenizer.py(5): <module>',
          '  /home/models/tokens/1/model.py(7): <module>\n',
        ].join('\n'),
      },
    ],
    is: { says: "tokens: Internal: ModuleNotFoundError: No module named 'sentencepiece' (tokens/1/tokenizer.py, line 5)" },
  },
  {
    name: 'an ensemble waits for what it runs',
    index: [{ name: 'm' }, { name: 'tokens', version: '1', state: 'LOADING' }],
    is: 'loading',
  },
  {
    name: 'another version than the release has is not the release',
    index: [{ name: 'm', version: '2', state: 'READY' }],
    is: { says: 'version 1 is not there; ready: 2' },
  },
];

for (const { name, index, is } of cases) test(name, () => deepStrictEqual(loadStateOf(index, 'm', ['1']), is));
