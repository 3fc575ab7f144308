// Owns the putting together of one cluster's API server.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

import { onAbort } from '../../base/abort.ts'
import type { IpFamily } from '../../base/address-range.ts'
import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { Store } from '../../store/store.ts'
import type { KubernetesClient } from '../client/client.ts'
import type { ServedResources } from '../client/served-resources.ts'
import type { Kind } from '../resources/kind.ts'
import { builtinKinds } from '../resources/index.ts'
import { KindTable } from '../resources/kind-table.ts'
import type { Admission } from '../registry/admission.ts'
import { Registry } from '../registry/registry.ts'
import { ServiceAddresses } from '../registry/service-addresses.ts'
import { Storage } from '../registry/storage.ts'
import { podKind } from '../resources/pod.ts'
import { secretKind } from '../resources/secret.ts'
import { serviceAccountKind } from '../resources/service-account.ts'
import { Aggregator } from './aggregation/aggregator.ts'
import { publishFrontProxy, type FrontProxy } from './aggregation/front-proxy.ts'
import { keepLocalServices } from './aggregation/local-services.ts'
import { AdmissionChain } from './admission/chain.ts'
import { expressionWarnings } from './admission/expression-warnings.ts'
import { builtinAdmission } from './admission/index.ts'
import type { Api } from './api.ts'
import type { RequestObserver } from './request-observer.ts'
import { createAuthentication } from './authentication.ts'
import { createAuthorization } from './authorization.ts'
import { bootstrap, publishEndpoints } from './bootstrap/bootstrap.ts'
import { nodeRules } from './bootstrap/policy.ts'
import { requireNoEscalation } from './escalation.ts'
import { FlowControl } from './flow-control.ts'
import { FairQueue } from './fair-queue.ts'
import { createWebhookConverter } from './conversion-webhook.ts'
import { followDefinitions } from './custom-kinds.ts'
import { handle } from './handler.ts'
import type { ApiRequest, ApiResponse } from './http.ts'
import { listen, type Listener, type ListenOptions } from './listen.ts'
import { LocalClient } from './local-client.ts'
import { RequestMetrics } from './metrics.ts'
import { OpenApiV2Source } from './openapi-v2.ts'
import { createNodeAuthorizer } from './node-authorizer.ts'
import { Outbound } from './outbound/outbound.ts'
import type {
  AdmissionPlugin,
  Authorizer,
  ClusterNetwork,
  ExtensionProbe,
  PolicyChecker,
  KubeletGateway,
  TokenAuthenticator,
  UserInfo,
} from './ports.ts'
import { reviews } from './reviews.ts'
import { Rbac } from './rbac.ts'
import { ServiceAccountTokens, type ServiceAccountKeys, type TokenBinding } from './service-account-tokens.ts'
import { WatchFrames } from './watch-frames.ts'
import { serveUpgrade } from './upgrade.ts'
import { gitVersionOf } from './version.ts'

export interface ApiServerOptions {
  readonly store: Store
  /** Keys of this cluster start with it, e.g. `/clusters/demo/`. */
  readonly storePrefix: string
  /** `1.34` */
  readonly version: string
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** `10.100.0.0/16` */
  readonly serviceCidr: string
  /** Asked after service account tokens, in order. */
  readonly authenticators: readonly TokenAuthenticator[]
  /** Asked after RBAC, in order. */
  readonly authorizers: readonly Authorizer[]
  /** Run after the built-in steps, in order. */
  readonly admission: readonly AdmissionPlugin[]
  readonly kubelet: KubeletGateway
  readonly network: ClusterNetwork
  readonly frontProxy: FrontProxy
  /** Told of every request over HTTPS. */
  readonly requests?: RequestObserver
  /** `iss` of service account tokens, and their default audience. */
  readonly serviceAccountIssuer: string
  readonly serviceAccountKeys: ServiceAccountKeys
}

