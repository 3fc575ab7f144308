// Owns the small region that the tests of this folder run against: services over a store in memory.
import { onTestFinished } from 'vitest'

import { createAuthority } from '../../base/certificate-authority.ts'
import { systemClock, type Clock } from '../../base/clock.ts'
import { randomIds } from '../../base/ids.ts'
import { own } from '../../base/json.ts'
import { silentLog } from '../../base/log.ts'
import type { Controller } from '../../reconcile/controller.ts'
import { createMemoryStore } from '../../store/memory-store.ts'
import type { EventStore } from '../../store/event-store.ts'
import { openEvents } from '../../store/sqlite-events.ts'
import type { Store } from '../../store/store.ts'
import { createAuthorizer } from '../authorization/authorizer.ts'
import { createAwsCaller } from '../protocol/caller.ts'
import { joinCredentials } from '../protocol/credentials.ts'
import { createAwsEndpoint, type AwsEndpoint } from '../protocol/endpoint.ts'
import type { AwsService, Principal, ServiceDeps } from '../protocol/service.ts'
import { createAcm, type AcmService } from '../services/acm/index.ts'
import { createAutoScaling } from '../services/auto-scaling/index.ts'
import { createServicesBeside } from '../services/beside/index.ts'
import { createEc2, type Ec2 } from '../services/ec2/index.ts'
import { createIam, type Iam } from '../services/iam/index.ts'
import { createLogs } from '../services/logs/index.ts'
import { createSts, type WebIdentity } from '../services/sts/index.ts'

export const ACCOUNT_ID = '111122223333'
export const REGION = 'ap-southeast-1'

export interface TestRegion {
  readonly deps: ServiceDeps
  readonly endpoint: AwsEndpoint
  readonly iam: Iam
  readonly ec2: Ec2
  readonly acm: AcmService
  /** Who says which resources serve with a certificate. */
  readonly certificateUsers: ((arn: string) => readonly string[])[]
  readonly services: AwsService[]
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** Who signs with a key; undefined when nobody can. */
  principalOf(accessKeyId: string): Principal | undefined
  /** Settings for an SDK client of this region. */
  client(port: number): {
    endpoint: string
    region: string
    credentials: TestRegion['credentials']
    maxAttempts: number
  }
  /** Runs the control loops until the end of the test. */
  runControllers(): void
  /** Listens until the end of the test. @returns the port. */
  listen(): Promise<number>
}

/** Builds the region; tokens in `identities` are taken for service account tokens. `pace` 1 is as slow as AWS. */
export async function createTestRegion(
  options: {
    clock?: Clock
    identities?: Readonly<Record<string, WebIdentity>>
    store?: Store
    events?: EventStore
    pace?: number
  } = {},
): Promise<TestRegion> {
  const { clock = systemClock, identities = {}, store = createMemoryStore(), pace = 0 } = options
  const services: AwsService[] = []
  const base = { accountId: ACCOUNT_ID, region: REGION, ids: randomIds, clock, log: silentLog }
  const caller = createAwsCaller({ ...base, services: () => services, authorizer: () => authorizer })
  const deps: ServiceDeps = { ...base, store, caller, pace }
  const iam = createIam(deps)
  const authorizer = createAuthorizer({ ...iam, caller, clock })
  const webIdentity = { verify: (token: string) => Promise.resolve(own(identities, token)) }
  const sts = createSts(deps, { roles: iam, webIdentity })
  const ec2 = createEc2(deps)
  const logs = createLogs(deps, options.events ?? (await openEvents(':memory:')))
  const autoScaling = createAutoScaling(deps, { instances: ec2.instances })
  services.push(iam.service, sts.service, ec2.service, logs.service, autoScaling.service)
  services.push(...createServicesBeside(deps))
  const authority = await createAuthority('Neargate test', { clock, ids: randomIds })
  const certificateUsers: ((arn: string) => readonly string[])[] = []
  const acm = createAcm(deps, {
    authority,
    usersOf: (arn) => certificateUsers.flatMap((users) => users(arn)),
  })
  services.push(acm.service)
  const keys = joinCredentials(iam, sts)
  const endpoint = createAwsEndpoint({ ...base, services, authorizer, credentials: keys })
  const { accessKeyId, secretAccessKey } = await iam.ensureAdministrator()
  const credentials = { accessKeyId, secretAccessKey }
  return {
    deps,
    endpoint,
    iam,
    ec2,
    acm,
    certificateUsers,
    services,
    credentials,
    principalOf: (accessKeyId) => keys.find(accessKeyId)?.principal,
    client: (port) => ({ endpoint: `http://127.0.0.1:${port}`, region: REGION, credentials, maxAttempts: 1 }),
    runControllers: () => {
      for (const controller of [...ec2.controllers, ...autoScaling.controllers, ...logs.controllers]) {
        onTestFinished(drive(controller, clock))
      }
    },
    listen: async () => {
      const listening = await endpoint.listen({ port: 0 })
      onTestFinished(() => listening.close())
      return listening.port
    },
  }
}

// One key at a time, in order of waking; the real queue has its own suite.
function drive(controller: Controller, clock: Clock): () => void {
  let last: Promise<unknown> = Promise.resolve()
  let isStopped = false
  const enqueue = (key: string): void => {
    last = last.then(async () => {
      if (isStopped) return
      const result = await controller.reconcile(key)
      if (result?.requeueAfterMs !== undefined) clock.after(result.requeueAfterMs, () => enqueue(key))
    })
  }
  const stops = controller.sources.map((source) => source.subscribe(enqueue))
  return () => {
    isStopped = true
    for (const stop of stops) stop()
  }
}
