// Owns the resource type AWS::EKS::PodIdentityAssociation: Ref is its ARN, which holds the cluster and its id.
import type {
  CreatePodIdentityAssociationResponse,
  DescribePodIdentityAssociationResponse,
  PodIdentityAssociation,
} from '@aws-sdk/client-eks'

import { tolerating } from '../find-made.ts'
import { membersOf, type Members } from '../members.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { allTagMap } from '../tags.ts'
import { described, GONE, tagsStep } from './eks.ts'

const SETTINGS: Members = {
  RoleArn: 'roleArn',
  TargetRoleArn: 'targetRoleArn',
  DisableSessionTags: 'disableSessionTags',
  Policy: 'policy',
}
const CREATION: Members = {
  ClusterName: 'clusterName',
  Namespace: 'namespace',
  ServiceAccount: 'serviceAccount',
  ...SETTINGS,
}

/** `arn:…:podidentityassociation/CLUSTER/ID` */
function keyOf(arn: string): { clusterName: string; associationId: string } {
  const [, clusterName = '', associationId = ''] = arn.split('/')
  return { clusterName, associationId }
}

async function describe(arn: string, context: ResourceContext): Promise<PodIdentityAssociation> {
  const answer = await context.call<DescribePodIdentityAssociationResponse>(
    'eks',
    'DescribePodIdentityAssociation',
    keyOf(arn),
  )
  return answer.association ?? {}
}

const settingsStep: Step = {
  operations: ['eks:UpdatePodIdentityAssociation'],
  on: Object.keys(SETTINGS),
  run: async ({ physicalId, after }, context) => {
    await context.call('eks', 'UpdatePodIdentityAssociation', {
      ...keyOf(physicalId),
      ...membersOf(SETTINGS, after),
    })
  },
}

export const podIdentityAssociation: ResourceType = {
  name: 'AWS::EKS::PodIdentityAssociation',
  create: {
    operations: ['eks:CreatePodIdentityAssociation'],
    on: [...Object.keys(CREATION), 'Tags'],
    // The client token finds what an earlier attempt has made.
    run: async (properties, context) => {
      const answer = await context.call<CreatePodIdentityAssociationResponse>(
        'eks',
        'CreatePodIdentityAssociation',
        {
          ...membersOf(CREATION, properties),
          tags: allTagMap(properties, context),
          clientRequestToken: context.token,
        },
      )
      return answer.association?.associationArn ?? ''
    },
  },
  update: [settingsStep, tagsStep((arn) => Promise.resolve(arn))],
  attributes: ['AssociationArn', 'AssociationId', 'ExternalId'],
  read: async (AssociationArn, context) => {
    const { associationId: AssociationId = '', externalId: ExternalId = '' } = await describe(
      AssociationArn,
      context,
    )
    return { state: 'ready', attributes: { AssociationArn, AssociationId, ExternalId } }
  },
  actual: described(CREATION, describe),
  remove: async (arn, context) => {
    await tolerating(GONE, () => context.call('eks', 'DeletePodIdentityAssociation', keyOf(arn)))
    return true
  },
}
