// Owns the zones of Classic Load Balancers in a default VPC, where each zone stands for its default subnet.
// Source: API reference, EnableAvailabilityZonesForLoadBalancer: "For load balancers in EC2-Classic or a default VPC".
import type {
  AddAvailabilityZonesInput,
  AddAvailabilityZonesOutput,
  RemoveAvailabilityZonesInput,
  RemoveAvailabilityZonesOutput,
} from '@aws-sdk/client-elastic-load-balancing'

import { operation } from '../../protocol/operation.ts'
import { defaultSubnets, placedIn } from './placement.ts'
import { invalid } from './policies/policy-types.ts'
import { changeBalancer, findBalancer, type ClassicElb, type ClassicRecord } from './state.ts'

/** @throws AwsError LoadBalancerNotFound, ValidationError; InvalidConfigurationRequest beside subnets of another VPC */
export const enableZones = operation<ClassicElb, AddAvailabilityZonesInput, AddAvailabilityZonesOutput>()({
  honours: ['LoadBalancerName', 'AvailabilityZones'],
  handle: async ({ LoadBalancerName: name, AvailabilityZones = [] }, elb) => {
    const { subnets: there } = findBalancer(elb, name)
    const zones = AvailabilityZones.filter((zone) => !there.some((each) => each.zone === zone))
    const added = zones.length > 0 ? await defaultSubnets(elb, zones) : []
    const { subnets } = await placedIn(elb, [...there.map(({ id }) => id), ...added])
    return { AvailabilityZones: zonesOf(await changeBalancer(elb, name, () => ({ subnets }))) }
  },
})

/** One stays. @throws AwsError LoadBalancerNotFound, InvalidConfigurationRequest */
export const disableZones = operation<
  ClassicElb,
  RemoveAvailabilityZonesInput,
  RemoveAvailabilityZonesOutput
>()({
  honours: ['LoadBalancerName', 'AvailabilityZones'],
  handle: async ({ LoadBalancerName: name, AvailabilityZones = [] }, elb) => {
    const changed = await changeBalancer(elb, name, (record) => {
      const subnets = record.subnets.filter(({ zone }) => !AvailabilityZones.includes(zone))
      // "There must be at least one Availability Zone registered with a load balancer at all times" (API reference).
      if (subnets.length === 0) throw invalid('A load balancer must have at least one Availability Zone')
      return { subnets }
    })
    return { AvailabilityZones: zonesOf(changed) }
  },
})

function zonesOf({ subnets }: ClassicRecord): string[] {
  return subnets.map(({ zone }) => zone).toSorted((a, b) => a.localeCompare(b))
}
