import { describe, expect, test } from 'vitest'

import { cidrBlocks } from './cidr.ts'
import { checkConditions, dependenciesOf } from './dependencies.ts'
import { isConditionTrue, resolveObject, resolveValue, type Scope } from './intrinsics.ts'
import { parseTemplate, type TemplateValue } from './template.ts'

const RESOURCE = '{"Resources": {"A": {"Type": "AWS::Logs::LogGroup"}}}'

function scope(over: Partial<Scope> = {}): Scope {
  return {
    template: {
      ...parseTemplate(RESOURCE),
      mappings: { Map: { aws: { EC2: 'ec2.amazonaws.com' } } },
      parameters: { Names: { type: 'CommaDelimitedList', noEcho: false } },
      conditions: {
        Yes: { 'Fn::Equals': ['1', 1] },
        No: { 'Fn::Not': [{ Condition: 'Yes' }] },
        Both: { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] },
        Either: { 'Fn::Or': [{ Condition: 'Yes' }, { Condition: 'No' }] },
      },
    },
    pseudo: { 'AWS::Partition': 'aws', 'AWS::StackName': 'stack' },
    parameters: { Names: 'a, b' },
    zones: ['x-1a', 'x-1b'],
    ref: (logicalId) => `id-of-${logicalId}`,
    attribute: (logicalId, name) => `${name}-of-${logicalId}`,
    importValue: (name) => `import-of-${name}`,
    ...over,
  }
}

