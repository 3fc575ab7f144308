import { expect, test } from 'vitest'

import type { TemplateObject } from '../template/template.ts'
import { checkProperties } from './check-properties.ts'
import { typeFacts } from './specification.ts'

function check(type: string, given: TemplateObject) {
  const facts = typeFacts(type)
  if (!facts) throw new Error(`nothing is published about ${type}`)
  return checkProperties(facts, given)
}

test.each<[string, string, TemplateObject, string[]]>([
  [
    'a key that the type does not have',
    'AWS::Logs::LogGroup',
    { Foo: 'x' },
    ['#: extraneous key [Foo] is not permitted'],
  ],
  [
    'one inside of a structure',
    'AWS::EKS::Nodegroup',
    { ClusterName: 'c', NodeRole: 'r', Subnets: ['s'], ScalingConfig: { Min: 1 } },
    ['#/ScalingConfig: extraneous key [Min] is not permitted'],
  ],
  [
    'one inside of a list',
    'AWS::EKS::FargateProfile',
    {
      ClusterName: 'c',
      PodExecutionRoleArn: 'r',
      Selectors: [{ Namespace: 'a' }, { Namespace: 'b', Label: 'x' }],
    },
    ['#/Selectors/1: extraneous key [Label] is not permitted'],
  ],
  ['what is required', 'AWS::EKS::Addon', { AddonName: 'a' }, ['#: required key [ClusterName] not found']],
  [
    'text for a number',
    'AWS::Logs::LogGroup',
    { RetentionInDays: 'seven' },
    ['#/RetentionInDays: expected type: Integer, found: String'],
  ],
  [
    'a fraction for an integer',
    'AWS::Logs::LogGroup',
    { RetentionInDays: 1.5 },
    ['#/RetentionInDays: expected type: Integer, found: Number'],
  ],
  [
    'a structure for a list',
    'AWS::EC2::SecurityGroup',
    { GroupDescription: 'x', SecurityGroupIngress: { IpProtocol: '-1' } },
    ['#/SecurityGroupIngress: expected type: JSONArray, found: JSONObject'],
  ],
  [
    'a list for a map',
    'AWS::EKS::Nodegroup',
    { ClusterName: 'c', NodeRole: 'r', Subnets: [], Labels: [{ Key: 'a', Value: 'b' }] },
    ['#/Labels: expected type: JSONObject, found: JSONArray'],
  ],
  [
    'several',
    'AWS::IAM::Role',
    { Foo: 1 },
    ['#: required key [AssumeRolePolicyDocument] not found', '#: extraneous key [Foo] is not permitted'],
  ],
])('%s is told as CloudFormation tells it', (_what, type, given, faults) => {
  expect(check(type, given).faults).toEqual(faults)
})

test('numbers and booleans may be written as text, and text as numbers', () => {
  const { properties, faults } = check('AWS::EKS::Nodegroup', {
    ClusterName: 7,
    NodeRole: 'r',
    Subnets: ['s'],
    ForceUpdateEnabled: 'true',
    DiskSize: '80',
    Labels: { a: true },
    Taints: [{ Key: 'k', Value: 1 }],
  })
  expect(faults).toEqual([])
  expect(properties).toEqual({
    ClusterName: '7',
    NodeRole: 'r',
    Subnets: ['s'],
    ForceUpdateEnabled: true,
    DiskSize: 80,
    Labels: { a: 'true' },
    Taints: [{ Key: 'k', Value: '1' }],
  })
})

test('a document may be a structure or text', () => {
  const document = { Statement: [] }
  for (const given of [document, JSON.stringify(document)]) {
    const { properties, faults } = check('AWS::IAM::Role', { AssumeRolePolicyDocument: given })
    expect([properties, faults]).toEqual([{ AssumeRolePolicyDocument: given }, []])
  }
})
