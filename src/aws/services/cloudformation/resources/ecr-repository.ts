// Owns the resource type AWS::ECR::Repository.
import type {
  CreateRepositoryResponse,
  DescribeRepositoriesResponse,
  ListTagsForResourceResponse,
  Repository,
} from '@aws-sdk/client-ecr'

import type { TemplateObject } from '../template/template.ts'
import { ownTags, seen, unlessGone } from './actual.ts'
import { isMadeSince, tolerating } from './find-made.ts'
import { generatedName } from './generated-name.ts'
import { documentOf } from './iam/iam.ts'
import { lowered, type Members, membersOf, textAt } from './members.ts'
import { valueAt } from './property-path.ts'
import type { ResourceContext, ResourceType, Step } from './resource-type.ts'
import { allTags, tagChange } from './tags.ts'

const GONE = ['RepositoryNotFoundException']
const SETTINGS: Members = {
  ImageTagMutability: 'imageTagMutability',
  ImageScanningConfiguration: lowered('imageScanningConfiguration'),
  EncryptionConfiguration: lowered('encryptionConfiguration'),
}

// Names of repositories are in lower case.
function nameOf(properties: TemplateObject, context: ResourceContext): string {
  return textAt(properties, 'RepositoryName') ?? generatedName(context, 256).toLowerCase()
}

async function describe(name: string, context: ResourceContext): Promise<Repository | undefined> {
  const answer = await context.call<DescribeRepositoriesResponse>('ecr', 'DescribeRepositories', {
    repositoryNames: [name],
  })
  return answer.repositories?.[0]
}

const settingsStep: Step = {
  operations: ['ecr:PutImageTagMutability', 'ecr:PutImageScanningConfiguration'],
  on: ['ImageTagMutability', 'ImageScanningConfiguration'],
  run: async ({ physicalId: repositoryName, after }, context) => {
    await context.call('ecr', 'PutImageTagMutability', {
      repositoryName,
      imageTagMutability: textAt(after, 'ImageTagMutability') ?? 'MUTABLE',
    })
    const scanOnPush = valueAt(after, 'ImageScanningConfiguration.ScanOnPush') ?? false
    await context.call('ecr', 'PutImageScanningConfiguration', {
      repositoryName,
      imageScanningConfiguration: { scanOnPush },
    })
  },
}

const policyStep: Step = {
  operations: ['ecr:SetRepositoryPolicy', 'ecr:DeleteRepositoryPolicy'],
  on: ['RepositoryPolicyText'],
  run: async ({ physicalId: repositoryName, after }, context) => {
    const policy = after['RepositoryPolicyText']
    await (policy === undefined
      ? tolerating(['RepositoryPolicyNotFoundException'], () =>
          context.call('ecr', 'DeleteRepositoryPolicy', { repositoryName }),
        )
      : context.call('ecr', 'SetRepositoryPolicy', { repositoryName, policyText: documentOf(policy) }))
  },
}

const lifecycleStep: Step = {
  operations: ['ecr:PutLifecyclePolicy', 'ecr:DeleteLifecyclePolicy'],
  on: ['LifecyclePolicy.LifecyclePolicyText'],
  reads: ['LifecyclePolicy.RegistryId'],
  run: async ({ physicalId: repositoryName, after }, context) => {
    const text = textAt(after, 'LifecyclePolicy.LifecyclePolicyText')
    await (text === undefined
      ? tolerating(['LifecyclePolicyNotFoundException'], () =>
          context.call('ecr', 'DeleteLifecyclePolicy', { repositoryName }),
        )
      : context.call('ecr', 'PutLifecyclePolicy', { repositoryName, lifecyclePolicyText: text }))
  },
}

const tagsStep: Step = {
  operations: ['ecr:TagResource', 'ecr:UntagResource'],
  on: ['Tags'],
  run: async (change, context) => {
    const { put, goneKeys } = tagChange(change)
    const resourceArn = (await describe(change.physicalId, context))?.repositoryArn
    if (goneKeys.length > 0) await context.call('ecr', 'UntagResource', { resourceArn, tagKeys: goneKeys })
    const tags = put.map(({ Key, Value }) => ({ Key, Value }))
    if (tags.length > 0) await context.call('ecr', 'TagResource', { resourceArn, tags })
  },
}

export const ecrRepository: ResourceType = {
  name: 'AWS::ECR::Repository',
  customName: 'RepositoryName',
  create: {
    operations: ['ecr:CreateRepository'],
    on: ['RepositoryName', 'Tags', ...Object.keys(SETTINGS)],
    run: async (properties, context) => {
      const { repository } = await context.call<CreateRepositoryResponse>('ecr', 'CreateRepository', {
        repositoryName: nameOf(properties, context),
        ...membersOf(SETTINGS, properties),
        tags: allTags(properties, context),
      })
      return repository?.repositoryName ?? ''
    },
    find: async (properties, context) => {
      const name = nameOf(properties, context)
      const created = async () => (await describe(name, context))?.createdAt
      return (await isMadeSince(context, created, GONE)) ? name : undefined
    },
  },
  update: [settingsStep, policyStep, lifecycleStep, tagsStep],
  // No image is ever in the way.
  onRemoval: ['EmptyOnDelete'],
  attributes: ['Arn', 'RepositoryUri'],
  read: async (name, context) => {
    const found = await describe(name, context)
    const { repositoryArn: Arn = '', repositoryUri: RepositoryUri = '' } = found ?? {}
    return { state: 'ready', attributes: { Arn, RepositoryUri } }
  },
  actual: async (name, context, expected) => {
    const found = await unlessGone(GONE, () => describe(name, context))
    if (!found) return undefined
    const { tags } = await context.call<ListTagsForResourceResponse>('ecr', 'ListTagsForResource', {
      resourceArn: found.repositoryArn,
    })
    return seen(expected, {
      ImageTagMutability: found.imageTagMutability,
      'ImageScanningConfiguration.ScanOnPush': found.imageScanningConfiguration?.scanOnPush,
      Tags: ownTags(tags),
    })
  },
  remove: async (repositoryName, context) => {
    await tolerating(GONE, () => context.call('ecr', 'DeleteRepository', { repositoryName, force: true }))
    return true
  },
}
