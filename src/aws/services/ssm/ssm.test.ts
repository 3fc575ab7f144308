import type {
  DescribeParametersResult,
  GetParameterHistoryResult,
  GetParameterResult,
  GetParametersByPathResult,
  GetParametersResult,
} from '@aws-sdk/client-ssm'
import { expect, test } from 'vitest'

import { imageIdOf, imageRelease } from '../../../rules/nodes/machine-images.ts'
import { createTestRegion } from '../../testing/test-region.ts'

async function ssm() {
  const region = await createTestRegion()
  const call = <T = unknown>(operation: string, input: object = {}): Promise<T> =>
    region.endpoint.caller.call<T>('ssm', operation, input)
  const put = (Name: string, Value: string, more: object = {}) =>
    call('PutParameter', { Name, Value, Type: 'String', ...more })
  const get = (Name: string, more: object = {}) => call<GetParameterResult>('GetParameter', { Name, ...more })
  return { region, call, put, get }
}

test('the image of a Kubernetes version is a public parameter', async () => {
  const { get, put } = await ssm()
  const base = '/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/standard/recommended'
  const { Parameter } = await get(`${base}/image_id`)
  const type = 'AL2023_x86_64_STANDARD'
  expect(Parameter).toMatchObject({
    Value: imageIdOf(type, '1.35', imageRelease(type, '1.35')),
    ARN: `arn:aws:ssm:ap-southeast-1::parameter${base}/image_id`,
    DataType: 'aws:ec2:image',
  })
  await expect(get('/aws/service/eks/optimized-ami/9.99/recommended/image_id')).rejects.toMatchObject({
    code: 'ParameterNotFound',
  })
  await expect(put(`${base}/image_id`, 'ami-1')).rejects.toMatchObject({
    code: 'AccessDeniedException',
    message: `No access to reserved parameter name: ${base}/image_id.`,
  })
})

test('a parameter keeps its versions, by number and by label', async () => {
  const { call, put, get } = await ssm()
  await put('/app/url', 'one')
  await expect(put('/app/url', 'two')).rejects.toMatchObject({ code: 'ParameterAlreadyExists' })
  await put('/app/url', 'two', { Overwrite: true, Type: undefined })
  await call('LabelParameterVersion', { Name: '/app/url', ParameterVersion: 1, Labels: ['old', '1no'] })
  const values = ['/app/url', '/app/url:1', '/app/url:old'].map(async (name) => {
    const { Parameter } = await get(name)
    return [Parameter?.Value, Parameter?.Version, Parameter?.Selector]
  })
  expect(await Promise.all(values)).toEqual([
    ['two', 2, undefined],
    ['one', 1, ':1'],
    ['one', 1, ':old'],
  ])
  await expect(get('/app/url:7')).rejects.toMatchObject({
    code: 'ParameterVersionNotFound',
    message: 'Systems Manager could not find version 7 of /app/url. Verify the version and try again.',
  })
  const history = await call<GetParameterHistoryResult>('GetParameterHistory', { Name: '/app/url' })
  expect(history.Parameters?.map(({ Version, Labels }) => [Version, Labels])).toEqual([
    [1, ['old']],
    [2, []],
  ])
})

test('a SecureString is encrypted unless it is asked for in the clear', async () => {
  const { region, put, get } = await ssm()
  await put('/app/password', 'hunter2', { Type: 'SecureString' })
  const hidden = await get('/app/password')
  expect(hidden.Parameter?.Type).toBe('SecureString')
  expect(hidden.Parameter?.Value).not.toContain('hunter2')
  expect((await get('/app/password', { WithDecryption: true })).Parameter?.Value).toBe('hunter2')
  const stored = region.deps.store.range({ prefix: '/aws/ssm/' }).entries.map(({ value }) => value)
  expect(JSON.stringify(stored)).not.toContain('hunter2')
  await expect(put('/app/other', 'x', { Type: 'SecureString', KeyId: 'alias/none' })).rejects.toMatchObject({
    code: 'InvalidKeyId',
  })
})

