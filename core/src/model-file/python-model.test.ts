import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { test } from 'node:test';
import fc from 'fast-check';
import { readMadeUp } from './made-up-file.ts';
import { isProblem } from './problem.ts';
import { type PythonFacts, pythonFacts, readPythonModel } from './python-model.ts';

function factsOf(text: string): PythonFacts {
  const facts = pythonFacts(text);
  ok(!isProblem(facts));
  return facts;
}

const model = `"""A model."""
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    @staticmethod
    def auto_complete_config(config):
        return config

    def execute(self, requests):
        responses = []
        for request in requests:
            pixels = pb_utils.get_input_tensor_by_name(request, "PIXELS")  # not "OTHER"
            out = pb_utils.Tensor('PROBABILITIES', pixels.as_numpy())
            responses.append(pb_utils.InferenceResponse(output_tensors=[out]))
        return responses
`;

test('a model tells its class, its methods, and the tensors that it names', () => {
  deepStrictEqual(factsOf(model), {
    broken: undefined,
    modelClass: 'there',
    execute: 'there',
    autoCompleteConfig: 'there',
    inputs: [{ name: 'PIXELS', line: 13 }],
    outputs: [{ name: 'PROBABILITIES', line: 14 }],
    isEveryInputNamed: true,
    isEveryOutputNamed: true,
    callsModels: false,
  });
});

for (const [what, text, modelClass] of [
  ['a file without the class', 'import os\n', 'absent'],
  ['a class of almost that name', 'class TritonPythonmodel:\n  pass\n', 'absent'],
  ['a name in a comment and in a string', '# TritonPythonModel\nx = "TritonPythonModel"\n', 'absent'],
  ['nothing', '', 'absent'],
  ['an import', 'from mine import TritonPythonModel\n', 'unknown'],
  ['an import of everything', 'from mine import *\n', 'unknown'],
  ['another name for a class', 'TritonPythonModel = Mine\n', 'unknown'],
  ['a class in a branch', 'if True:\n    class TritonPythonModel:\n        pass\n', 'unknown'],
  ['what is made while it runs', 'globals()["Triton" + "PythonModel"] = Mine\n', 'unknown'],
  ['a class', 'class TritonPythonModel: pass\n', 'there'],
  ['a class behind a byte order mark', '\uFEFFclass TritonPythonModel(object):\r\n  pass\r\n', 'there'],
] as const) {
  test(`${what}: the class is ${modelClass}`, () => strictEqual(factsOf(text).modelClass, modelClass));
}

for (const [what, text, execute] of [
  ['a class without it', 'class TritonPythonModel:\n  def initialize(self, args): pass\n', 'absent'],
  ['a function outside of the class', 'class TritonPythonModel:\n  x = 1\ndef run(): pass\n', 'absent'],
  ['a call of the same name', 'class TritonPythonModel:\n  def initialize(self, a):\n    self.db.execute("select 1")\n', 'absent'],
  ['an async method', 'class TritonPythonModel:\n  async def execute(self, requests): pass\n', 'there'],
  ['a method in one line', 'class TritonPythonModel:\n  def execute(self, requests): return []\n', 'there'],
  ['a class with a base', 'class TritonPythonModel(Base):\n  pass\n', 'unknown'],
  ['a decorated class', '@with_execute\nclass TritonPythonModel:\n  pass\n', 'unknown'],
  ['an assignment', 'class TritonPythonModel:\n  execute = run\n', 'unknown'],
  ['one that is set later', 'class TritonPythonModel:\n  pass\nTritonPythonModel.execute = run\n', 'unknown'],
  ['a method in a branch', 'class TritonPythonModel:\n  x = 1\n  if x:\n    def execute(self, requests): pass\n', 'unknown'],
  ['setattr', 'class TritonPythonModel:\n  pass\nsetattr(TritonPythonModel, "exec" + "ute", run)\n', 'unknown'],
] as const) {
  test(`${what}: execute is ${execute}`, () => strictEqual(factsOf(text).execute, execute));
}

test('names that are not written out are not guessed', () => {
  const calls = `a = pb_utils.get_input_tensor_by_name(request, name)
b = pb_utils.get_input_tensor_by_name(request=request, name="B")
c = pb_utils.get_input_tensor_by_name(f(request, "no"), "C",)
d = pb_utils.Tensor(f"{x}", y)
e = pb_utils.Tensor.from_dlpack("E", y)
g = torch.Tensor("no")
h: pb_utils.Tensor = None
`;
  const { inputs, outputs, isEveryInputNamed, isEveryOutputNamed } = factsOf(calls);
  deepStrictEqual(
    [...inputs, ...outputs].map(({ name, line }) => `${name} in line ${line}`),
    ['B in line 2', 'C in line 3', 'E in line 5'],
  );
  deepStrictEqual([isEveryInputNamed, isEveryOutputNamed], [false, false]);
});

test('a model that calls others is known by its requests', () => {
  strictEqual(factsOf('r = pb_utils.InferenceRequest(model_name="m")\n').callsModels, true);
});

for (const [text, line, says] of [
  ['x = (1\n', 1, '"(" is never closed'],
  ['x = 1)\n', 1, '")" closes nothing'],
  ['x = [1,\n  2)\n', 2, '")" closes the "[" of line 1'],
  ['x = "a\ny = 1\n', 1, 'a string does not end'],
  ['x = """a\n\n', 1, 'a string does not end'],
  ["def f():\n  return 'it's'\n", 2, 'a string does not end'],
] as const) {
  test(`${JSON.stringify(text)} is no Python`, () => deepStrictEqual(factsOf(text).broken, { line, says }));
}

for (const text of [
  'x = "a\\\nb"\n',
  "x = '''a\n'b' \"c\" '''\n",
  'x = f"{a["b"]}"\n',
  'x = f"{{" + "("\n',
  'x = (1, # )\n 2)\n',
  'x = rb"\\x00" + u"\\""\n',
  'x = 1 if y else"z"\n',
  '# coding: utf-16\nx = (\n',
  'x = f"{a:{w}}" + f\'{b!r}\'\n',
]) {
  test(`${JSON.stringify(text)} is not said to be broken`, () => strictEqual(factsOf(text).broken, undefined));
}

test('a byte of zero is no Python', () => {
  const bytes = Uint8Array.of(120, 0, 10);
  const facts = readMadeUp(readPythonModel('model.py', 3), bytes).read;
  ok(!isProblem(facts));
  deepStrictEqual(facts.broken, { line: 1, says: 'it holds a byte of zero' });
});

test('text that is built to take for ever is given up soon', () => {
  const began = performance.now();
  for (const text of [
    'get_input_tensor_by_name('.repeat(40_000),
    'class TritonPythonModel:\n'.repeat(40_000),
    '('.repeat(1_000_000),
    "'".repeat(1_000_000),
    '@\\\n'.repeat(300_000),
    ' '.repeat(1_000_000),
  ]) {
    pythonFacts(text);
  }
  ok(performance.now() - began < 30_000);
});

test('any text gives facts or a problem', () => {
  const parts = fc.constantFrom(
    'class TritonPythonModel',
    ':',
    '\n',
    '  ',
    'def execute',
    '(',
    ')',
    '"',
    "'''",
    'f"{',
    '\\',
    '#',
    'pb_utils.Tensor("X"',
    ',',
    '\u0000',
    '\ud800',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 200 }),
        fc.array(parts, { maxLength: 40 }).map((all) => all.join('')),
      ),
      (text) => void pythonFacts(text),
    ),
    {
      numRuns: 2000,
    },
  );
});
