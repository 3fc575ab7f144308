// Owns repositories, their settings, policies and tags.
import type * as sdk from '@aws-sdk/client-ecr'

import { parseArn } from '../../../base/arn.ts'
import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import type { EcrState, RepositoryRecord } from './state.ts'

const NAMED = ['repositoryName', 'registryId'] as const

/** What a request names a repository by. */
interface Named {
  readonly repositoryName?: string | undefined
  readonly registryId?: string | undefined
}

/** CreateRepository. @throws AwsError RepositoryAlreadyExistsException, InvalidParameterException */
export const createRepository = operation<
  EcrState,
  sdk.CreateRepositoryRequest,
  sdk.CreateRepositoryResponse
>()({
  honours: [...NAMED, 'tags[].Key', 'tags[].Value'],
  // No image is pushed: nothing is scanned, encrypted or overwritten.
  keeps: [
    'imageTagMutability',
    'imageScanningConfiguration.scanOnPush',
    'encryptionConfiguration.encryptionType',
    'encryptionConfiguration.kmsKey',
  ],
  handle: async (input, ecr) => {
    const { repositoryName: name = '', encryptionConfiguration: encryption } = input
    if (!isOwn(ecr, input.registryId)) {
      // The words are Neargate's: those of AWS were not found.
      throw new AwsError(
        'InvalidParameterException',
        `The registry '${input.registryId}' is another account's`,
      )
    }
    return await ecr.deps.store.transact((tx) => {
      if (ecr.repositories.get(name)) {
        throw new AwsError(
          'RepositoryAlreadyExistsException',
          `The repository with name '${name}' already exists in the registry with id '${ecr.deps.accountId}'`,
        )
      }
      const record: RepositoryRecord = {
        name,
        createdAtMs: ecr.deps.clock.now(),
        mutability: input.imageTagMutability ?? 'MUTABLE',
        scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
        encryption: encryption ?? { encryptionType: 'AES256' },
        tags: tagsOf(input.tags),
      }
      ecr.repositories.putIn(tx, name, record)
      return { repository: ecr.show(record) }
    })
  },
})

function isOwn(ecr: EcrState, registryId: string | undefined): boolean {
  return registryId === undefined || registryId === ecr.deps.accountId
}

function tagsOf(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
}

/** DescribeRepositories. @throws AwsError RepositoryNotFoundException */
export const describeRepositories = operation<
  EcrState,
  sdk.DescribeRepositoriesRequest,
  sdk.DescribeRepositoriesResponse
>()({
  honours: ['registryId', 'repositoryNames', 'nextToken', 'maxResults'],
  handle: (input, ecr) => {
    const names = input.repositoryNames ?? []
    const listed = isOwn(ecr, input.registryId) ? ecr.repositories.list() : []
    const all = names.length > 0 ? names.map((name) => ecr.repository(name, input.registryId)) : listed
    const { items, token } = paginate(all, { token: input.nextToken, limit: input.maxResults })
    return { repositories: items.map((record) => ecr.show(record)), nextToken: token }
  },
})

/** DeleteRepository: there are no images that could be in the way. @throws AwsError RepositoryNotFoundException */
export const deleteRepository = operation<
  EcrState,
  sdk.DeleteRepositoryRequest,
  sdk.DeleteRepositoryResponse
>()({
  honours: [...NAMED, 'force'],
  handle: async (input, ecr) =>
    await ecr.deps.store.transact((tx) => {
      const record = ecr.repository(input.repositoryName, input.registryId)
      ecr.repositories.deleteIn(tx, record.name)
      return { repository: ecr.show(record) }
    }),
})

/** DescribeImages: there are none. @throws AwsError RepositoryNotFoundException, ImageNotFoundException */
export const describeImages = operation<EcrState, sdk.DescribeImagesRequest, sdk.DescribeImagesResponse>()({
  honours: [...NAMED, 'imageIds[].imageTag', 'imageIds[].imageDigest', 'nextToken', 'maxResults'],
  keeps: ['filter.tagStatus'],
  handle: (input, ecr) => {
    const { name } = ecr.repository(input.repositoryName, input.registryId)
    const [asked] = input.imageIds ?? []
    if (!asked) return { imageDetails: paginate([], { token: input.nextToken }).items }
    const { imageTag: tag = 'null', imageDigest: digest = 'null' } = asked
    throw new AwsError(
      'ImageNotFoundException',
      `The image with imageId {imageDigest:'${digest}', imageTag:'${tag}'} does not exist within the repository with name '${name}' in the registry with id '${ecr.deps.accountId}'`,
    )
  },
})