/** The API server of one cluster. */
export interface ApiServer extends ExtensionProbe, PolicyChecker {
  /** `v1.34.0-eks-1a2b3c4` */
  readonly gitVersion: string
  /** Of Services, and so of pods: a cluster of EKS has one. */
  readonly ipFamily: IpFamily
  /**
   * Has the server say and do what it does at another version, `1.35`. Requests and watches that are under way go on:
   * the server of the older version reads what this one stores, and the reverse.
   */
  setVersion(version: string): void
  readonly tokens: ServiceAccountTokens
  /** Answers a request as if it had come over HTTPS. Never rejects. */
  handle(request: ApiRequest): Promise<ApiResponse>
  /** Serves HTTPS until `close`. Rejects when the port is taken. */
  listen(options: ListenOptions): Promise<{ readonly port: number }>
  /** A client of this process, with the rights of `user`. */
  client(user: UserInfo, fieldManager: string): KubernetesClient
  /** What is stored, listed and watched here, as it comes and goes. */
  readonly resources: ServedResources
  /** Makes a kind part of the API. @returns a function that takes it out again. */
  addKind(kind: Kind): () => void
  /** @returns a function that takes the plugin out again. */
  addAdmission(plugin: AdmissionPlugin): () => void
  /** @returns a function that takes the authorizer out again. */
  addAuthorizer(authorizer: Authorizer): () => void
  /** Ends all connections and watches; the store stays open. */
  close(): Promise<void>
}

/** The user with all rights, as which the control plane itself acts. */
export const CONTROL_PLANE: UserInfo = {
  username: 'system:apiserver',
  groups: ['system:masters', 'system:authenticated'],
}

// As which a server that starts fills its cluster: that cannot wait for webhooks, which may be pods of the cluster.
const STARTING: UserInfo = { ...CONTROL_PLANE }

/** Builds the server and fills an empty cluster with what every cluster starts with. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { store, storePrefix, clock, ids, log, serviceCidr } = options
  let { version } = options
  const storage = new Storage(store, storePrefix)
  const addresses = new ServiceAddresses(storage, ids, serviceCidr)
  const closing = new AbortController()
  const rbac = new Rbac(storage, closing.signal)
  const authorizers = [...options.authorizers]
  const nodes = createNodeAuthorizer(storage, nodeRules())
  const authorization = createAuthorization(rbac, { first: [nodes], last: authorizers })
  const kinds = new KindTable(builtinKinds)
  const outbound = new Outbound({ storage, network: options.network, clock, ids })
  const isExempt = (user: UserInfo): boolean => user === STARTING
  const added = options.admission
  const admission = new AdmissionChain(
    builtinAdmission({
      storage,
      ids,
      added,
      kinds,
      outbound,
      authorization,
      isExempt,
      clock,
      minor: () => Number(version.split('.')[1]),
    }),
  )
  const registry = new Registry({
    storage,
    clock,
    ids,
    log,
    addresses,
    admission: withoutEscalation(admission, { rbac, authorization }),
  })
  const tokens = await ServiceAccountTokens.load({
    issuer: options.serviceAccountIssuer,
    keys: options.serviceAccountKeys,
    clock,
    ids,
    isAlive: (binding) => isAlive(storage, binding),
  })
  const api: Api = {
    closing: closing.signal,
    kinds,
    registry,
    metrics: new RequestMetrics(),
    openApiV2: new OpenApiV2Source(),
    flowControl: new FlowControl(storage, closing.signal),
    queue: new FairQueue(() => clock.now()),
    tokens,
    clock,
    ids,
    log,
    kubelet: options.kubelet,
    frames: new WatchFrames(clock),
    network: options.network,
    outbound,
    aggregator: new Aggregator({ storage, kinds, outbound, frontProxy: options.frontProxy }),
    authorization,
    requests: options.requests,
    authentication: createAuthentication(tokens, options.authenticators),
    get gitVersion() {
      return gitVersionOf(version)
    },
  }
  const client = new LocalClient(api, STARTING, 'kube-apiserver')
  const { family } = addresses
  const address = { ip: endpointOf(family, '127.0.0.1'), port: 443 }
  await bootstrap(client, { clock, serviceCidr, serviceIp: addresses.firstIp, address })
  const convert = createWebhookConverter({ outbound, ids })
  onAbort(closing.signal, followDefinitions({ storage, kinds, log, convert }))
  await publishFrontProxy(client, options.frontProxy)
  const endLocalServices = await keepLocalServices({ client, clock, kinds, log }, reviews)
  const setVersion = (next: string): void => {
    version = next
  }
  return assemble({ api, client, family, admission, authorizers, closing, endLocalServices, setVersion })
}

// Endpoints of a Service are of its family, whatever the server itself listens on.
function endpointOf(family: IpFamily, host: string): string {
  return family === 'IPv6' ? '::1' : host
}

/** Admission that looks at what its steps have made of a role or a binding. */
function withoutEscalation(
  admission: AdmissionChain,
  judges: Parameters<typeof requireNoEscalation>[0],
): Admission {
  return {
    async admit(request) {
      const object = await admission.admit(request)
      requireNoEscalation(judges, { ...request, object })
      return object
    },
    validate: (request) => admission.validate(request),
  }
}