describe('functions', () => {
  test.each<[TemplateValue, TemplateValue]>([
    [{ Ref: 'A' }, 'id-of-A'],
    [{ Ref: 'AWS::Partition' }, 'aws'],
    [{ Ref: 'Names' }, ['a', 'b']],
    [{ 'Fn::GetAtt': ['A', 'Arn'] }, 'Arn-of-A'],
    [{ 'Fn::GetAtt': 'A.Arn' }, 'Arn-of-A'],
    [{ 'Fn::Sub': '${AWS::StackName}/${A}-${A.Arn}-${!Literal}' }, 'stack/id-of-A-Arn-of-A-${Literal}'],
    [{ 'Fn::Sub': ['${X}-${A}', { X: { Ref: 'B' } }] }, 'id-of-B-id-of-A'],
    [{ 'Fn::FindInMap': ['Map', { Ref: 'AWS::Partition' }, 'EC2'] }, 'ec2.amazonaws.com'],
    [{ 'Fn::Join': [',', ['x', { Ref: 'A' }]] }, 'x,id-of-A'],
    [{ 'Fn::ImportValue': { 'Fn::Sub': '${AWS::StackName}::Out' } }, 'import-of-stack::Out'],
    [{ 'Fn::Select': ['1', { 'Fn::Split': ['|', 'a|b'] }] }, 'b'],
    [{ 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, 'x-1a'],
    [{ 'Fn::Cidr': ['192.168.0.0/16', 2, 13] }, ['192.168.0.0/19', '192.168.32.0/19']],
    [{ 'Fn::If': ['Yes', 'y', 'n'] }, 'y'],
    [{ 'Fn::Base64': 'hi' }, 'aGk='],
  ])('%j is %j', (value, expected) => expect(resolveValue(value, scope())).toEqual(expected))

  test('AWS::NoValue leaves the property out', () => {
    const value = { A: { 'Fn::If': ['No', 'x', { Ref: 'AWS::NoValue' }] }, B: 1 }
    expect(resolveObject(value, scope())).toEqual({ B: 1 })
  })

  test.each([
    ['Yes', true],
    ['No', false],
    ['Both', false],
    ['Either', true],
  ])('condition %s is %s', (name, expected) => expect(isConditionTrue(name, scope())).toBe(expected))

  test('a mapping that is not there is an error', () => {
    expect(() => resolveValue({ 'Fn::FindInMap': ['Map', 'aws', 'X'] }, scope())).toThrow(
      'Template error: Unable to get mapping for Map::aws::X',
    )
  })
})

describe('templates', () => {
  test('say the same in YAML with short tags and in JSON', () => {
    const yaml = `
Resources:
  A:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub '\${AWS::StackName}-x'
      Tags: !If [Yes, [{Key: a, Value: !GetAtt B.Arn}], !Ref AWS::NoValue]
      Other: !Join [',', [!Ref B, !Select [0, !GetAZs '']]]
      Sub: !Sub ['\${X}', {X: !Ref B}]
  B: {Type: AWS::Logs::LogGroup}
`
    expect(parseTemplate(yaml).resources['A']?.properties).toEqual({
      LogGroupName: { 'Fn::Sub': '${AWS::StackName}-x' },
      Tags: {
        'Fn::If': ['Yes', [{ Key: 'a', Value: { 'Fn::GetAtt': ['B', 'Arn'] } }], { Ref: 'AWS::NoValue' }],
      },
      Other: { 'Fn::Join': [',', [{ Ref: 'B' }, { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }]] },
      Sub: { 'Fn::Sub': ['${X}', { X: { Ref: 'B' } }] },
    })
  })

  test.each([
    ['{', 'JSON not well-formed'],
    ['a: [', 'YAML not well-formed'],
    ['{"Resources": {"A": {}}}', 'Every Resources object must contain a Type member'],
    ['{"Nothing": {}, "Resources": {}}', 'Invalid template property or properties [Nothing]'],
    [
      '{"Transform": "AWS::Serverless-2016-10-31", "Resources": {"A": {"Type": "X"}}}',
      'The transform AWS::Serverless-2016-10-31 is not emulated',
    ],
  ])('%s is refused', (body, message) => expect(() => parseTemplate(body)).toThrow(message))

  test('order follows every kind of reference', () => {
    const resources = {
      A: { Type: 'T' },
      B: { Type: 'T', DependsOn: 'A' },
      C: { Type: 'T', Properties: { x: { 'Fn::Sub': '${B.Arn}' }, y: { 'Fn::GetAtt': 'A.Arn' } } },
    }
    const graph = dependenciesOf(parseTemplate(JSON.stringify({ Resources: resources })))
    expect(
      Object.fromEntries(
        [...graph].map(([name, needs]) => [name, [...needs].toSorted((a, b) => a.localeCompare(b))]),
      ),
    ).toEqual({
      A: [],
      B: ['A'],
      C: ['A', 'B'],
    })
  })
})

describe('what is hostile', () => {
  const deep = (open: string, close: string, inside: string) =>
    `${open.repeat(9000)}${inside}${close.repeat(9000)}`
  test.each([
    ['lists in JSON', `{"Resources": {"A": {"Type": "T", "Properties": {"x": ${deep('[', ']', '1')}}}}}`],
    ['maps in JSON', `{"Resources": {"A": {"Type": "T", "Properties": ${deep('{"a":', '}', '1')}}}}`],
    ['lists in YAML', `Resources: {A: {Type: T, Properties: {x: ${deep('[', ']', '1')}}}}`],
  ])('deep %s is refused as a template', (_what, body) => {
    expect(() => parseTemplate(body)).toThrow(/^Template format error: /)
  })

  test('aliases that multiply are refused', () => {
    const rows = Array.from({ length: 9 }, (_, index) => {
      const items = Array.from({ length: 9 }, () => (index === 0 ? 'x' : `*a${index - 1}`)).join(', ')
      return `  a${index}: &a${index} [${items}]`
    })
    const body = `Metadata:\n${rows.join('\n')}\nResources: {A: {Type: T}}`
    expect(() => parseTemplate(body)).toThrow('YAML not well-formed')
  })

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    '%s is a name like any other',
    (name) => {
      const value = JSON.parse(`{"A": {"${name}": 1}}`) as TemplateValue
      expect(resolveValue(value, scope())).toEqual(value)
      expect(() => resolveValue({ Ref: name }, scope({ ref: () => 'a resource' }))).not.toThrow()
      expect(resolveValue({ Ref: name }, scope({ ref: () => 'a resource' }))).toBe('a resource')
      expect(() => isConditionTrue(name, scope())).toThrow(`Unresolved condition dependency ${name}`)
      expect(() => resolveValue({ 'Fn::FindInMap': [name, 'a', 'b'] }, scope())).toThrow(
        'Unable to get mapping',
      )
      const body = `{"Resources": {"A": {"Type": "T", "Properties": {"x": {"Ref": "${name}"}}}}}`
      expect(() => dependenciesOf(parseTemplate(body))).toThrow(`Unresolved resource dependencies [${name}]`)
    },
  )

  test('conditions in a circle are refused', () => {
    const Conditions = {
      A: { Condition: 'B' },
      B: { 'Fn::Not': [{ Condition: 'A' }] },
      C: { 'Fn::Equals': [1, 1] },
    }
    const template = parseTemplate(JSON.stringify({ Conditions, Resources: { R: { Type: 'T' } } }))
    expect(() => checkConditions(template)).toThrow('Circular dependency between conditions: [A, B]')
  })
})

test.each([
  ['10.0.0.0/24', 3, 5, ['10.0.0.0/27', '10.0.0.32/27', '10.0.0.64/27']],
  ['2001:db8::/56', 2, 64, ['2001:db8::/64', '2001:db8:0:1::/64']],
])('%s in %i blocks of %i bits', (block, count, bits, expected) => {
  expect(cidrBlocks(block, count, bits)).toEqual(expected)
})

test.each([
  ['10.0.0.0/28', 3, 3],
  ['300.0.0.0/8', 1, 8],
  ['10.0.0.0', 1, 8],
  ['10.0.0.0/33', 1, 0],
  ['nonsense/8', 1, 8],
  ['10.0.0.0/16', 0, 8],
  ['10.0.0.0/8', 257, 8],
  ['10.0.0.0/16', Number.NaN, 8],
  ['10.0.0.0/16', 1, -1],
  ['2001:db8::/64', 2, 64],
])('%s cannot be cut into %i blocks of %i bits', (block, count, bits) => {
  expect(() => cidrBlocks(block, count, bits)).toThrow(`${block} cannot be cut`)
})
