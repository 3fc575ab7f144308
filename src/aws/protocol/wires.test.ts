// Every operation of every service goes there and back through its wire protocol.
import { describe, expect, test } from 'vitest'

import { AwsError } from '../../base/errors.ts'
import type { AwsRequest, AwsResponse } from './message.ts'
import { createSchemaLoader, type Schema, type ShapeRef } from './schema.ts'
import type { WireProtocol } from './service.ts'
import { checkValue, ViolationError } from './values.ts'
import { wireOf } from './wires.ts'

const schemas = createSchemaLoader()
const SERVICES: readonly (readonly [string, WireProtocol])[] = [
  ['autoscaling', 'query'],
  ['cloudformation', 'query'],
  ['ec2', 'ec2'],
  ['eks', 'rest-json'],
  ['elbv2', 'query'],
  ['iam', 'query'],
  ['logs', 'json-1.1'],
  ['sts', 'query'],
]

/** A value with every member set, below `depth` the required ones only; awkward texts on purpose. */
function sample(schema: Schema, ref: ShapeRef, depth = 3): unknown {
  const shape = schema.shape(ref)
  if (shape.kind === 'list')
    return [sample(schema, shape.item.ref, depth), sample(schema, shape.item.ref, depth)]
  if (shape.kind === 'map') return { 'a/b:c': sample(schema, shape.value.ref, depth) }
  if (shape.kind === 'structure') {
    return Object.fromEntries(
      shape.members.flatMap((member) =>
        depth > 0 || member.required ? [[member.name, sample(schema, member.ref, depth - 1)]] : [],
      ),
    )
  }
  switch (shape.type) {
    case 'number':
      return 42
    case 'boolean':
      return true
    case 'timestamp':
      return new Date('2026-01-02T03:04:05.000Z')
    case 'blob':
      return Buffer.from([0, 1, 254, 255])
    case 'document':
      return 'free'
    case 'string':
      return 'ü & <a b="c"> +%/=~*'
  }
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty).filter((item) => item !== undefined)
  if (value instanceof Date || value instanceof Uint8Array || typeof value !== 'object' || value === null) {
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
  }
  const entries = Object.entries(value)
    .map(([key, item]) => [key, withoutEmpty(item)] as const)
    .filter(([, item]) => item !== undefined && !(Array.isArray(item) && item.length === 0))
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

describe.each(SERVICES)('%s', (name, protocol) => {
  const schema = schemas(name)
  const wire = wireOf(protocol)
  const operations = Object.entries(schema.file.operations)

  test('input comes back as it was sent', () => {
    for (const [operation, { input }] of operations) {
      const value = sample(schema, input) as object
      checkValue(schema, input, value)
      const request = wire.encodeInput(schema, operation, value)
      expect(wire.operationOf(schema, request), operation).toBe(operation)
      const decoded = wire.decodeInput(schema, operation, request)
      expect(withoutEmpty(decoded), operation).toEqual(withoutEmpty(value))
    }
  })

  test('output comes back as it was sent', () => {
    for (const [operation, { output }] of operations) {
      const value = sample(schema, output)
      const response = wire.encodeOutput({ schema, operation, requestId: 'r-1' }, value)
      const decoded = wire.decodeOutput(schema, operation, response)
      expect(withoutEmpty(decoded), operation).toEqual(withoutEmpty(value))
    }
  })

  test('errors keep code, message and status', () => {
    const error = new AwsError('SomeCode', 'not <this> & "that"', { status: 409 })
    const decoded = wire.decodeError(schema, wire.encodeError('r-1', error, schema))
    expect([decoded.code, decoded.message, decoded.status]).toEqual(['SomeCode', error.message, 409])
  })

  test('an unknown member is refused by name', () => {
    const [operation = ''] = operations.find(([, { input }]) => input !== 'Unit') ?? []
    const request = tamper(protocol, wire.encodeInput(schema, operation, {}))
    expect(() => wire.decodeInput(schema, operation, request)).toThrow(ViolationError)
  })
})

function tamper(protocol: WireProtocol, request: AwsRequest): AwsRequest {
  if (protocol === 'rest-json') return { ...request, url: `${request.url}?bogus=1` }
  if (protocol === 'json-1.1') return { ...request, body: Buffer.from('{"bogus":1}') }
  return { ...request, body: Buffer.concat([request.body, Buffer.from('&Bogus=1')]) }
}