test('a path has what is below it, one level or all', async () => {
  const { call, put } = await ssm()
  for (const name of ['/app/a', '/app/b/c', '/application', 'plain']) await put(name, name)
  const below = async (input: object) =>
    (await call<GetParametersByPathResult>('GetParametersByPath', input)).Parameters?.map(({ Name }) => Name)
  expect(await below({ Path: '/app' })).toEqual(['/app/a'])
  expect(await below({ Path: '/app/', Recursive: true })).toEqual(['/app/a', '/app/b/c'])
  expect(await below({ Path: '/', Recursive: false })).toEqual(['/application'])
  const first = await call<GetParametersByPathResult>('GetParametersByPath', {
    Path: '/app',
    Recursive: true,
    MaxResults: 1,
  })
  expect(first.Parameters).toHaveLength(1)
  expect(await below({ Path: '/app', Recursive: true, MaxResults: 1, NextToken: first.NextToken })).toEqual([
    '/app/b/c',
  ])
  await expect(below({ Path: 'app' })).rejects.toMatchObject({ code: 'ValidationException' })
})

test('several are read at once, and the unknown ones are named', async () => {
  const { call, put } = await ssm()
  await put('plain', 'v')
  const answer = await call<GetParametersResult>('GetParameters', { Names: ['plain', 'none', 'plain:9'] })
  expect(answer.Parameters?.map(({ Name }) => Name)).toEqual(['plain'])
  expect(answer.InvalidParameters).toEqual(['none', 'plain:9'])
})

test.each<[object, string[]]>([
  [{ ParameterFilters: [{ Key: 'Type', Values: ['StringList'] }] }, ['/app/list']],
  [{ ParameterFilters: [{ Key: 'Name', Option: 'BeginsWith', Values: ['/app/'] }] }, ['/app/a', '/app/list']],
  [{ ParameterFilters: [{ Key: 'Name', Option: 'Contains', Values: ['lai'] }] }, ['plain']],
  [{ ParameterFilters: [{ Key: 'Path', Option: 'Recursive', Values: ['/app'] }] }, ['/app/a', '/app/list']],
  [{ ParameterFilters: [{ Key: 'tag:team', Values: ['blue'] }] }, ['plain']],
  [{ Filters: [{ Key: 'Name', Values: ['pl'] }] }, ['plain']],
])('they are described by %j', async (filters, names) => {
  const { call, put } = await ssm()
  await put('/app/a', 'v')
  await put('/app/list', 'a,b', { Type: 'StringList' })
  await put('plain', 'v', { Tags: [{ Key: 'team', Value: 'blue' }] })
  const { Parameters } = await call<DescribeParametersResult>('DescribeParameters', filters)
  expect(Parameters?.map(({ Name }) => Name)).toEqual(names)
})

test.each<[string, object, string]>([
  ['a/b', {}, 'Parameter name must be a fully qualified name.'],
  ['ssm-x', {}, `Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive).`],
  ['a b', {}, 'Parameter name: only a mix of letters'],
  [`/${'a/'.repeat(15)}z`, {}, 'A hierarchy can have a maximum of 15 levels.'],
  ['typeless', { Type: undefined }, 'A parameter type is required when you create a parameter.'],
  ['long', { Value: 'x'.repeat(4097) }, 'Standard tier parameters support a maximum parameter value of 4096'],
  [
    'pattern',
    { AllowedPattern: '^\\d+$' },
    'Parameter value, cannot be validated against allowedPattern: ^\\d+$',
  ],
  ['typed', { DataType: 'image' }, 'The following data type is not supported: image'],
])('the parameter %s with %j is refused', async (name, more, message) => {
  const { put } = await ssm()
  const failure = await put(name, 'value', more).catch((error: unknown) => error)
  expect(failure).toMatchObject({ message: expect.stringContaining(message) })
})
