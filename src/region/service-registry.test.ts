import { describe, expect, it } from 'vitest'

import { createSchemaLoader } from '../aws/protocol/schema.ts'
import type { AwsService } from '../aws/protocol/service.ts'
import { createTestRegion } from '../aws/testing/test-region.ts'
import { InternalError } from '../base/errors.ts'
import { randomIds } from '../base/ids.ts'
import { ServiceRegistry } from './service-registry.ts'

function registry(): ServiceRegistry {
  return new ServiceRegistry({
    region: 'eu-west-1',
    accountId: '111122223333',
    ids: randomIds,
    schemas: createSchemaLoader(),
    endpoint: 'http://127.0.0.1:4566',
  })
}

describe('ServiceRegistry', () => {
  it('leads from service to service once it is complete', async () => {
    const { services } = await createTestRegion()
    const made = registry()
    made.complete(services)
    expect(made.services).toBe(services)
    expect(await made.caller.call('iam', 'ListUsers', {})).toMatchObject({ IsTruncated: false })
  })

  it('lets nothing be called before, and takes nothing after', async () => {
    const made = registry()
    await expect(made.caller.call('iam', 'ListUsers', {})).rejects.toBeInstanceOf(InternalError)
    made.complete([] as readonly AwsService[])
    expect(() => made.complete([])).toThrow(InternalError)
  })
})
