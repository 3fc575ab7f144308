// Every operation has a published action, so that a new one needs nothing more for its authorization.
import { expect, test } from 'vitest'

import { serviceTables } from '../testing/service-tables.ts'
import { ALWAYS_ALLOWED } from './exceptions.ts'
import { actionOf, publishedAction } from './published.ts'

test.each((await serviceTables()).map((service) => [service.schema, service] as const))(
  '%s: the operations map to published actions (missing: npm run authorization)',
  (_, service) => {
    const missing = Object.keys(service.operations).filter(
      (operation) =>
        !actionOf(service, operation) && !ALWAYS_ALLOWED.has(`${service.signingName}:${operation}`),
    )
    expect(missing).toEqual([])
  },
)

test('an action has its resources with their keys', () => {
  expect(publishedAction('ec2:DeleteVpc')).toMatchObject({
    prefix: 'ec2',
    keys: expect.arrayContaining(['ec2:Region']) as string[],
    resources: [
      {
        type: 'vpc',
        isRequired: true,
        arn: 'arn:${Partition}:ec2:${Region}:${Account}:vpc/${VpcId}',
        keys: expect.arrayContaining(['ec2:ResourceTag/${TagKey}']) as string[],
      },
    ],
  })
  expect(publishedAction('ec2:Nothing')).toBeUndefined()
  expect(publishedAction('../x:Nothing')).toBeUndefined()
})
