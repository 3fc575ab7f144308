// Owns the wiring of a region: every part is built here, started in order, and stopped in the reverse one.
import { readFileSync } from 'node:fs'

import type { CredentialSource } from '../aws/protocol/credentials.ts'
import { createAwsClient } from '../aws/client/client.ts'
import { createAwsEndpoint } from '../aws/protocol/endpoint.ts'
import type { Listening } from '../aws/protocol/listen.ts'
import type { AwsRequest, AwsResponse } from '../aws/protocol/message.ts'
import { createSchemaLoader } from '../aws/protocol/schema.ts'
import type { AwsCaller, AwsService, ServiceDeps } from '../aws/protocol/service.ts'
import { createAutoScaling } from '../aws/services/auto-scaling/index.ts'
import { createCloudFormation } from '../aws/services/cloudformation/index.ts'
import { createEc2, type Ec2, type InstanceRecord } from '../aws/services/ec2/index.ts'
import {
  createEks,
  offeredVersions,
  type EksService,
  type VersionCalendar,
} from '../aws/services/eks/index.ts'
import { createElbv2 } from '../aws/services/elbv2/index.ts'
import { createIam, type AccessKeyRecord } from '../aws/services/iam/index.ts'
import { createLogs } from '../aws/services/logs/index.ts'
import { createSts } from '../aws/services/sts/index.ts'
import type { Clock } from '../base/clock.ts'
import { ending } from '../base/ending.ts'
import { messageOf, UserError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import type { Controller } from '../reconcile/controller.ts'
import { runController } from '../reconcile/run-controller.ts'
import { createVpcs } from '../network/dialer.ts'
import { createEdge, type PortMemory } from '../network/edge/edge.ts'
import { createLoadBalancerPlane } from '../network/nlb/plane.ts'
import { startCompaction } from '../store/compaction.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Store } from '../store/store.ts'
import { Table } from '../store/table.ts'
import { handleAdmin, type AdminOperations, type NetworkRequest, type NetworkResult } from './admin.ts'
import { Clusters } from './clusters.ts'
import type { NewIdentity } from './identity.ts'
import { instanceCredentials } from './instance-credentials.ts'
import { instanceNodesController } from './instance-nodes.ts'
import { regionStatus } from './status.ts'
import { createWebIdentityVerifier } from './web-identity.ts'

// A target that has not passed a check yet is looked at this often where nothing imitates AWS's pace.
const FAST_CHECK_MS = 20
const ADMIN_PREFIX = '/_neargate/'

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
  readonly ports: { readonly aws: number; readonly edge: number }
  /** The answer to a nonce that only this region can give. */
  prove(nonce: string): string | undefined
}

