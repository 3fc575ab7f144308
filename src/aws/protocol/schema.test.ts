// The extracted tables say what the installed SDK packages say.
import { createRequire } from 'node:module'

import { describe, expect, test } from 'vitest'

import { createSchemaLoader } from './schema.ts'

const require = createRequire(import.meta.url)
const schemas = createSchemaLoader()

type OperationSchema = readonly [9, string, string, unknown, () => unknown, () => unknown]

describe.each([
  ['autoscaling', 'auto-scaling'],
  ['cloudformation', 'cloudformation'],
  ['ec2', 'ec2'],
  ['eks', 'eks'],
  ['elbv2', 'elastic-load-balancing-v2'],
  ['iam', 'iam'],
  ['logs', 'cloudwatch-logs'],
  ['sts', 'sts'],
])('%s', (name, pack) => {
  const exported = require(`@aws-sdk/client-${pack}`) as Record<string, unknown>
  const operations = Object.values(exported).filter(
    (value): value is OperationSchema => Array.isArray(value) && value[0] === 9,
  )

  test('has the operations of the package, with their members in order', () => {
    const schema = schemas(name)
    expect(Object.keys(schema.file.operations).toSorted()).toEqual(
      operations.map((each) => each[2]).toSorted(),
    )
    for (const [, , operation, , input] of operations) {
      const published = input() as readonly unknown[] | string
      const shape = schema.shape(schema.operation(operation)?.input ?? 'Unit')
      const names = shape.kind === 'structure' ? shape.members.map((member) => member.name) : []
      expect(names, operation).toEqual(published === 'unit' ? [] : published[4])
    }
  })

  test('has every shape that its shapes refer to', () => {
    const schema = schemas(name)
    for (const shapeName of Object.keys(schema.file.shapes)) {
      const shape = schema.shape(shapeName)
      const members =
        shape.kind === 'structure'
          ? shape.members
          : shape.kind === 'list'
            ? [shape.item]
            : shape.kind === 'map'
              ? [shape.key, shape.value]
              : []
      const shapes = members.map(({ ref }) => schema.shape(ref))
      expect(shapes.length, shapeName).toBe(members.length)
    }
  })
})

test('knows what the API references say of a few operations', () => {
  const eks = schemas('eks')
  expect(eks.operation('CreateFargateProfile')?.http).toEqual([
    'POST',
    '/clusters/{clusterName}/fargate-profiles',
    200,
  ])
  expect(eks.error('ResourceInUseException')?.status).toBe(409)
  expect(schemas('iam').error('NoSuchEntity')?.status).toBe(404)
  expect(schemas('ec2').file.version).toBe('2016-11-15')
  expect(schemas('logs').file.target).toBe('Logs_20140328')
  const shape = eks.shape('CreateFargateProfileRequest')
  const required = shape.kind === 'structure' ? shape.members.filter((member) => member.required) : []
  expect(required.map(({ name }) => name)).toEqual([
    'fargateProfileName',
    'clusterName',
    'podExecutionRoleArn',
  ])
})
