// Owns the resource type AWS::ElasticLoadBalancing::LoadBalancer: Classic Load Balancers.
import type {
  DescribeAccessPointsOutput,
  DescribeTagsOutput,
  LoadBalancerDescription,
} from '@aws-sdk/client-elastic-load-balancing'

import type { TemplateObject } from '../../template/template.ts'
import { unlessGone } from '../actual.ts'
import { hasOwnTags, tolerating } from '../find-made.ts'
import { generatedName } from '../generated-name.ts'
import { membersOf, type Members, numberAt, sameNames, textAt, textsOf } from '../members.ts'
import { PENDING, type ResourceContext, type ResourceType, type Step } from '../resource-type.ts'
import { allTags, tagChange } from '../tags.ts'
import { COOKIES, listenerOf, listenersIn, syncPolicies } from './policies.ts'

const GONE = ['LoadBalancerNotFound']
const MEMBERS = sameNames('AvailabilityZones', 'Scheme', 'SecurityGroups', 'Subnets')

function nameOf(properties: TemplateObject, context: ResourceContext): string {
  return textAt(properties, 'LoadBalancerName') ?? generatedName(context, 32)
}

async function find(name: string, context: ResourceContext): Promise<LoadBalancerDescription | undefined> {
  const answer = await unlessGone(GONE, () =>
    context.call<DescribeAccessPointsOutput>('elb', 'DescribeLoadBalancers', { LoadBalancerNames: [name] }),
  )
  return answer?.LoadBalancerDescriptions?.[0]
}

/** A setting in place, as one call of the service with the load balancer's name. */
function step(
  operations: readonly string[],
  on: readonly string[],
  run: Step['run'],
  reads?: Step['reads'],
): Step {
  return {
    operations: operations.map((operation) => `elasticloadbalancing:${operation}`),
    on,
    run,
    ...(reads && { reads }),
  }
}

const listenersStep = step(
  [
    'CreateLoadBalancerListeners',
    'DeleteLoadBalancerListeners',
    'SetLoadBalancerPoliciesOfListener',
    'SetLoadBalancerPoliciesForBackendServer',
    'CreateLoadBalancerPolicy',
    'DeleteLoadBalancerPolicy',
  ],
  ['Listeners'],
  async (change, context) => {
    const { physicalId: LoadBalancerName, before, after } = change
    const wanted = listenersIn(after)
    const isSame = (a: TemplateObject, b: TemplateObject): boolean =>
      JSON.stringify(listenerOf(a)) === JSON.stringify(listenerOf(b))
    const gone = listenersIn(before).filter((each) => !wanted.some((other) => isSame(each, other)))
    const LoadBalancerPorts = gone.map((each) => Number(textAt(each, 'LoadBalancerPort')))
    if (gone.length > 0) {
      await context.call('elb', 'DeleteLoadBalancerListeners', { LoadBalancerName, LoadBalancerPorts })
    }
    // Those that are there already are no fault.
    await context.call('elb', 'CreateLoadBalancerListeners', {
      LoadBalancerName,
      Listeners: wanted.map(listenerOf),
    })
    await syncPolicies(change, context)
  },
  ['Policies', ...COOKIES],
)

const policiesStep = step(
  [
    'CreateLoadBalancerPolicy',
    'DeleteLoadBalancerPolicy',
    'SetLoadBalancerPoliciesOfListener',
    'SetLoadBalancerPoliciesForBackendServer',
  ],
  ['Policies', ...COOKIES],
  syncPolicies,
  ['Listeners'],
)

const ATTRIBUTES: Members = {
  AccessLoggingPolicy: 'AccessLog',
  ConnectionDrainingPolicy: 'ConnectionDraining',
  ConnectionSettings: 'ConnectionSettings',
  CrossZone: { to: 'CrossZoneLoadBalancing.Enabled', as: (value) => value },
}
/** Of a load balancer whose template no longer says anything. */
const USUAL = {
  AccessLog: { Enabled: false },
  ConnectionDraining: { Enabled: false },
  ConnectionSettings: { IdleTimeout: 60 },
  CrossZoneLoadBalancing: { Enabled: false },
}

const attributesStep = step(
  ['ModifyLoadBalancerAttributes'],
  Object.keys(ATTRIBUTES),
  async ({ physicalId: LoadBalancerName, after }, context) => {
    const LoadBalancerAttributes = { ...USUAL, ...membersOf(ATTRIBUTES, after) }
    await context.call('elb', 'ModifyLoadBalancerAttributes', { LoadBalancerName, LoadBalancerAttributes })
  },
)

const CHECK: Members = {
  'HealthCheck.Target': 'HealthCheck.Target',
  'HealthCheck.Interval': numberAt('HealthCheck.Interval'),
  'HealthCheck.Timeout': numberAt('HealthCheck.Timeout'),
  'HealthCheck.HealthyThreshold': numberAt('HealthCheck.HealthyThreshold'),
  'HealthCheck.UnhealthyThreshold': numberAt('HealthCheck.UnhealthyThreshold'),
}

