import type { CreateRepositoryResponse } from '@aws-sdk/client-ecr'
import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

test('the registry of another account has none of the repositories', async () => {
  const { endpoint } = await createTestRegion()
  const call = <T = unknown>(operation: string, input: object): Promise<T> =>
    endpoint.caller.call<T>('ecr', operation, input)
  const named = { repositoryName: 'shop' }
  const { repository } = await call<CreateRepositoryResponse>('CreateRepository', named)
  const { registryId, repositoryArn: resourceArn = '' } = repository ?? {}
  expect(await call('DescribeRepositories', { registryId })).toMatchObject({ repositories: [named] })
  expect(await call('ListTagsForResource', { resourceArn })).toEqual({ tags: [] })

  const foreign = { ...named, registryId: '999999999999' }
  const missing = {
    code: 'RepositoryNotFoundException',
    message: "The repository with name 'shop' does not exist in the registry with id '999999999999'",
  }
  for (const operation of ['DescribeImages', 'GetRepositoryPolicy', 'DeleteRepository']) {
    await expect(call(operation, foreign)).rejects.toMatchObject(missing)
  }
  const arn = resourceArn.replace(registryId ?? '', foreign.registryId)
  await expect(call('ListTagsForResource', { resourceArn: arn })).rejects.toMatchObject(missing)
  const { registryId: other } = foreign
  expect(await call('DescribeRepositories', { registryId: other })).toMatchObject({ repositories: [] })
  await expect(call('CreateRepository', { ...foreign, repositoryName: 'new' })).rejects.toMatchObject({
    code: 'InvalidParameterException',
  })
})