function form(text: string): AwsRequest {
  return { method: 'POST', url: '/', headers: {}, body: Buffer.from(text) }
}

// Requests as botocore and the AWS SDK for Go write them.
test.each<[string, WireProtocol, string, string, object]>([
  [
    'EC2 filters',
    'ec2',
    'ec2',
    'Action=DescribeVpcs&Version=2016-11-15&Filter.1.Name=tag%3AName&Filter.1.Value.1=a&Filter.1.Value.2=b+c',
    { Filters: [{ Name: 'tag:Name', Values: ['a', 'b c'] }] },
  ],
  [
    'EC2 ids',
    'ec2',
    'ec2',
    'Action=DescribeVpcs&VpcId.1=vpc-1&VpcId.2=vpc-2&DryRun=false',
    { VpcIds: ['vpc-1', 'vpc-2'], DryRun: false },
  ],
  [
    'lists with a member level',
    'query',
    'elbv2',
    'Action=DescribeTargetHealth&TargetGroupArn=arn&Targets.member.1.Id=10.0.0.1&Targets.member.1.Port=80',
    { TargetGroupArn: 'arn', Targets: [{ Id: '10.0.0.1', Port: 80 }] },
  ],
  ['empty lists', 'query', 'elbv2', 'Action=SetSecurityGroups&SecurityGroups=', { SecurityGroups: [] }],
  [
    'order by number, not by place',
    'query',
    'iam',
    'Action=UntagRole&RoleName=r&TagKeys.member.10=j&TagKeys.member.2=b',
    { RoleName: 'r', TagKeys: ['b', 'j'] },
  ],
])('reads %s', (...[, protocol, service, body, expected]) => {
  const wire = wireOf(protocol)
  const schema = schemas(service)
  const operation = wire.operationOf(schema, form(body)) ?? ''
  expect(wire.decodeInput(schema, operation, form(body))).toEqual(expected)
})

test.each<[string, WireProtocol, string, string, RegExp]>([
  ['a number that is none', 'ec2', 'ec2', 'Action=DescribeVpcs&MaxResults=ten', /mistyped MaxResults/],
  ['a boolean that is none', 'ec2', 'ec2', 'Action=DescribeVpcs&DryRun=maybe', /mistyped DryRun/],
  [
    'text where a structure belongs',
    'query',
    'iam',
    'Action=TagRole&Tags.member.1=x',
    /mistyped Tags.member.1/,
  ],
  ['a list without numbers', 'ec2', 'ec2', 'Action=DescribeVpcs&VpcId.first=vpc-1', /unknown VpcId.first/],
])('refuses %s', (...[, protocol, service, body, message]) => {
  const wire = wireOf(protocol)
  const schema = schemas(service)
  const operation = wire.operationOf(schema, form(body)) ?? ''
  expect(() => wire.decodeInput(schema, operation, form(body))).toThrow(message)
})

test('REST routes prefer literals to labels and decode what they carry', () => {
  const wire = wireOf('rest-json')
  const schema = schemas('eks')
  const get = (url: string): AwsRequest => ({ method: 'GET', url, headers: {}, body: Buffer.from('') })
  expect(wire.operationOf(schema, get('/clusters/a%2Fb/fargate-profiles?maxResults=5'))).toBe(
    'ListFargateProfiles',
  )
  expect(
    wire.decodeInput(schema, 'ListFargateProfiles', get('/clusters/a%2Fb/fargate-profiles?maxResults=5')),
  ).toEqual({ clusterName: 'a/b', maxResults: 5 })
  expect(wire.operationOf(schema, get('/nowhere'))).toBeUndefined()
})

test('moments that are text in the store are written like dates', () => {
  const at = '2026-01-02T03:04:05.000Z'
  const json = wireOf('rest-json').encodeOutput(
    { schema: schemas('eks'), operation: 'DescribeAddon', requestId: 'r' },
    { addon: { createdAt: at } },
  )
  const xml = wireOf('query').encodeOutput(
    { schema: schemas('iam'), operation: 'GetRole', requestId: 'r' },
    { Role: { CreateDate: at } },
  )
  expect(bodyOf(json)).toContain('1767323045')
  expect(bodyOf(xml)).toContain(`<CreateDate>${at}</CreateDate>`)
})

function bodyOf({ body }: AwsResponse): string {
  return typeof body === 'string' ? body : Buffer.from(body).toString('utf8')
}