async function change(
  ecr: EcrState,
  { repositoryName, registryId }: Named,
  to: (record: RepositoryRecord) => RepositoryRecord,
): Promise<RepositoryRecord> {
  return await ecr.deps.store.transact((tx) => {
    const next = to(ecr.repository(repositoryName, registryId))
    ecr.repositories.putIn(tx, next.name, next)
    return next
  })
}

/** PutImageTagMutability. @throws AwsError RepositoryNotFoundException */
export const putImageTagMutability = operation<
  EcrState,
  sdk.PutImageTagMutabilityRequest,
  sdk.PutImageTagMutabilityResponse
>()({
  honours: [...NAMED],
  keeps: ['imageTagMutability'],
  handle: async (input, ecr) => {
    const { imageTagMutability: mutability = 'MUTABLE' } = input
    const { name } = await change(ecr, input, (record) => ({ ...record, mutability }))
    return { registryId: ecr.deps.accountId, repositoryName: name, imageTagMutability: mutability }
  },
})

/** PutImageScanningConfiguration. @throws AwsError RepositoryNotFoundException */
export const putImageScanningConfiguration = operation<
  EcrState,
  sdk.PutImageScanningConfigurationRequest,
  sdk.PutImageScanningConfigurationResponse
>()({
  honours: [...NAMED],
  keeps: ['imageScanningConfiguration.scanOnPush'],
  handle: async (input, ecr) => {
    const scanOnPush = input.imageScanningConfiguration?.scanOnPush ?? false
    const { name } = await change(ecr, input, (record) => ({ ...record, scanOnPush }))
    return {
      registryId: ecr.deps.accountId,
      repositoryName: name,
      imageScanningConfiguration: { scanOnPush },
    }
  },
})

/** SetRepositoryPolicy: kept and shown. @throws AwsError RepositoryNotFoundException */
export const setRepositoryPolicy = operation<
  EcrState,
  sdk.SetRepositoryPolicyRequest,
  sdk.SetRepositoryPolicyResponse
>()({
  honours: [...NAMED],
  keeps: ['policyText', 'force'],
  handle: async (input, ecr) => {
    const { policyText: policy = '' } = input
    const { name } = await change(ecr, input, (record) => ({ ...record, policy }))
    return { registryId: ecr.deps.accountId, repositoryName: name, policyText: policy }
  },
})

function policyOf(ecr: EcrState, { repositoryName, registryId }: Named): string {
  const record = ecr.repository(repositoryName, registryId)
  if (record.policy !== undefined) return record.policy
  throw new AwsError(
    'RepositoryPolicyNotFoundException',
    `Repository policy does not exist for the repository with name '${record.name}' in the registry with id '${ecr.deps.accountId}'`,
  )
}

/** GetRepositoryPolicy. @throws AwsError RepositoryNotFoundException, RepositoryPolicyNotFoundException */
export const getRepositoryPolicy = operation<
  EcrState,
  sdk.GetRepositoryPolicyRequest,
  sdk.GetRepositoryPolicyResponse
>()({
  honours: [...NAMED],
  handle: (input, ecr) => {
    const policyText = policyOf(ecr, input)
    return { registryId: ecr.deps.accountId, repositoryName: input.repositoryName, policyText }
  },
})

/** DeleteRepositoryPolicy. @throws AwsError RepositoryNotFoundException, RepositoryPolicyNotFoundException */
export const deleteRepositoryPolicy = operation<
  EcrState,
  sdk.DeleteRepositoryPolicyRequest,
  sdk.DeleteRepositoryPolicyResponse
>()({
  honours: [...NAMED],
  handle: async (input, ecr) => {
    const policyText = policyOf(ecr, input)
    await change(ecr, input, ({ policy: _gone, ...record }) => record)
    return { registryId: ecr.deps.accountId, repositoryName: input.repositoryName, policyText }
  },
})

