import assert from 'node:assert/strict';
import test from 'node:test';
import { parse, stringify } from 'pipefit';

test('whole numbers keep their digits', () => {
  const texts = [
    '9007199254740991', '9007199254740992', '9007199254740993', '-9223372036854775808', '18446744073709551615',
    '[12345678901234567890,1]', '{"a":{"b":[-12345678901234567890]}}', '"12345678901234567890"',
    '{"a \\" 12345678901234567890":"\\\\"}', '["\\\\",12345678901234567890,"\\\\\\"12345678901234567890"]',
    '"text: 12345678901234567890, \u2028"',
  ];
  for (const text of texts) assert.equal(stringify(parse(text)), text);
  assert.equal(parse('9007199254740993'), 9007199254740993n);
  assert.equal(parse('9007199254740991'), 9007199254740991);
});

test('other numbers are numbers', () => {
  const text = '[0.12345678901234567890,1e5,-1.5E-10,12345678901234567890.5,1e1234567890123456]';
  assert.deepEqual(parse(text), JSON.parse(text));
  assert.throws(() => parse('[12345678901234567890'), SyntaxError);
  assert.throws(() => parse('"12345678901234567890'), SyntaxError);
});

test('numbers that JSON does not have are refused, and not written as null', () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    assert.throws(() => stringify({ inputs: [{ total: value }] }), { name: 'TypeError', message: /JSON cannot have/ });
  }
});

test('long texts are read', () => {
  const value = { digits: 2n ** 63n, file: '\\"1234567890123456'.repeat(500_000) };
  assert.deepEqual(parse(stringify(value)), value);
});