const checkStep = step(
  ['ConfigureHealthCheck'],
  ['HealthCheck'],
  async ({ physicalId: LoadBalancerName, after }, context) => {
    const input = membersOf(CHECK, after)
    // Without one it is replaced.
    if (Object.keys(input).length > 0) {
      await context.call('elb', 'ConfigureHealthCheck', { LoadBalancerName, ...input })
    }
  },
)

const groupsStep = step(
  ['ApplySecurityGroupsToLoadBalancer'],
  ['SecurityGroups'],
  async ({ physicalId: LoadBalancerName, after }, context) => {
    const SecurityGroups = textsOf(after['SecurityGroups'])
    if (SecurityGroups.length === 0) return
    await context.call('elb', 'ApplySecurityGroupsToLoadBalancer', { LoadBalancerName, SecurityGroups })
  },
)

/** What a list of the template has more and less, by two operations; more comes first, as the last one may not go. */
function listStep(
  property: string,
  { add, remove, member }: { add: string; remove: string; member: (items: readonly string[]) => object },
): Step {
  return step([add, remove], [property], async ({ physicalId, before, after }, context) => {
    const [old, wanted] = [textsOf(before[property]), textsOf(after[property])]
    const more = wanted.filter((each) => !old.includes(each))
    const less =
      wanted.length > 0 || property === 'Instances' ? old.filter((each) => !wanted.includes(each)) : []
    const LoadBalancerName = physicalId
    if (more.length > 0) await context.call('elb', add, { LoadBalancerName, ...member(more) })
    if (less.length > 0) await context.call('elb', remove, { LoadBalancerName, ...member(less) })
  })
}

const tagsStep = step(['AddTags', 'RemoveTags'], ['Tags'], async (change, context) => {
  const { put, goneKeys } = tagChange(change)
  const LoadBalancerNames = [change.physicalId]
  const gone = goneKeys.map((Key) => ({ Key }))
  if (gone.length > 0) await context.call('elb', 'RemoveTags', { LoadBalancerNames, Tags: gone })
  const Tags = put.map(({ Key, Value }) => ({ Key, Value }))
  if (Tags.length > 0) await context.call('elb', 'AddTags', { LoadBalancerNames, Tags })
})

export const classicLoadBalancer: ResourceType = {
  name: 'AWS::ElasticLoadBalancing::LoadBalancer',
  customName: 'LoadBalancerName',
  create: {
    operations: ['elasticloadbalancing:CreateLoadBalancer'],
    on: ['LoadBalancerName', 'Listeners', 'Tags', ...Object.keys(MEMBERS)],
    run: async (properties, context) => {
      const LoadBalancerName = nameOf(properties, context)
      await context.call('elb', 'CreateLoadBalancer', {
        LoadBalancerName,
        Listeners: listenersIn(properties).map(listenerOf),
        ...membersOf(MEMBERS, properties),
        Tags: allTags(properties, context),
      })
      return LoadBalancerName
    },
    find: async (properties, context) => {
      const name = nameOf(properties, context)
      if (!(await find(name, context))) return undefined
      const { TagDescriptions = [] } = await context.call<DescribeTagsOutput>('elb', 'DescribeTags', {
        LoadBalancerNames: [name],
      })
      const { Tags = [] } = TagDescriptions[0] ?? {}
      return hasOwnTags(context, Tags) ? name : undefined
    },
  },
  update: [
    listenersStep,
    policiesStep,
    attributesStep,
    checkStep,
    groupsStep,
    listStep('Subnets', {
      add: 'AttachLoadBalancerToSubnets',
      remove: 'DetachLoadBalancerFromSubnets',
      member: (Subnets) => ({ Subnets }),
    }),
    listStep('AvailabilityZones', {
      add: 'EnableAvailabilityZonesForLoadBalancer',
      remove: 'DisableAvailabilityZonesForLoadBalancer',
      member: (AvailabilityZones) => ({ AvailabilityZones }),
    }),
    listStep('Instances', {
      add: 'RegisterInstancesWithLoadBalancer',
      remove: 'DeregisterInstancesFromLoadBalancer',
      member: (ids) => ({ Instances: ids.map((InstanceId) => ({ InstanceId })) }),
    }),
    tagsStep,
  ],
  attributes: [
    'CanonicalHostedZoneName',
    'CanonicalHostedZoneNameID',
    'DNSName',
    'SourceSecurityGroup.GroupName',
    'SourceSecurityGroup.OwnerAlias',
  ],
  read: async (name, context) => {
    const found = await find(name, context)
    if (!found) return PENDING
    return {
      state: 'ready',
      attributes: {
        CanonicalHostedZoneName: found.CanonicalHostedZoneName ?? '',
        CanonicalHostedZoneNameID: found.CanonicalHostedZoneNameID ?? '',
        DNSName: found.DNSName ?? '',
        'SourceSecurityGroup.GroupName': found.SourceSecurityGroup?.GroupName ?? '',
        'SourceSecurityGroup.OwnerAlias': found.SourceSecurityGroup?.OwnerAlias ?? '',
      },
    }
  },
  remove: async (LoadBalancerName, context) => {
    await tolerating(GONE, () => context.call('elb', 'DeleteLoadBalancer', { LoadBalancerName }))
    return (await find(LoadBalancerName, context)) === undefined
  },
}
