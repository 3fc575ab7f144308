// Owns the resource type AWS::ElasticLoadBalancingV2::Listener.
import type {
  CreateListenerOutput,
  DescribeListenersOutput,
  Listener,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { byMembers, ownTags, seen, unlessGone } from '../actual.ts'
import { tolerating } from '../find-made.ts'
import { type Members, membersOf, sameNames, textAt } from '../members.ts'
import { valueAt } from '../property-path.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { allTags } from '../tags.ts'
import { attributesStep, findTagged, tagsOf, tagsStep } from './elbv2.ts'

const GONE = ['ListenerNotFound', 'LoadBalancerNotFound']
const SETTINGS: Members = sameNames(
  'AlpnPolicy',
  'Certificates',
  'DefaultActions',
  'MutualAuthentication',
  'Port',
  'Protocol',
  'SslPolicy',
)

async function find(input: object, context: ResourceContext): Promise<readonly Listener[]> {
  const answer = await unlessGone(GONE, () =>
    context.call<DescribeListenersOutput>('elbv2', 'DescribeListeners', input),
  )
  return answer?.Listeners ?? []
}

const settingsStep: Step = {
  operations: ['elasticloadbalancing:ModifyListener'],
  on: Object.keys(SETTINGS),
  run: async ({ physicalId: ListenerArn, after }, context) => {
    await context.call('elbv2', 'ModifyListener', { ListenerArn, ...membersOf(SETTINGS, after) })
  },
}

export const listener: ResourceType = {
  name: 'AWS::ElasticLoadBalancingV2::Listener',
  create: {
    operations: ['elasticloadbalancing:CreateListener'],
    on: ['LoadBalancerArn', 'Tags', ...Object.keys(SETTINGS)],
    run: async (properties, context) => {
      const { Listeners = [] } = await context.call<CreateListenerOutput>('elbv2', 'CreateListener', {
        LoadBalancerArn: textAt(properties, 'LoadBalancerArn'),
        ...membersOf(SETTINGS, properties),
        Tags: allTags(properties, context),
      })
      return Listeners[0]?.ListenerArn ?? ''
    },
    find: async (properties, context) => {
      const all = await find({ LoadBalancerArn: textAt(properties, 'LoadBalancerArn') }, context)
      const onPort = all.filter(({ Port }) => Port === valueAt(properties, 'Port'))
      return await findTagged(
        onPort.map(({ ListenerArn = '' }) => ListenerArn),
        context,
      )
    },
  },
  update: [settingsStep, attributesStep('Listener'), tagsStep],
  attributes: ['ListenerArn'],
  read: (ListenerArn) => Promise.resolve({ state: 'ready', attributes: { ListenerArn } }),
  actual: async (arn, context, expected) => {
    const [found] = await find({ ListenerArns: [arn] }, context)
    if (!found) return undefined
    return seen(expected, {
      ...byMembers(sameNames('Port', 'Protocol', 'SslPolicy', 'AlpnPolicy'), found, expected),
      Tags: ownTags(await tagsOf(arn, context)),
    })
  },
  remove: async (ListenerArn, context) => {
    await tolerating(GONE, () => context.call('elbv2', 'DeleteListener', { ListenerArn }))
    return true
  },
}
