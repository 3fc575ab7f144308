// Owns the service of Classic Load Balancers for tests: over EC2 with two public subnets, and a plane that keeps what it is told.
import type * as sdk from '@aws-sdk/client-elastic-load-balancing'
import { onTestFinished } from 'vitest'

import { silentLog } from '../../../../base/log.ts'
import { Supervisor } from '../../../../base/supervisor.ts'
import { runController } from '../../../../reconcile/run-controller.ts'
import { createTestRegion, type TestRegion } from '../../../testing/test-region.ts'
import { FakePlane } from '../../elbv2/testing/elb-stage.ts'
import { createElb } from '../index.ts'

export const SUBNETS = ['a', 'b'].map((letter) => `subnet-0000000000000000${letter}`)
export const NAME = { LoadBalancerName: 'web' }
export const HTTP = { Protocol: 'http', LoadBalancerPort: 80, InstancePort: 31_080 }
export const TCP = { Protocol: 'TCP', LoadBalancerPort: 5432, InstancePort: 31_432 }

export interface Stage extends TestRegion {
  readonly plane: FakePlane
  readonly vpcId: string
  elb<Output>(operation: string, input?: object): Promise<Output>
  create(input?: object): Promise<sdk.LoadBalancerDescription>
  launch(): Promise<string>
}

/** Lives until the end of the test. */
export async function stage(): Promise<Stage> {
  const region = await createTestRegion()
  const supervisor = new Supervisor(silentLog)
  onTestFinished(() => supervisor.stop())
  const { deps, ec2, acm } = region
  const plane = new FakePlane()
  const service = createElb(deps, { plane, ingress: ec2.ingress, certificates: acm })
  region.services.push(service.service)
  for (const controller of service.controllers) {
    runController(controller, { clock: deps.clock, log: silentLog, supervisor })
  }
  const { vpcId } = await ec2.prepareNetwork({
    subnets: SUBNETS.map((id, at) => ({ id, zone: `${deps.region}${'ab'[at]}`, public: true })),
  })
  const elb: Stage['elb'] = (operation, input = NAME) => deps.caller.call('elb', operation, input)
  return {
    ...region,
    plane,
    vpcId,
    elb,
    async create(input = {}) {
      await elb('CreateLoadBalancer', { ...NAME, Subnets: SUBNETS, Listeners: [TCP], ...input })
      const answer = await elb<sdk.DescribeAccessPointsOutput>('DescribeLoadBalancers', {
        LoadBalancerNames: ['web'],
      })
      return answer.LoadBalancerDescriptions?.[0] ?? {}
    },
    async launch() {
      const answer = await deps.caller.call<{ Instances: { InstanceId: string }[] }>('ec2', 'RunInstances', {
        ImageId: 'ami-1',
        InstanceType: 't3.large',
        MinCount: 1,
        MaxCount: 1,
        SubnetId: SUBNETS[0],
      })
      return answer.Instances[0]?.InstanceId ?? ''
    },
  }
}
