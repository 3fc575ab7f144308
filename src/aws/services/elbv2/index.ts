// Owns the surface of the Elastic Load Balancing v2 service: its operations and its reconcilers.
import type { Controller } from '../../../reconcile/controller.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import { AccessLogs } from './access-logs/delivery.ts'
import { controllersOf } from './controllers.ts'
import { certificateUsersOf } from './lookup.ts'
import { createTables, type Elb, type ElbPorts, type Tables } from './state.ts'

export type { ElbPorts } from './state.ts'

export interface ElbService {
  readonly service: AwsService
  readonly controllers: readonly Controller[]
  readonly tables: Tables
  /** ARNs of the load balancers with a listener that serves with the certificate. */
  certificateUsers(certificateArn: string): readonly string[]
}

/** Builds the Elastic Load Balancing v2 service of one region. */
export function createElbv2(deps: ServiceDeps, ports: ElbPorts): ElbService {
  const tables = createTables(deps.store)
  const elb: Elb = { deps, ports, tables, accessLogs: new AccessLogs(deps) }
  return {
    service: defineService('elbv2', async () => (await import('./operations.ts')).operationsOf(elb)),
    controllers: controllersOf(elb),
    tables,
    certificateUsers: (arn) => certificateUsersOf(elb, arn),
  }
}
