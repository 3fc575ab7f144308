// Owns the instances of Classic Load Balancers: registered by id, with the health that the data plane measures.
import type {
  DeregisterEndPointsInput,
  DeregisterEndPointsOutput,
  DescribeEndPointStateInput,
  DescribeEndPointStateOutput,
  Instance,
  InstanceState,
  RegisterEndPointsInput,
  RegisterEndPointsOutput,
} from '@aws-sdk/client-elastic-load-balancing'

import { AwsError } from '../../../base/errors.ts'
import type { TargetHealth } from '../../../network/load-balancer.ts'
import { operation } from '../../protocol/operation.ts'
import { findInstance } from '../elbv2/vpc.ts'
import { groupsOf } from './plan.ts'
import {
  changeBalancer,
  findBalancer,
  type ClassicElb,
  type ClassicInstance,
  type ClassicRecord,
} from './state.ts'

/** Those that are there already stay. @throws AwsError LoadBalancerNotFound, InvalidInstance */
export const registerInstances = operation<ClassicElb, RegisterEndPointsInput, RegisterEndPointsOutput>()({
  honours: ['LoadBalancerName', 'Instances[].InstanceId'],
  handle: async ({ LoadBalancerName: name, Instances = [] }, elb) => {
    const record = findBalancer(elb, name)
    const found = await Promise.all(Instances.map(({ InstanceId = '' }) => resolve(elb, record, InstanceId)))
    const { instances } = await changeBalancer(elb, name, (current) => ({
      instances: [...current.instances.filter(({ id }) => !found.some((each) => each.id === id)), ...found],
    }))
    return { Instances: idsOf(instances) }
  },
})

async function resolve(elb: ClassicElb, { vpcId }: ClassicRecord, id: string): Promise<ClassicInstance> {
  const instance = await findInstance(elb, id)
  if (!instance) throw new AwsError('InvalidInstance', `Could not find EC2 instance ${id}.`)
  if (instance.vpcId !== vpcId) {
    throw new AwsError('InvalidInstance', `EC2 instance ${id} is not in the same VPC as ELB.`)
  }
  return { id, ip: instance.ip, zone: instance.zone }
}

/** @throws AwsError LoadBalancerNotFound, InvalidInstance */
export const deregisterInstances = operation<
  ClassicElb,
  DeregisterEndPointsInput,
  DeregisterEndPointsOutput
>()({
  honours: ['LoadBalancerName', 'Instances[].InstanceId'],
  handle: async ({ LoadBalancerName: name, Instances = [] }, elb) => {
    const gone = new Set(Instances.map(({ InstanceId }) => InstanceId))
    const { instances } = await changeBalancer(elb, name, (current) => ({
      instances: current.instances.filter(({ id }) => !gone.has(id)),
    }))
    return { Instances: idsOf(instances) }
  },
})

/** All, or those asked for. @throws AwsError LoadBalancerNotFound, InvalidInstance for one that there is not */
export const describeInstanceHealth = operation<
  ClassicElb,
  DescribeEndPointStateInput,
  DescribeEndPointStateOutput
>()({
  honours: ['LoadBalancerName', 'Instances[].InstanceId'],
  handle: async ({ LoadBalancerName, Instances = [] }, elb) => {
    const record = findBalancer(elb, LoadBalancerName)
    const [first] = groupsOf(elb, record)
    const health = first ? elb.ports.plane.targetHealth(first.arn) : []
    const wanted = Instances.map(({ InstanceId = '' }) => InstanceId)
    const shown = wanted.length > 0 ? wanted : record.instances.map(({ id }) => id)
    const strangers = shown.filter((id) => !record.instances.some((each) => each.id === id))
    const left = await Promise.all(strangers.map((id) => resolve(elb, record, id)))
    const leaving = left.filter(({ ip }) =>
      health.some((each) => each.ip === ip && each.state === 'draining'),
    )
    return {
      InstanceStates: shown.map((id) =>
        leaving.some((each) => each.id === id) ? draining(id) : stateOf(record, id, health),
      ),
    }
  },
})

// User guide, "Configure connection draining".
function draining(InstanceId: string): InstanceState {
  const Description = 'Instance deregistration currently in progress.'
  return { InstanceId, State: 'InService', ReasonCode: 'N/A', Description }
}

// Codes and descriptions: API reference, InstanceState.
function stateOf(record: ClassicRecord, id: string, health: readonly TargetHealth[]): InstanceState {
  const outOfService = (ReasonCode: string, Description: string): InstanceState => ({
    InstanceId: id,
    State: 'OutOfService',
    ReasonCode,
    Description,
  })
  const instance = record.instances.find((each) => each.id === id)
  if (!instance)
    return outOfService('Instance', 'Instance is not currently registered with the LoadBalancer.')
  if (!record.subnets.some(({ zone }) => zone === instance.zone)) {
    return outOfService(
      'ELB',
      'Instance is in the EC2 Availability Zone for which LoadBalancer is not configured to route traffic to.',
    )
  }
  const state = health.find(({ ip }) => ip === instance.ip)?.state
  if (state === 'healthy') {
    return { InstanceId: id, State: 'InService', ReasonCode: 'N/A', Description: 'N/A' }
  }
  return state === 'unhealthy'
    ? outOfService(
        'Instance',
        'Instance has failed at least the UnhealthyThreshold number of health checks consecutively.',
      )
    : outOfService('ELB', 'Instance registration is still in progress.')
}

function idsOf(instances: readonly ClassicInstance[]): Instance[] {
  return instances.map(({ id }) => ({ InstanceId: id }))
}