export interface Assembled {
  /** Port of the AWS endpoint. */
  readonly port: number
  /** The key that everybody on this machine who may read the data directory acts with. */
  readonly administrator: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

// A cluster has several parts that end one after the other.
const CLUSTERS_END_MS = 9_000

/** Builds and starts everything; `parts` ends it, also when a later part fails. @throws UserError when a port is taken. */
export async function assemble(options: AssemblyOptions, parts: AsyncDisposableStack): Promise<Assembled> {
  const { store, clock, log } = options
  const supervisor = new Supervisor(log)
  const network = await startNetwork(options, parts)
  // Controllers end before the network that they act on.
  parts.defer(
    ending('the controllers', () => supervisor.stop(), { clock, log, pending: () => supervisor.running }),
  )
  startCompaction(store, { clock, log, supervisor })
  const aws = await createServices(options, network)
  parts.defer(ending('the clusters', () => aws.clusters.stop(), { clock, log, limitMs: CLUSTERS_END_MS }))
  const listening = await aws.listen()
  parts.defer(ending('the AWS endpoint', () => listening.close(), { clock, log }))
  await aws.clusters.resume()
  for (const controller of aws.controllers) runController(controller, { clock, log, supervisor })
  const { accessKeyId, secretAccessKey } = aws.administrator
  return { port: listening.port, administrator: { accessKeyId, secretAccessKey } }
}

type Network = Awaited<ReturnType<typeof startNetwork>>

async function startNetwork(
  { store, clock, log, pace, ports }: AssemblyOptions,
  parts: AsyncDisposableStack,
) {
  const vpcs = createVpcs({ clock })
  const edge = createEdge({ clock, log, sharedPort: ports.edge, ports: portMemory(store, log) })
  parts.defer(ending('the edge', () => edge.close(), { clock, log }))
  try {
    await edge.start()
  } catch (error) {
    throw new UserError(messageOf(error), {
      help: 'Stop what uses the port, or choose other ones with --port (the load balancers take the port 14 above it).',
      cause: error,
    })
  }
  const initialCheckIntervalMs = pace > 0 ? undefined : FAST_CHECK_MS
  const plane = createLoadBalancerPlane({
    vpcs,
    edge,
    clock,
    log,
    ...(initialCheckIntervalMs === undefined ? {} : { initialCheckIntervalMs }),
  })
  return { vpcs, edge, plane }
}

/** Dedicated ports of listeners stay the same over restarts. */
function portMemory(store: Store, log: Log): PortMemory {
  const table = new Table<number>(store, 'region/listener-ports')
  return {
    get: (arn) => table.get(arn),
    set: (arn, port) => {
      table
        .put(arn, port)
        .catch((error: unknown) => log.warn('a listener port was not remembered', { arn, error }))
    },
  }
}

interface Services {
  readonly administrator: AccessKeyRecord
  readonly clusters: Clusters
  readonly controllers: readonly Controller[]
  listen(): Promise<Listening>
}

async function createServices(options: AssemblyOptions, network: Network): Promise<Services> {
  const { store, identity, clock, ids, log } = options
  const { region, accountId } = identity
  const services: AwsService[] = []
  const sources: CredentialSource[] = []
  const credentials = anyOf(sources)
  const schemas = createSchemaLoader()
  const endpoint = createAwsEndpoint({
    services,
    credentials,
    region,
    accountId,
    clock,
    ids,
    log,
    schemas,
    extra: { [ADMIN_PREFIX]: (request) => answerAdmin(identity.adminToken, operations, request) },
  })
  const { caller } = endpoint
  const deps: ServiceDeps = { store, clock, ids, log, region, accountId, caller, pace: options.pace }
  const ec2 = createEc2(deps)
  const iam = createIam(deps)
  const logs = createLogs(deps, options.events)
  const autoScaling = createAutoScaling(deps, { instances: ec2.instances })
  let address = ''
  const clusters = new Clusters({
    store,
    clock,
    ids,
    log,
    region,
    ec2,
    vpcs: network.vpcs,
    eks: () => eks,
    aws: (credentialsOf) => createAwsClient({ endpoint: address, region, schemas, ...credentialsOf }),
    nodeSession: ({ vpcId, nodeName }) =>
      instanceCredentials({ ec2, caller, sts }, { vpcId, nodeName, region }),
  })
  const webIdentity = createWebIdentityVerifier((issuer) => clusters.issuerKey(issuer), clock)
  const sts = createSts(deps, { roles: iam, webIdentity })
  const eks: EksService = createEks(deps, { host: clusters, versions: versionsOffered(clock), credentials })
  const elbv2 = createElbv2(deps, { plane: network.plane, ingress: ec2.ingress })
  const cloudFormation = createCloudFormation(deps)
  const parts = [ec2, eks, elbv2, cloudFormation, autoScaling, logs]
  sources.push(iam, sts)
  services.push(...[...parts, iam, sts].map((part) => part.service))
  const operations: AdminOperations = {
    prove: (nonce) => options.prove(nonce),
    status: () => regionStatus({ region, accountId, store, eks, clusters, caller, plane: network.plane }),
    prepareNetwork: (request) => prepared(ec2, request),
  }
  const nodes = instanceNodesController({
    ec2,
    region,
    cluster: (name) => clusters.find(name),
    diskGiB: (instance) => rootDisk(caller, instance),
    nodegroupShape: (cluster, nodegroup) => eks.nodegroupShape(cluster, nodegroup),
  })
  return {
    clusters,
    controllers: [nodes, ...parts.flatMap((part) => part.controllers)],
    administrator: await iam.ensureAdministrator(),
    async listen() {
      const listening = await endpoint.listen({ port: options.ports.aws })
      address = `http://127.0.0.1:${listening.port}`
      return listening
    },
  }
}

/** The first source that knows a key; read at each request, so that sources may still be added. */
function anyOf(sources: readonly CredentialSource[]): CredentialSource {
  return { find: (accessKeyId) => sources.map((source) => source.find(accessKeyId)).find(Boolean) }
}

function versionsOffered(clock: Clock): ReturnType<typeof offeredVersions> {
  const text = readFileSync(new URL('../../data/kubernetes-versions.json', import.meta.url), 'utf8')
  // Part of the package; its shape is checked by a test of config/.
  return offeredVersions(JSON.parse(text) as VersionCalendar, clock.now())
}

async function prepared(ec2: Ec2, request: NetworkRequest): Promise<NetworkResult> {
  const { vpcId, created } = await ec2.prepareNetwork(request)
  return { vpcId, created: created.length > 0 }
}

const DEFAULT_DISK_GIB = 20

async function rootDisk(caller: AwsCaller, { volumeIds }: InstanceRecord): Promise<number> {
  type Answer = { readonly Volumes?: readonly { readonly Size?: number }[] }
  const { Volumes = [] } = await caller.call<Answer>('ec2', 'DescribeVolumes', { VolumeIds: [...volumeIds] })
  return Volumes[0]?.Size ?? DEFAULT_DISK_GIB
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
