// Owns the resource type AWS::ElasticLoadBalancingV2::LoadBalancer.
import type {
  CreateLoadBalancerOutput,
  DescribeLoadBalancersOutput,
  LoadBalancer,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../../base/errors.ts'
import type { TemplateObject } from '../../template/template.ts'
import { ownTags, seen, unlessGone } from '../actual.ts'
import { tolerating } from '../find-made.ts'
import { generatedName } from '../generated-name.ts'
import { membersOf, sameNames, textAt } from '../members.ts'
import { PENDING, type ResourceContext, type ResourceType, type Step } from '../resource-type.ts'
import { allTags } from '../tags.ts'
import { attributesStep, findTagged, fullName, tagsOf, tagsStep } from './elbv2.ts'

const GONE = ['LoadBalancerNotFound']
const SUBNETS = sameNames('Subnets', 'SubnetMappings')
const MEMBERS = { ...SUBNETS, ...sameNames('IpAddressType', 'Scheme', 'SecurityGroups', 'Type') }

function nameOf(properties: TemplateObject, context: ResourceContext): string {
  return textAt(properties, 'Name') ?? generatedName(context, 32)
}

async function find(input: object, context: ResourceContext): Promise<LoadBalancer | undefined> {
  const answer = await unlessGone(GONE, () =>
    context.call<DescribeLoadBalancersOutput>('elbv2', 'DescribeLoadBalancers', input),
  )
  return answer?.LoadBalancers?.[0]
}

const subnetsStep: Step = {
  operations: ['elasticloadbalancing:SetSubnets'],
  on: Object.keys(SUBNETS),
  run: async ({ physicalId: LoadBalancerArn, after }, context) => {
    await context.call('elbv2', 'SetSubnets', { LoadBalancerArn, ...membersOf(SUBNETS, after) })
  },
}

function settingStep(operation: string, property: string): Step {
  return {
    operations: [`elasticloadbalancing:${operation}`],
    on: [property],
    run: async ({ physicalId: LoadBalancerArn, after }, context) => {
      await context.call('elbv2', operation, { LoadBalancerArn, [property]: after[property] })
    },
  }
}

export const loadBalancer: ResourceType = {
  name: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
  customName: 'Name',
  create: {
    operations: ['elasticloadbalancing:CreateLoadBalancer'],
    on: ['Name', 'Tags', ...Object.keys(MEMBERS)],
    run: async (properties, context) => {
      const { LoadBalancers = [] } = await context.call<CreateLoadBalancerOutput>(
        'elbv2',
        'CreateLoadBalancer',
        {
          Name: nameOf(properties, context),
          ...membersOf(MEMBERS, properties),
          Tags: allTags(properties, context),
        },
      )
      return LoadBalancers[0]?.LoadBalancerArn ?? ''
    },
    find: async (properties, context) => {
      const found = await find({ Names: [nameOf(properties, context)] }, context)
      return await findTagged(found?.LoadBalancerArn === undefined ? [] : [found.LoadBalancerArn], context)
    },
  },
  update: [
    attributesStep('LoadBalancer'),
    subnetsStep,
    settingStep('SetSecurityGroups', 'SecurityGroups'),
    settingStep('SetIpAddressType', 'IpAddressType'),
    tagsStep,
  ],
  attributes: [
    'CanonicalHostedZoneID',
    'DNSName',
    'LoadBalancerArn',
    'LoadBalancerFullName',
    'LoadBalancerName',
  ],
  read: async (arn, context) => {
    const found = await find({ LoadBalancerArns: [arn] }, context)
    const code = found?.State?.Code
    if (code === 'failed') throw new AwsError('NotStabilized', `Load balancer ${arn} has failed`)
    if (!found || code === 'provisioning') return PENDING
    return {
      state: 'ready',
      attributes: {
        LoadBalancerArn: arn,
        DNSName: found.DNSName ?? '',
        CanonicalHostedZoneID: found.CanonicalHostedZoneId ?? '',
        LoadBalancerName: found.LoadBalancerName ?? '',
        LoadBalancerFullName: fullName(arn).replace('loadbalancer/', ''),
      },
    }
  },
  actual: async (arn, context, expected) => {
    const found = await find({ LoadBalancerArns: [arn] }, context)
    if (!found) return undefined
    return seen(expected, {
      Scheme: found.Scheme,
      Type: found.Type,
      IpAddressType: found.IpAddressType,
      Subnets: (found.AvailabilityZones ?? []).map(({ SubnetId }) => SubnetId),
      SecurityGroups: found.SecurityGroups ?? [],
      Tags: ownTags(await tagsOf(arn, context)),
    })
  },
  remove: async (LoadBalancerArn, context) => {
    await tolerating(GONE, () => context.call('elbv2', 'DeleteLoadBalancer', { LoadBalancerArn }))
    return (await find({ LoadBalancerArns: [LoadBalancerArn] }, context)) === undefined
  },
}
