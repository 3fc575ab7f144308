import type { Parameter } from '@aws-sdk/client-cloudformation'
import { expect, test } from 'vitest'

import { parseTemplate } from '../template/template.ts'
import { checkParameterTypes, readParameters } from './parameters.ts'

const template = (parameter: object) =>
  parseTemplate(
    JSON.stringify({ Parameters: { P: parameter }, Resources: { A: { Type: 'AWS::Logs::LogGroup' } } }),
  )

function read(parameter: object, value?: string, previous: Parameter[] = []): Parameter[] {
  const given = value === undefined ? [] : [{ ParameterKey: 'P', ParameterValue: value }]
  return readParameters(template(parameter), { given, previous }, new Map([['/stored', 'x']]))
}

test.each([
  [{ Type: 'Number', MinValue: 2 }, '1', "Parameter 'P' must be a number not less than 2"],
  [{ Type: 'Number', MaxValue: '2' }, '3', "Parameter 'P' must be a number not greater than 2"],
  [{ Type: 'Number' }, 'two', "Parameter 'P' must be a number."],
  [{ Type: 'List<Number>' }, '1,two', "Parameter 'P' must be a number."],
  [{ Type: 'String', MinLength: 2 }, 'a', "Parameter 'P' must contain at least 2 characters"],
  [{ Type: 'String', MaxLength: '2' }, 'abc', "Parameter 'P' must contain at most 2 characters"],
  [{ Type: 'String', AllowedPattern: '[a-z]+' }, 'aB', "Parameter 'P' must match pattern [a-z]+"],
  [{ Type: 'String', AllowedValues: ['a', 'b'] }, 'c', "Parameter 'P' must be one of AllowedValues"],
  [{ Type: 'CommaDelimitedList', AllowedValues: ['a', 'b'] }, 'a, c', 'must be one of AllowedValues'],
  [
    { Type: 'String', AllowedPattern: '[a-z]+', ConstraintDescription: 'small letters only' },
    'B',
    'Parameter P failed to satisfy constraint: small letters only',
  ],
  [{ Type: 'String' }, undefined, 'Parameters: [P] must have values'],
])('refuses for %j the value %s', (parameter, value, message) => {
  expect(() => read(parameter, value)).toThrow(message)
})

test('takes a default, an earlier value when told so, and what Parameter Store has', () => {
  expect(read({ Type: 'String', Default: 7 })).toEqual([{ ParameterKey: 'P', ParameterValue: '7' }])
  expect(read({ Type: 'AWS::SSM::Parameter::Value<String>' }, '/stored')).toEqual([
    { ParameterKey: 'P', ParameterValue: '/stored', ResolvedValue: 'x' },
  ])
  const given = [{ ParameterKey: 'P', UsePreviousValue: true }]
  const previous = [{ ParameterKey: 'P', ParameterValue: 'before' }]
  expect(readParameters(template({ Type: 'String' }), { given, previous }, new Map())).toEqual(previous)
})

test.each([
  ['String', true],
  ['AWS::EC2::KeyPair::KeyName', true],
  ['List<AWS::EC2::Subnet::Id>', true],
  ['AWS::SSM::Parameter::Value<List<String>>', true],
  ['AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', true],
  ['Text', false],
  ['List<Text>', false],
])('knows of the type %s: %s', (Type, isKnown) => {
  const check = () => checkParameterTypes(template({ Type }))
  if (isKnown) expect(check).not.toThrow()
  else expect(check).toThrow(`Unrecognized parameter type: ${Type}`)
})
