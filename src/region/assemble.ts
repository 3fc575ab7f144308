// Owns the order in which all is built: ports, what regions share, the regions; each phase gets what is complete.
import type { FaultInjector } from '../aws/faults/injector.ts'
import { parseFaults } from '../aws/faults/fault.ts'
import { openSocket } from '../aws/protocol/listen.ts'
import type { AwsRequest, AwsResponse } from '../aws/protocol/message.ts'
import { createSchemaLoader } from '../aws/protocol/schema.ts'
import type { KeyPair } from '../base/certificate-authority.ts'
import type { Clock } from '../base/clock.ts'
import { ending } from '../base/ending.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { startCompaction } from '../store/compaction.ts'
import type { BuiltinWish } from '../runtime/builtin-choice.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Store } from '../store/store.ts'
import { handleAdmin, type AdminOperations } from './admin.ts'
import { startAwsNames } from './aws-names.ts'
import { ensureAuthority } from './authority.ts'
import { issuerKeys } from './clusters.ts'
import type { NewIdentity } from './identity.ts'
import { startDns } from './dns.ts'
import { startIssuers } from './issuers.ts'
import { createGlobalServices } from './global-services.ts'
import { startEdge } from './network.ts'
import { createOneRegion } from './one-region.ts'
import { Regions, regionStores, type RegionPlace } from './regions.ts'
import { ServiceRegistry } from './service-registry.ts'
import type { EngineChoice } from './runtime-choice.ts'

const HOST = '127.0.0.1'
const ADMIN_PREFIX = '/_neargate/'

export interface AssemblyOptions {
  readonly store: Store
  /** Where the lines of logs are kept. */
  readonly events: EventStore
  readonly identity: NewIdentity
  /** A region that has to be there, beside that of the identity if it is another. */
  readonly region: string | undefined
  /** Directory of the store; undefined when nothing is kept. */
  readonly directory: string | undefined
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** 0: as fast as the work allows; 1: as slow as AWS. */
  readonly pace: number
  /** False: every known key may do everything, whatever the policies say. */
  readonly enforceIam?: boolean
  /** What goes wrong on purpose. */
  readonly faults: FaultInjector
  /** What runs pods; undefined: stand-ins. */
  readonly engine: EngineChoice | undefined
  /** Who does the work of images that Neargate provides itself. */
  readonly builtins: BuiltinWish
  /** Whether the end of the region leaves what runs in an engine. */
  readonly keepsContainers: () => boolean
  readonly ports: {
    readonly aws: number
    readonly issuers: number
    readonly names: number
    readonly edge: number
    readonly dns: number
  }
  /** How to reach what is not AWS's, where its host names are to be served; undefined where they are not. */
  readonly awsNames: { readonly upstream: string | undefined } | undefined
  /** The answer to a nonce that only this region can give. */
  prove(nonce: string): string | undefined
}

export interface Assembled {
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string
  /** The proxy that serves AWS's host names, where there is one. */
  readonly proxy?: string
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

  const { socket, endpoint, edge, dns } = await openPorts(options, parts)
  const authority = await ensureAuthority(options)
  const issuerKey = issuerKeys(() => regionStores(store))
  const issuers = await startIssuers({ ...options, authority, port: ports.issuers, issuerKey })
  parts.defer(ending('the OIDC issuers', () => issuers.close(), onEnd))

  const schemas = createSchemaLoader()
  const { accountId, adminToken } = identity
  const depsOf = ({ name: region, store: own }: Omit<RegionPlace, 'events'>) => {
    const registry = new ServiceRegistry({
      region,
      accountId,
      ids,
      schemas,
      endpoint,
      injection: options.faults,
    })
    const deps = { store: own, clock, ids, log, region, accountId, caller: registry.caller, pace }
    return { registry, deps }
  }
  // Regions may be added later, when `parts` has become somebody else's.
  const regionParts = new AsyncDisposableStack()
  parts.defer(() => regionParts.disposeAsync())
  const home = { name: identity.region, store, events }
  const atHome = depsOf(home)
  const global = createGlobalServices(atHome.deps, issuerKey)
  const { accessKeyId, secretAccessKey } = await global.iam.ensureAdministrator()
  const admin = (request: AwsRequest): Promise<AwsResponse> => answerAdmin(adminToken, operations, request)
  const shared = {
    global,
    directoryKey: adminToken,
    authority,
    dns: dns.address,
    edge,
    schemas,
    endpoint,
    issuers: issuers.url,
    enforceIam: options.enforceIam !== false,
    injection: options.faults,
    engine: options.engine,
    builtins: options.builtins,
    keepsContainers: options.keepsContainers,
    extra: { [ADMIN_PREFIX]: admin },
  }
  const regions: Regions = new Regions({
    home,
    directory: options.directory,
    build: (place) =>
      createOneRegion(
        {
          ...shared,
          ...(place === home ? atHome : depsOf(place)),
          events: place.events,
          regionsHere: () => regions.names,
        },
        regionParts,
      ),
    onEnd: (name, end) => regionParts.defer(ending(name, end, onEnd)),
  })
  const operations = operationsOf(options, regions)
  socket.serve((request) => regions.handle(request))
  parts.defer(ending('the AWS endpoint', () => socket.close(), onEnd))

  const names = await serveNames(options, { authority, regions }, parts)

  const supervisor = new Supervisor(log)
  parts.defer(ending('the compaction', () => supervisor.stop(), onEnd))
  startCompaction(store, { clock, log, supervisor })
  await regions.run()
  if (options.region !== undefined) await regions.add(options.region)
  const administrator = { accessKeyId, secretAccessKey }
  return { endpoint, ca: authority.cert, administrator, ...(names ? { proxy: names.url } : {}) }
}

function operationsOf(options: AssemblyOptions, regions: Regions): AdminOperations {
  return {
    prove: (nonce) => options.prove(nonce),
    regions: () => regions.names,
    addRegion: (name) => regions.add(name),
    setFaults: async (text, name) => options.faults.set(await parseFaults(text, name)),
    of: (name) => regions.operations(name),
  }
}

async function serveNames(
  options: AssemblyOptions,
  { authority, regions }: { readonly authority: KeyPair; readonly regions: Regions },
  parts: AsyncDisposableStack,
): Promise<{ readonly url: string } | undefined> {
  const { awsNames, ports, clock, log } = options
  if (!awsNames) return undefined
  const handle = (request: AwsRequest): Promise<AwsResponse> => regions.handle(request)
  const names = await startAwsNames({ ...options, ...awsNames, authority, port: ports.names, handle })
  parts.defer(ending("the proxy of AWS's names", () => names.close(), { clock, log }))
  return names
}

// Ports first: whoever connects before all is there waits, and what follows knows its address.
async function openPorts({ store, clock, log, ports, pace }: AssemblyOptions, parts: AsyncDisposableStack) {
  const onEnd = { clock, log }
  const socket = await openSocket({ host: HOST, port: ports.aws, log })
  parts.defer(ending('the AWS port', () => socket.close(), onEnd))
  const edge = await startEdge({ store, clock, log, port: ports.edge }, parts)
  const dns = await startDns({ port: ports.dns, log, pace, resolve: (name) => edge.resolve(name) })
  parts.defer(ending('the DNS server', () => dns.close(), onEnd))
  return { socket, endpoint: `http://${HOST}:${socket.port}`, edge, dns }
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
