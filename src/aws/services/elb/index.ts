// Owns the surface of Elastic Load Balancing's first version: Classic Load Balancers.
import type { Controller } from '../../../reconcile/controller.ts'
import { tableSource } from '../../../reconcile/table-source.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import { AccessLogs } from '../elbv2/access-logs/delivery.ts'
import type { ElbPorts } from '../elbv2/state.ts'
import { classicArn, createBalancers, visibleBalancers, type ClassicElb } from './state.ts'

export interface ClassicElbService {
  readonly service: AwsService
  readonly controllers: readonly Controller[]
  /** ARNs of the load balancers with a listener that serves with the certificate. */
  certificateUsers(certificateArn: string): readonly string[]
}

/** Builds the service of one region. */
export function createElb(deps: ServiceDeps, ports: ElbPorts): ClassicElbService {
  const elb: ClassicElb = {
    deps,
    ports,
    balancers: createBalancers(deps.store),
    accessLogs: new AccessLogs(deps),
  }
  const operations = async () => (await import('./operations.ts')).operationsOf(elb)
  return {
    service: defineService('elb', operations),
    controllers: [classicController(elb)],
    certificateUsers: (arn) =>
      visibleBalancers(elb).flatMap(({ name, listeners }) =>
        listeners.some(({ certificateArn }) => certificateArn === arn) ? [classicArn(elb.deps, name)] : [],
      ),
  }
}

/** Keys are names. What a pass does is loaded with the first one. */
function classicController(elb: ClassicElb): Controller {
  /** ARNs of the groups that the data plane was told of last. */
  const applied = new Map<string, readonly string[]>()
  return {
    name: 'elb-load-balancer',
    sources: [tableSource(elb.balancers)],
    concurrency: 4,
    reconcile: async (name) => (await import('./reconcile.ts')).reconcileClassic(elb, name, applied),
  }
}
