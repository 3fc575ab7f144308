// Owns the stage of the tests of Elastic Load Balancing: the service over a small EC2, with a plane that only remembers.
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { onTestFinished } from 'vitest'

import { InternalError } from '../../../../base/errors.ts'
import { silentLog } from '../../../../base/log.ts'
import { Supervisor } from '../../../../base/supervisor.ts'
import type { ApplicationPlan } from '../../../../network/alb/plan.ts'
import type {
  LoadBalancerPlan,
  LoadBalancerPlane,
  TargetGroupPlan,
  TargetHealth,
} from '../../../../network/load-balancer.ts'
import { runController } from '../../../../reconcile/run-controller.ts'
import { createTestRegion, type TestRegion } from '../../../testing/test-region.ts'
import { createElbv2 } from '../index.ts'

/** Keeps the plans it is given and reports what a test says. */
export class FakePlane implements LoadBalancerPlane {
  readonly groups = new Map<string, TargetGroupPlan>()
  readonly balancers = new Map<string, LoadBalancerPlan>()
  readonly applications = new Map<string, ApplicationPlan>()
  readonly health = new Map<string, TargetHealth[]>()

  applyTargetGroup(plan: TargetGroupPlan): void {
    this.groups.set(plan.arn, plan)
  }
  removeTargetGroup(arn: string): void {
    this.groups.delete(arn)
  }
  applyLoadBalancer(plan: LoadBalancerPlan): Promise<void> {
    this.balancers.set(plan.arn, plan)
    return Promise.resolve()
  }
  applyApplication(plan: ApplicationPlan): Promise<void> {
    this.applications.set(plan.arn, plan)
    return Promise.resolve()
  }
  applyClassic(connections: LoadBalancerPlan, requests: ApplicationPlan): Promise<void> {
    this.balancers.set(connections.arn, connections)
    this.applications.set(requests.arn, requests)
    return Promise.resolve()
  }
  removeLoadBalancer(arn: string): Promise<void> {
    this.balancers.delete(arn)
    this.applications.delete(arn)
    return Promise.resolve()
  }
  targetHealth(arn: string): readonly TargetHealth[] {
    return this.health.get(arn) ?? []
  }
  addresses(): [] {
    return []
  }
  onHealthChange(): () => void {
    return () => undefined
  }
}

/** Ids of the two subnets. */
export const SUBNETS = ['a', 'b'].map((letter) => `subnet-0000000000000000${letter}`)

/** The service over EC2 with two public subnets, and a plane that keeps what it is told. */
export interface Stage extends TestRegion {
  readonly plane: FakePlane
  readonly vpcId: string
  /** An address in the first subnet. */
  readonly ip: string
  call<Output>(operation: string, input: object, service?: string): Promise<Output>
  /** Another process over the same store, with a plane that knows nothing. */
  restart(): FakePlane
}

/** Lives until the end of the test. */
export async function stage(): Promise<Stage> {
  const region = await createTestRegion()
  const supervisor = new Supervisor(silentLog)
  onTestFinished(() => supervisor.stop())
  const start = (plane: FakePlane) => {
    const elb = createElbv2(region.deps, {
      plane,
      ingress: region.ec2.ingress,
      certificates: region.acm,
    })
    region.certificateUsers.push((arn) => elb.certificateUsers(arn))
    for (const controller of elb.controllers) {
      runController(controller, { clock: region.deps.clock, log: silentLog, supervisor })
    }
    return elb
  }
  const plane = new FakePlane()
  region.services.push(start(plane).service)
  const subnets = SUBNETS.map((id, index) => ({
    id,
    zone: `${region.deps.region}${'ab'[index]}`,
    public: true,
  }))
  const { vpcId } = await region.ec2.prepareNetwork({ subnets })
  const { Subnets } = await region.deps.caller.call<{ Subnets: { CidrBlock: string }[] }>(
    'ec2',
    'DescribeSubnets',
    {
      SubnetIds: [SUBNETS[0]],
    },
  )
  return {
    ...region,
    plane,
    vpcId,
    ip: first(Subnets).CidrBlock.replace(/\.\d+\/\d+$/, '.77'),
    call: (operation, input, service = 'elbv2') => region.deps.caller.call(service, operation, input),
    restart: () => {
      const fresh = new FakePlane()
      start(fresh)
      return fresh
    },
  }
}

/** Polls until there is a value. @throws InternalError after five seconds */
export async function until<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = Date.now() + 5_000
  for (;;) {
    const value = await probe()
    if (value !== undefined && value !== false) return value
    if (Date.now() > deadline) throw new InternalError('it did not come about in five seconds')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** `CODE: message` of the error of a call, `none` when it did not fail. */
export function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: { code?: string; message?: string }) => `${error.code}: ${error.message}`,
  )
}

/** Creates the load balancer `k8s-web`. */
export async function balancer(region: Stage, input: object = {}): Promise<sdk.LoadBalancer> {
  const { LoadBalancers } = await region.call<sdk.CreateLoadBalancerOutput>('CreateLoadBalancer', {
    Name: 'k8s-web',
    Type: 'network',
    Scheme: 'internet-facing',
    SubnetMappings: SUBNETS.map((SubnetId) => ({ SubnetId })),
    ...input,
  })
  return first(LoadBalancers)
}

/** Creates the target group `k8s-tg`. @returns its ARN */
export async function group(region: Stage, input: object = {}): Promise<string> {
  const { TargetGroups } = await region.call<sdk.CreateTargetGroupOutput>('CreateTargetGroup', {
    Name: 'k8s-tg',
    Protocol: 'TCP',
    Port: 8080,
    TargetType: 'ip',
    VpcId: region.vpcId,
    ...input,
  })
  return first(TargetGroups).TargetGroupArn ?? ''
}

/** Creates a listener that forwards. @returns its ARN */
export async function listener(
  region: Stage,
  loadBalancerArn: string,
  targetGroupArn: string,
  port = 80,
): Promise<string> {
  const { Listeners } = await region.call<sdk.CreateListenerOutput>('CreateListener', {
    LoadBalancerArn: loadBalancerArn,
    Protocol: 'TCP',
    Port: port,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroupArn }],
  })
  return first(Listeners).ListenerArn ?? ''
}

/** Health descriptions of targets. */
export async function health(region: Stage, targetGroupArn: string, Targets?: object[]): Promise<object[]> {
  const answer = await region.call<sdk.DescribeTargetHealthOutput>('DescribeTargetHealth', {
    TargetGroupArn: targetGroupArn,
    ...(Targets ? { Targets } : {}),
  })
  return answer.TargetHealthDescriptions ?? []
}

function first<T>(items: readonly T[] | undefined): T {
  const [item] = items ?? []
  if (item === undefined) throw new InternalError('the answer holds nothing')
  return item
}