function assemble(parts: {
  readonly api: Api
  readonly client: KubernetesClient
  readonly family: IpFamily
  readonly admission: AdmissionChain
  readonly authorizers: Authorizer[]
  readonly closing: AbortController
  readonly endLocalServices: () => Promise<void>
  readonly setVersion: (version: string) => void
}): ApiServer {
  const { api, client, family, admission, authorizers, closing, endLocalServices, setVersion } = parts
  const listeners: Listener[] = []
  return {
    get gitVersion() {
      return api.gitVersion
    },
    ipFamily: family,
    setVersion,
    tokens: api.tokens,
    handle: (request) => handle(api, request),
    probe: (apiService) => api.aggregator.probe(apiService),
    async listen(where) {
      const listener = await listen(where, {
        log: api.log,
        handle: (request) => handle(api, request),
        upgrade: (request: ApiRequest, socket: Duplex, head: Buffer, raw: IncomingMessage) =>
          serveUpgrade(api, { request, socket, head, raw }),
      })
      listeners.push(listener)
      await publishEndpoints(client, { ip: endpointOf(family, where.host), port: listener.port })
      return { port: listener.port }
    },
    client: (user, fieldManager) => new LocalClient(api, user, fieldManager),
    resources: api.kinds.resources,
    expressionWarnings: (spec, suffix) => expressionWarnings(spec, api.kinds.all, suffix),
    addKind: (kind) => api.kinds.add(kind),
    addAdmission: (plugin) => admission.add(plugin),
    addAuthorizer(authorizer) {
      authorizers.push(authorizer)
      return () => void authorizers.splice(authorizers.indexOf(authorizer), 1)
    },
    async close() {
      closing.abort()
      await endLocalServices()
      api.outbound.close()
      await Promise.all(listeners.splice(0).map((listener) => listener.close()))
    },
  }
}

// A token ends with what it is bound to.
function isAlive(storage: Storage, { namespace, name, uid, pod, secret }: TokenBinding): boolean {
  const account = storage.get(serviceAccountKind, { namespace, name })
  if (account?.metadata.uid !== uid) return false
  if (secret) {
    const kept = storage.get(secretKind, { namespace, name: secret.name })
    const isGoing = kept?.metadata.deletionTimestamp !== undefined
    return !isGoing && kept?.data?.['token'] === Buffer.from(secret.token).toString('base64')
  }
  if (!pod) return true
  const found = storage.get(podKind, { namespace, name: pod.name })
  return found?.metadata.uid === pod.uid
}
