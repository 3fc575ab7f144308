// Owns the resource type AWS::ElasticLoadBalancingV2::TrustStore.
import type {
  CreateTrustStoreOutput,
  DescribeTrustStoresOutput,
  TrustStore,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import type { TemplateObject } from '../../template/template.ts'
import { ownTags, seen, unlessGone } from '../actual.ts'
import { tolerating } from '../find-made.ts'
import { generatedName } from '../generated-name.ts'
import { membersOf, sameNames, textAt } from '../members.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { allTags } from '../tags.ts'
import { findTagged, tagsOf, tagsStep } from './elbv2.ts'

const GONE = ['TrustStoreNotFound']
const BUNDLE = sameNames(
  'CaCertificatesBundleS3Bucket',
  'CaCertificatesBundleS3Key',
  'CaCertificatesBundleS3ObjectVersion',
)

function nameOf(properties: TemplateObject, context: ResourceContext): string {
  return textAt(properties, 'Name') ?? generatedName(context, 32)
}

async function find(input: object, context: ResourceContext): Promise<TrustStore | undefined> {
  const answer = await unlessGone(GONE, () =>
    context.call<DescribeTrustStoresOutput>('elbv2', 'DescribeTrustStores', input),
  )
  return answer?.TrustStores?.[0]
}

const bundleStep: Step = {
  operations: ['elasticloadbalancing:ModifyTrustStore'],
  on: Object.keys(BUNDLE),
  run: async ({ physicalId: TrustStoreArn, after }, context) => {
    await context.call('elbv2', 'ModifyTrustStore', { TrustStoreArn, ...membersOf(BUNDLE, after) })
  },
}

export const trustStore: ResourceType = {
  name: 'AWS::ElasticLoadBalancingV2::TrustStore',
  customName: 'Name',
  create: {
    operations: ['elasticloadbalancing:CreateTrustStore'],
    on: ['Name', 'Tags', ...Object.keys(BUNDLE)],
    run: async (properties, context) => {
      const { TrustStores = [] } = await context.call<CreateTrustStoreOutput>('elbv2', 'CreateTrustStore', {
        Name: nameOf(properties, context),
        ...membersOf(BUNDLE, properties),
        Tags: allTags(properties, context),
      })
      return TrustStores[0]?.TrustStoreArn ?? ''
    },
    find: async (properties, context) => {
      const found = await find({ Names: [nameOf(properties, context)] }, context)
      return await findTagged(found?.TrustStoreArn === undefined ? [] : [found.TrustStoreArn], context)
    },
  },
  update: [bundleStep, tagsStep],
  attributes: ['TrustStoreArn', 'Status', 'NumberOfCaCertificates'],
  read: async (arn, context) => {
    const found = await find({ TrustStoreArns: [arn] }, context)
    return {
      state: 'ready',
      attributes: {
        TrustStoreArn: arn,
        Status: found?.Status ?? '',
        NumberOfCaCertificates: String(found?.NumberOfCaCertificates ?? 0),
      },
    }
  },
  actual: async (arn, context, expected) => {
    const found = await find({ TrustStoreArns: [arn] }, context)
    if (!found) return undefined
    return seen(expected, { Name: found.Name, Tags: ownTags(await tagsOf(arn, context)) })
  },
  remove: async (TrustStoreArn, context) => {
    await tolerating(GONE, () => context.call('elbv2', 'DeleteTrustStore', { TrustStoreArn }))
    return true
  },
}
