// Owns the order in which one region is built beside others that it knows nothing of: network, services, clusters.

import { sha256Hex } from '../base/sha256.ts'
import { createAwsEndpoint, type PlainHandler } from '../aws/protocol/endpoint.ts'
import type { Injection } from '../aws/protocol/injection.ts'
import type { AwsRequest, AwsResponse } from '../aws/protocol/message.ts'
import type { SchemaLoader } from '../aws/protocol/schema.ts'
import type { ServiceDeps } from '../aws/protocol/service.ts'
import type { KeyPair } from '../base/certificate-authority.ts'
import { ending } from '../base/ending.ts'
import type { Log } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import type { Edge } from '../network/edge/edge.ts'
import { runController } from '../reconcile/run-controller.ts'
import type { BuiltinWish } from '../runtime/builtin-choice.ts'
import type { EventStore } from '../store/event-store.ts'
import type { RegionOperations } from './admin.ts'
import type { GlobalServices } from './global-services.ts'
import { createNetwork, type Network } from './network.ts'
import type { ServiceRegistry } from './service-registry.ts'
import { createServices } from './services.ts'
import type { EngineChoice } from './runtime-choice.ts'

// A cluster has several parts that end one after the other.
const CLUSTERS_END_MS = 9_000

export interface OneRegionOptions {
  /** Its own store, name and way to its services. */
  readonly deps: ServiceDeps
  /** Where the lines of its logs are kept. */
  readonly events: EventStore
  readonly registry: ServiceRegistry
  readonly global: GlobalServices
  /** What tells the regions of this directory from those of others on this machine. */
  readonly directoryKey: string
  /** Signs what is reached over https. */
  readonly authority: KeyPair
  /** Where names of load balancers are answered: `127.0.0.1:4569` */
  readonly dns: string
  readonly edge: Edge
  readonly schemas: SchemaLoader
  /** Base URL of the AWS endpoint. */
  readonly endpoint: string
  /** What the issuers of clusters' tokens begin with. */
  readonly issuers: string
  /** Whether IAM decides over every request. */
  readonly enforceIam: boolean
  /** Disturbs calls on purpose. */
  readonly injection: Injection
  /** What runs pods; undefined: stand-ins. */
  readonly engine: EngineChoice | undefined
  /** Who does the work of images that Neargate provides itself. */
  readonly builtins: BuiltinWish
  /** Whether the end of the region leaves what runs in an engine. */
  readonly keepsContainers: () => boolean
  /** By prefix of the path, what is no AWS operation. */
  readonly extra: Readonly<Record<string, PlainHandler>>
  /** Every region that answers here. */
  readonly regionsHere: () => readonly string[]
}

/** A region that answers. */
export interface OneRegion {
  readonly name: string
  readonly operations: RegionOperations
  /** Answers a request that is for this region; never throws. */
  handle(request: AwsRequest): Promise<AwsResponse>
  /** Starts what it held before, and its controllers: once it answers, as its own parts are clients of it. */
  run(): Promise<void>
}

/** Builds a region; `parts` ends it in the reverse order, also when a later phase fails. */
export function createOneRegion(options: OneRegionOptions, parts: AsyncDisposableStack): OneRegion {
  const { deps, registry, global, schemas } = options
  const { clock, ids, log, region, accountId, pace } = deps
  const onEnd = { clock, log }
  const network = createNetwork({
    edge: options.edge,
    clock,
    log,
    pace,
    key: networkKey(options.directoryKey, region),
  })
  const services = createServices({ ...options, network })
  const authorizer = options.enforceIam ? services.authorizer : undefined
  registry.complete(services.all, authorizer)
  // Controllers end before the network that they act on, clusters before the controllers that look after them.
  const supervisor = new Supervisor(log)
  parts.defer(
    ending('the controllers', () => supervisor.stop(), { ...onEnd, pending: () => supervisor.running }),
  )
  parts.defer(ending('the clusters', () => services.clusters.stop(), { ...onEnd, limitMs: CLUSTERS_END_MS }))
  const aws = createAwsEndpoint({
    services: services.all,
    credentials: global.credentials,
    authorizer,
    injection: options.injection,
    region,
    regionsHere: options.regionsHere,
    accountId,
    clock,
    ids,
    log,
    schemas,
    extra: { ...options.extra, [services.handles.prefix]: (request) => services.handles.receive(request) },
  })
  return {
    name: region,
    operations: services.operations,
    handle: (request) => aws.handle(request),
    async run() {
      await sweepNetworks(network, log)
      await services.furnish()
      await services.clusters.resume()
      for (const controller of services.controllers) runController(controller, { clock, log, supervisor })
    },
  }
}

// Short: it is part of names that people see in `ip netns`.
function networkKey(directoryKey: string, region: string): string {
  return sha256Hex(`${directoryKey} ${region}`, 8)
}

async function sweepNetworks({ podNetworks }: Network, log: Log): Promise<void> {
  if ('missing' in podNetworks) return
  await podNetworks
    .sweep()
    .catch((error: unknown) => log.warn('networks of a former run were not removed', { error }))
}