/** PutLifecyclePolicy: kept and shown; there are no images that could expire. @throws AwsError RepositoryNotFoundException */
export const putLifecyclePolicy = operation<
  EcrState,
  sdk.PutLifecyclePolicyRequest,
  sdk.PutLifecyclePolicyResponse
>()({
  honours: [...NAMED],
  keeps: ['lifecyclePolicyText'],
  handle: async (input, ecr) => {
    const { lifecyclePolicyText: lifecyclePolicy = '' } = input
    const { name } = await change(ecr, input, (record) => ({ ...record, lifecyclePolicy }))
    return { registryId: ecr.deps.accountId, repositoryName: name, lifecyclePolicyText: lifecyclePolicy }
  },
})

function lifecyclePolicyOf(ecr: EcrState, { repositoryName, registryId }: Named): string {
  const record = ecr.repository(repositoryName, registryId)
  if (record.lifecyclePolicy !== undefined) return record.lifecyclePolicy
  throw new AwsError(
    'LifecyclePolicyNotFoundException',
    `Lifecycle policy does not exist for the repository with name '${record.name}' in the registry with id '${ecr.deps.accountId}'`,
  )
}

/** GetLifecyclePolicy. @throws AwsError RepositoryNotFoundException, LifecyclePolicyNotFoundException */
export const getLifecyclePolicy = operation<
  EcrState,
  sdk.GetLifecyclePolicyRequest,
  sdk.GetLifecyclePolicyResponse
>()({
  honours: [...NAMED],
  handle: (input, ecr) => {
    const lifecyclePolicyText = lifecyclePolicyOf(ecr, input)
    return { registryId: ecr.deps.accountId, repositoryName: input.repositoryName, lifecyclePolicyText }
  },
})

/** DeleteLifecyclePolicy. @throws AwsError RepositoryNotFoundException, LifecyclePolicyNotFoundException */
export const deleteLifecyclePolicy = operation<
  EcrState,
  sdk.DeleteLifecyclePolicyRequest,
  sdk.DeleteLifecyclePolicyResponse
>()({
  honours: [...NAMED],
  handle: async (input, ecr) => {
    const lifecyclePolicyText = lifecyclePolicyOf(ecr, input)
    await change(ecr, input, ({ lifecyclePolicy: _gone, ...record }) => record)
    return { registryId: ecr.deps.accountId, repositoryName: input.repositoryName, lifecyclePolicyText }
  },
})

function inArn(text: string | undefined): Named {
  const arn = parseArn(text ?? '')
  return { repositoryName: arn?.resource.replace(/^repository\//, ''), registryId: arn?.accountId }
}

/** TagResource. @throws AwsError RepositoryNotFoundException */
export const tagResource = operation<EcrState, sdk.TagResourceRequest, sdk.TagResourceResponse>()({
  honours: ['resourceArn', 'tags[].Key', 'tags[].Value'],
  handle: async (input, ecr) => {
    await change(ecr, inArn(input.resourceArn), (record) => ({
      ...record,
      tags: { ...record.tags, ...tagsOf(input.tags) },
    }))
    return {}
  },
})

/** UntagResource. @throws AwsError RepositoryNotFoundException */
export const untagResource = operation<EcrState, sdk.UntagResourceRequest, sdk.UntagResourceResponse>()({
  honours: ['resourceArn', 'tagKeys'],
  handle: async (input, ecr) => {
    const gone = new Set(input.tagKeys)
    await change(ecr, inArn(input.resourceArn), (record) => ({
      ...record,
      tags: Object.fromEntries(Object.entries(record.tags).filter(([key]) => !gone.has(key))),
    }))
    return {}
  },
})

/** ListTagsForResource. @throws AwsError RepositoryNotFoundException */
export const listTagsForResource = operation<
  EcrState,
  sdk.ListTagsForResourceRequest,
  sdk.ListTagsForResourceResponse
>()({
  honours: ['resourceArn'],
  handle: (input, ecr) => {
    const { repositoryName, registryId } = inArn(input.resourceArn)
    const { tags } = ecr.repository(repositoryName, registryId)
    return { tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }
  },
})
