// Owns Classic Load Balancers as a deployment sees them: found by name, with their instances as targets.
import {
  DescribeInstanceHealthCommand,
  DescribeTagsCommand,
  paginateDescribeLoadBalancers,
  type LoadBalancerDescription,
} from '@aws-sdk/client-elastic-load-balancing'
import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'

import type { Cloud } from './cloud.ts'

/** API reference, DescribeTags: "1 to 20" names. */
const NAMES_PER_CALL = 20

/** Every Classic Load Balancer of the account in the region, all pages of them. */
export async function allClassicBalancers(
  cloud: Pick<Cloud, 'elb'>,
): Promise<readonly LoadBalancerDescription[]> {
  const client = await cloud.elb()
  const found: LoadBalancerDescription[] = []
  for await (const page of paginateDescribeLoadBalancers({ client }, {})) {
    found.push(...(page.LoadBalancerDescriptions ?? []))
  }
  return found
}

/** The instances behind a hostname, as targets; undefined when no Classic Load Balancer has it. */
export async function classicTargets(
  cloud: Pick<Cloud, 'elb'>,
  hostname: string,
): Promise<readonly TargetHealthDescription[] | undefined> {
  const balancers = await allClassicBalancers(cloud)
  const balancer = balancers.find(({ DNSName }) => DNSName?.toLowerCase() === hostname)
  if (!balancer) return undefined
  const client = await cloud.elb()
  const { InstanceStates = [] } = await client.send(
    new DescribeInstanceHealthCommand({ LoadBalancerName: balancer.LoadBalancerName }),
  )
  const Port = balancer.ListenerDescriptions?.[0]?.Listener?.InstancePort
  return InstanceStates.map(({ InstanceId, State, ReasonCode, Description }) => ({
    Target: { Id: InstanceId, Port },
    TargetHealth:
      State === 'InService'
        ? { State: 'healthy' }
        : {
            // `ELB`: it has not found out yet; `Instance`: the checks fail.
            State: ReasonCode === 'ELB' ? 'initial' : 'unhealthy',
            // The reasons of the other kinds of load balancers are an enumeration of their own.
            ...(Description !== undefined && { Description }),
          },
  }))
}

/** The names of those that the cloud controller of a cluster has made. */
export async function classicBalancersOf(cloud: Pick<Cloud, 'elb'>, cluster: string): Promise<string[]> {
  const names = (await allClassicBalancers(cloud)).flatMap(({ LoadBalancerName }) => LoadBalancerName ?? [])
  const client = await cloud.elb()
  const owned: string[] = []
  for (let start = 0; start < names.length; start += NAMES_PER_CALL) {
    const LoadBalancerNames = names.slice(start, start + NAMES_PER_CALL)
    const { TagDescriptions = [] } = await client.send(new DescribeTagsCommand({ LoadBalancerNames }))
    for (const { LoadBalancerName = '', Tags = [] } of TagDescriptions) {
      const isOurs = Tags.some(
        ({ Key, Value }) => Key === `kubernetes.io/cluster/${cluster}` && Value === 'owned',
      )
      if (isOurs) owned.push(LoadBalancerName)
    }
  }
  return owned
}
