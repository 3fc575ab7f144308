// Owns the order in which a region is built: ports, network, services, clusters; each phase gets what is complete.
import { createAwsEndpoint } from '../aws/protocol/endpoint.ts'
import { openSocket } from '../aws/protocol/listen.ts'
import type { AwsRequest, AwsResponse } from '../aws/protocol/message.ts'
import { createSchemaLoader } from '../aws/protocol/schema.ts'
import type { Clock } from '../base/clock.ts'
import { ending } from '../base/ending.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { runController } from '../reconcile/run-controller.ts'
import { startCompaction } from '../store/compaction.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Store } from '../store/store.ts'
import { handleAdmin, type AdminOperations } from './admin.ts'
import { ensureAuthority } from './authority.ts'
import { issuerKeys } from './clusters.ts'
import type { NewIdentity } from './identity.ts'
import { startIssuers } from './issuers.ts'
import { startNetwork } from './network.ts'
import { ServiceRegistry } from './service-registry.ts'
import { createServices } from './services.ts'

const HOST = '127.0.0.1'
const ADMIN_PREFIX = '/_neargate/'
// A cluster has several parts that end one after the other.
const CLUSTERS_END_MS = 9_000

export interface AssemblyOptions {
  readonly store: Store
  /** Where the lines of logs are kept. */
  readonly events: EventStore
  readonly identity: NewIdentity
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** 0: as fast as the work allows; 1: as slow as AWS. */
  readonly pace: number
  /** False: every known key may do everything, whatever the policies say. */
  readonly enforceIam?: boolean
  readonly ports: { readonly aws: number; readonly issuers: number; readonly edge: number }
  /** The answer to a nonce that only this region can give. */
  prove(nonce: string): string | undefined
}

export interface Assembled {
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string
  /** PEM of the authority that signs for what is reached over https. */
  readonly ca: string
  /** The key that everybody on this machine who may read the data directory acts with. */
  readonly administrator: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/**
 * Builds and starts everything. `parts` ends it in the reverse order, also when a later phase fails.
 * @throws UserError when a port is taken.
 */
export async function assemble(options: AssemblyOptions, parts: AsyncDisposableStack): Promise<Assembled> {
  const { store, events, identity, clock, ids, log, pace, ports } = options
  const onEnd = { clock, log }

  // Ports first: whoever connects before all is there waits, and what follows knows its address.
  const socket = await openSocket({ host: HOST, port: ports.aws, log })
  parts.defer(ending('the AWS port', () => socket.close(), onEnd))
  const endpoint = `http://${HOST}:${socket.port}`
  const network = await startNetwork({ store, clock, log, pace, edgePort: ports.edge }, parts)

  const authority = await ensureAuthority(options)
  const issuers = await startIssuers({
    ...options,
    authority,
    port: ports.issuers,
    issuerKey: issuerKeys(store),
  })
  parts.defer(ending('the OIDC issuers', () => issuers.close(), onEnd))

  const schemas = createSchemaLoader()
  const { region, accountId } = identity
  const registry = new ServiceRegistry({ region, accountId, ids, schemas, endpoint })
  const deps = { store, clock, ids, log, region, accountId, caller: registry.caller, pace }
  const services = createServices({ deps, events, network, schemas, endpoint, issuers: issuers.url })
  const authorizer = options.enforceIam === false ? undefined : services.authorizer
  registry.complete(services.all, authorizer)
  const { accessKeyId, secretAccessKey } = await services.administrator()

  // Controllers end before the network that they act on, clusters before the controllers that look after them.
  const supervisor = new Supervisor(log)
  parts.defer(
    ending('the controllers', () => supervisor.stop(), { ...onEnd, pending: () => supervisor.running }),
  )
  parts.defer(ending('the clusters', () => services.clusters.stop(), { ...onEnd, limitMs: CLUSTERS_END_MS }))
  const operations = { ...services.operations, prove: (nonce: string) => options.prove(nonce) }
  const aws = createAwsEndpoint({
    services: services.all,
    credentials: services.credentials,
    authorizer,
    region,
    accountId,
    clock,
    ids,
    log,
    schemas,
    extra: { [ADMIN_PREFIX]: (request) => answerAdmin(identity.adminToken, operations, request) },
  })
  socket.serve((request) => aws.handle(request))
  parts.defer(ending('the AWS endpoint', () => socket.close(), onEnd))

  startCompaction(store, { clock, log, supervisor })
  await services.clusters.resume()
  for (const controller of services.controllers) runController(controller, { clock, log, supervisor })
  return { endpoint, ca: authority.cert, administrator: { accessKeyId, secretAccessKey } }
}

async function answerAdmin(
  token: string,
  operations: AdminOperations,
  request: AwsRequest,
): Promise<AwsResponse> {
  const { status, body } = await handleAdmin(operations, token, {
    method: request.method,
    path: request.url.slice(ADMIN_PREFIX.length),
    authorization: request.headers['authorization'],
    body: Buffer.from(request.body).toString(),
  })
  return { status, headers: { 'content-type': 'application/json' }, body }
}
