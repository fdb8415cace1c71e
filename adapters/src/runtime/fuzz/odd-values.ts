/** Numbers at and beyond the ends of every width, in the ways of writing them. */
const oddNumbers = [
  ...['0', '-0', '1', '-1', '2', '1.0', '1.5', '-1.5', '1e2', '1E+2', '1e-2', '0.1', '0.0', '-0.0', '0e5', '1e0'],
  ...['127', '128', '-128', '-129', '255', '256', '32768', '-32769', '65535', '65536'],
  ...['2147483647', '2147483648', '-2147483648', '-2147483649', '4294967295', '4294967296'],
  ...['9007199254740992', '9007199254740993', '9223372036854775807', '9223372036854775808', '-9223372036854775808'],
  ...['-9223372036854775809', '18446744073709551615', '18446744073709551616', '-18446744073709551616', '1e19', '1e18'],
  ...['3.4028234e38', '3.4028236e38', '1e39', '-1e39', '1e308', '1e309', '-1e400', '1e-400', '5e-324', '1.1754944e-38', '1e-45'],
  ...['123456789.123456789', '0.30000000000000004', '16777217', '1e22', '1e21', '123456789012345678901234567890'],
  ...['NaN', '-NaN', 'Infinity', '-Infinity', 'Inf', '-Inf'],
];

const brokenNumbers = ['nan', 'inf', '+1', '01', '-01', '.5', '1.', '1e', '1e+', '0x10', '1_000', '--1', '-', 'Infinit', 'Na', '1f', '1,5'];

const oddStrings = [
  ...['""', '"x"', '"y"', '"1"', '"-1"', '"true"', '"FP32"', '"INT64"', '"BYTES"', '"fp32"', '"ü"', '"größer als 日本"', '"😀"'],
  ...[
    '"\\u0041"',
    '"\\ud83d\\ude00"',
    '"\\n\\t\\\\\\/\\b\\f\\r\\""',
    '"\\u00fc"',
    '"\\u001f\\u007f"',
    '"\u2028"',
    '"\\u2028"',
    '"a b"',
    '" "',
  ],
  ...['"\\ud83d"', '"\\ude00"', '"\\ud83d\\u0041"', '"\\q"', '"\\u12"', '"\\u00g0"', '"a\tb"', '"a\nb"', '"open', "'x'", '"\\'],
];

const deep = (levels: number): string => `${'['.repeat(levels)}1${']'.repeat(levels)}`;
const deepObject = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

/** What may stand where another value did; most of it is JSON. */
export const oddValues: readonly string[] = [
  ...oddNumbers,
  ...oddNumbers,
  ...brokenNumbers,
  ...oddStrings,
  ...['true', 'false', 'null', 'True', 'nul', 'undefined', '', 'tru', 'falsey'],
  ...[
    '[]',
    '{}',
    '[[]]',
    '[{}]',
    '[null]',
    '[1]',
    '[1,2]',
    '[[1],[2]]',
    '[[1,2],[3]]',
    '["a"]',
    '[true]',
    '{"a":1}',
    '{"":null}',
    '[1,]',
    '[,1]',
  ],
  ...['{"a"}', '{a:1}', '{"a":1,}', '[1 2]', '{"a":1 "b":2}', ']', '}', '[[1]', '/* x */1', '1 // x'],
  ...[5, 90, 95, 96, 97, 98, 99, 100, 101, 120].map(deep),
  ...[5, 95, 98, 99, 100, 101].map(deepObject),
];

export const oddNames: readonly string[] = [
  ...['', 'x', 'name', 'datatype', 'shape', 'data', 'parameters', 'inputs', 'outputs', 'id', 'model_name', 'Name', 'größe', '__proto__'],
  ...['constructor', 'toString', 'binary_data', 'binary_data_size', 'binary_data_output', 'shared_memory_region', 'shared_memory_offset'],
  ...['shared_memory_byte_size', 'sequence_start', 'priority', 'timeout', 'triton_x', 'triton_enable_empty_final_response', 'a b', '0'],
];

/** Values for headers, query and path. */
export const oddTexts: readonly string[] = [
  ...['', '0', '1', '-1', 'x', '00', '1x', ' 1', '1.5', '1e3', '99999999999', '18446744073709551616', 'identity', 'gzip', 'deflate', 'br'],
  ...[
    'gzip, deflate',
    'deflate;q=0.5, gzip;q=0.1',
    '*',
    '*;q=0',
    'GZIP',
    'gzip;q=0',
    'gzip;q=1.5',
    'gzip;q=x',
    'identity;q=0.5, gzip;q=0.4',
  ],
  ...['application/json', 'application/octet-stream', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'ü', 'a,b'],
];
