/** What there is to know of a finding about the text itself, in the shape that the rules' explanations have. */
type TextExplanation = {
  readonly code: `config/${string}`;
  readonly severity: 'error' | 'warning';
  readonly means: string;
  readonly triton?: string;
  readonly example: string;
  readonly fix: string;
  readonly unrefereed?: string;
};

/** Everything that reading config.pbtxt may say. After an error here, Triton has no configuration at all. */
export const textExplanations = [
  {
    code: 'config/syntax',
    severity: 'error',
    means: 'Something else stands where the name of a field should be. The file is a list of name: value, and neither JSON nor YAML.',
    triton: 'Expected identifier, got: …',
    example: '// name of the model\nname: "digits"',
    fix: 'write name: value for each field; comments begin with #',
  },
  {
    code: 'config/unknown-field',
    severity: 'error',
    means: 'The message has no field of this name: it is misspelt, or belongs to another message. Triton then reads nothing of the file.',
    triton: 'Message type "inference.…" has no field named "…".',
    example: 'max_bacth_size: 8',
    fix: 'correct the name, or move the field to the message that has it',
  },
  {
    code: 'config/field-too-new',
    severity: 'error',
    means: 'The field came with a newer Triton than the target. The older one does not know it, and reads nothing of the file.',
    triton: 'Message type "inference.…" has no field named "…".',
    example: 'model_metrics { }  # for Triton 24.08',
    fix: 'take it out, or run a newer Triton',
  },
  {
    code: 'config/unknown-enum',
    severity: 'error',
    means: 'The value is none of those that the field knows. They are written in capitals and without quotes.',
    triton: 'Unknown enumeration value of "…" for field "…".',
    example: 'input { name: "x" data_type: FLOAT32 dims: [ 4 ] }',
    fix: 'write one of the values, such as TYPE_FP32 or KIND_GPU',
  },
  {
    code: 'config/unknown-enum-number',
    severity: 'warning',
    means: 'The number stands for no value that we know. Triton keeps it as it is, and what it makes of it later is not said anywhere.',
    example: 'instance_group { kind: 9 }',
    fix: 'write the value by its name',
  },
  {
    code: 'config/type-mismatch',
    severity: 'error',
    means: 'The value is of another kind than the field takes: a number where a text in quotes should be, or a plain value for a message.',
    triton: 'Expected integer, got: …',
    example: 'max_batch_size: "8"',
    fix: 'texts in quotes, numbers and names without them, messages in braces',
  },
  {
    code: 'config/int-range',
    severity: 'error',
    means: 'The number is too large or too small for the field, or negative where only 0 and above are taken.',
    triton: 'Integer out of range (…)',
    example: 'max_batch_size: 3000000000',
    fix: 'write a number within the range that the finding names',
  },
  {
    code: 'config/number-format',
    severity: 'error',
    means:
      'The number is written in a way that is not taken: a fraction or exponent for a whole number, a sign +, a 0 in front of digits 8 or 9.',
    triton: 'Expected integer, got: …',
    example: 'max_batch_size: 1e3',
    fix: 'write plain digits; a 0 in front means octal, and 0x hexadecimal',
  },
  {
    code: 'config/bool-format',
    severity: 'error',
    means: 'The value is neither true nor false as protobuf knows them: true, True, t, 1, false, False, f, 0.',
    triton: 'Invalid value for boolean field "…". Value: "…".',
    example: 'dynamic_batching { preserve_ordering: yes }',
    fix: 'write true or false',
  },
  {
    code: 'config/string-format',
    severity: 'error',
    means: 'A text is never closed, goes on in the next line, or has an escape sequence that does not exist.',
    triton: 'String literals cannot cross line boundaries.',
    example: 'name: "digits\nbackend: "onnxruntime"',
    fix: 'close it on its line; long texts may be written as several, one after the other; write \\\\ for a backslash',
  },
  {
    code: 'config/missing-colon',
    severity: 'error',
    means: 'Between the name of a field and a plain value a colon has to stand. Only before a brace it may be left out.',
    triton: 'Expected ":", found "…".',
    example: 'name "digits"',
    fix: 'write name: value; conch check --fix does it',
  },
  {
    code: 'config/separator',
    severity: 'error',
    means: 'A comma or semicolon is missing between the items of a list, or there is one too many: after the last item, or two in a row.',
    triton: 'Expected …, got: …',
    example: 'input { name: "x" dims: [ 3, 224, 224, ] }',
    fix: 'one comma between two items of a list; between fields none is needed',
  },
  {
    code: 'config/unbalanced',
    severity: 'error',
    means: 'A bracket is never closed, closed by one of another kind, or closes nothing.',
    triton: 'Expected identifier, got: …',
    example: 'dynamic_batching {',
    fix: 'close each bracket by its own kind; the finding stands where the open one is',
  },
  {
    code: 'config/list-on-singular',
    severity: 'error',
    means: 'The field takes one value, and a list in brackets is given.',
    triton: 'Expected integer, got: …',
    example: 'max_batch_size: [ 8 ]',
    fix: 'write the value without brackets',
  },
  {
    code: 'config/duplicate-field',
    severity: 'error',
    means: 'A field that takes one value is given twice.',
    triton: 'Non-repeated field "…" is specified multiple times.',
    example: 'max_batch_size: 4\nmax_batch_size: 8',
    fix: 'keep one of them',
  },
  {
    code: 'config/default-overridden',
    severity: 'warning',
    means: 'A field is given twice. Triton lets it pass since the first one says the default, and takes the last one.',
    example: 'max_batch_size: 0\nmax_batch_size: 8',
    fix: 'keep the last one',
  },
  {
    code: 'config/oneof-conflict',
    severity: 'error',
    means: 'Two fields are given of which only one can be: two schedulers, say, or two version policies.',
    triton: 'Field "…" is specified along with field "…", another member of oneof "…".',
    example: 'dynamic_batching { }\nsequence_batching { }',
    fix: 'keep one of them',
  },
  {
    code: 'config/map-key-duplicate',
    severity: 'warning',
    means: 'Two entries of a map have the same key. Triton takes the last one and says nothing.',
    example: 'parameters { key: "threads" value { string_value: "1" } }\nparameters { key: "threads" value { string_value: "4" } }',
    fix: 'keep one of them',
  },
  {
    code: 'config/extension',
    severity: 'error',
    means: 'A name in brackets is an extension of protobuf, or an Any, and the configuration of a model has neither.',
    triton: 'Extension "…" is not defined or is not an extension of "inference.…".',
    example: '[my.extension]: 1',
    fix: 'take it out; settings of a backend belong into parameters',
  },
  {
    code: 'config/encoding',
    severity: 'error',
    means:
      'Outside of comments and texts in quotes only plain ASCII may stand: no byte order mark, no other letters, no control characters, no long dashes.',
    triton: 'Interpreting non ascii codepoint …',
    example: 'name： "digits"  # a colon of another script',
    fix: 'type the character again; save the file as UTF-8 without a byte order mark',
  },
  {
    code: 'config/invalid-utf8',
    severity: 'warning',
    means: 'A text has bytes that are no UTF-8. Triton takes it, and whoever asks for the configuration as JSON may get broken text.',
    example: 'parameters { key: "title" value { string_value: "caf\\xe9" } }',
    fix: 'save the file as UTF-8',
  },
  {
    code: 'config/template-placeholder',
    severity: 'warning',
    means:
      'A template was not filled in. Inside quotes Triton takes the placeholder as it is written; outside of them it refuses the file.',
    example: 'parameters { key: "tokenizer_dir" value { string_value: "${tokenizer_dir}" } }',
    fix: 'fill it in before the model is packed',
  },
  {
    code: 'config/too-long',
    severity: 'error',
    means: 'The file is longer than a configuration ever needs, and was not read. It is likely another file under this name.',
    example: 'a model saved as config.pbtxt',
    fix: 'put the configuration in its place',
    unrefereed: 'the limit is ours',
  },
] as const satisfies readonly TextExplanation[];
