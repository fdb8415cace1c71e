import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { Refused } from '../server/refused.ts';
import { InOrder } from './in-order.ts';
import type { Job } from './job.ts';

test('answers come in the order of their requests, whichever is ready first, and a failure holds nobody up', () => {
  const told: string[] = [];
  const order = new InOrder();
  const place = (name: string): Job => {
    const job = { succeed: () => told.push(name), fail: () => told.push(`${name} failed`) } as unknown as Job;
    return order.placed(job);
  };
  const [a, b, c] = [place('a'), place('b'), place('c')];
  place('refused at once');
  order.giveUpLast();
  const d = place('d');
  const spent = { inputNs: 0, inferNs: 0, outputNs: 0 };
  d.succeed([], spent);
  b.fail(new Refused('Internal', 'broken'), 'OTHER');
  deepStrictEqual(told, []);
  a.succeed([], spent);
  deepStrictEqual(told, ['a', 'b failed']);
  c.succeed([], spent);
  deepStrictEqual(told, ['a', 'b failed', 'c', 'd']);
});
