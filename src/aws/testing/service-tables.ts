// Owns the services of a region built for their tables alone: nothing is started, so no port is ever asked.
import { systemClock } from '../../base/clock.ts'
import { randomIds } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import { createMemoryStore } from '../../store/memory-store.ts'
import type { AwsService, Operations, ServiceAddress, ServiceDeps } from '../protocol/service.ts'
import { createAcm } from '../services/acm/index.ts'
import { createAutoScaling } from '../services/auto-scaling/index.ts'
import { createServicesBeside } from '../services/beside/index.ts'
import { createCloudFormation } from '../services/cloudformation/index.ts'
import { createEc2 } from '../services/ec2/index.ts'
import { createEks } from '../services/eks/index.ts'
import { createEksAuth } from '../services/eks-auth/index.ts'
import { createElb } from '../services/elb/index.ts'
import { createElbv2 } from '../services/elbv2/index.ts'
import { createIam } from '../services/iam/index.ts'
import { createLogs } from '../services/logs/index.ts'
import { createSts } from '../services/sts/index.ts'

/** A service with its operations at hand. */
export interface ServiceTable extends ServiceAddress {
  readonly operations: Operations
}

/** Loads the operations of services. */
export function tablesOf(services: readonly AwsService[]): Promise<ServiceTable[]> {
  return Promise.all(
    services.map(async (service) => ({ ...service, operations: await service.operations() })),
  )
}

/** Every service, in the order of the documentation. */
export function serviceTables(): Promise<ServiceTable[]> {
  // No operation is ever called, so that neither the caller nor a port is.
  const unused = {} as never
  const deps: ServiceDeps = {
    store: createMemoryStore(),
    clock: systemClock,
    ids: randomIds,
    log: silentLog,
    pace: 0,
    region: 'us-east-1',
    accountId: '111122223333',
    caller: unused,
  }
  const ec2 = createEc2(deps)
  const services = [
    createEks(deps, unused),
    createEksAuth(deps, unused),
    ec2,
    createIam(deps),
    createSts(deps, unused),
    createElb(deps, unused),
    createElbv2(deps, unused),
    createCloudFormation(deps),
    createAutoScaling(deps, { instances: ec2.instances }),
    createLogs(deps, unused),
    createAcm(deps, unused),
  ].map(({ service }) => service)
  return tablesOf([...services, ...createServicesBeside(deps)])
}
