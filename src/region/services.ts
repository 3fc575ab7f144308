// Owns the AWS services of a region: each is built from what is complete before it.
import { join } from 'node:path'

import { packageText } from '../base/package-files.ts'
import { createAwsClient } from '../aws/client/client.ts'
import type { SchemaLoader } from '../aws/protocol/schema.ts'
import type { Authorizer } from '../aws/protocol/authorizer.ts'
import type { AwsCaller, AwsService, Principal, ServiceDeps } from '../aws/protocol/service.ts'
import { createAuthorizer } from '../aws/authorization/authorizer.ts'
import { createAcm } from '../aws/services/acm/index.ts'
import { createAutoScaling } from '../aws/services/auto-scaling/index.ts'
import { createServicesBeside } from '../aws/services/beside/index.ts'
import { type CloudFormationService, createCloudFormation } from '../aws/services/cloudformation/index.ts'
import { createEc2, type Ec2, type InstanceRecord } from '../aws/services/ec2/index.ts'
import {
  createClusterAccess,
  createEks,
  type EksService,
  offeredVersions,
  type VersionCalendar,
} from '../aws/services/eks/index.ts'
import { createEksAuth } from '../aws/services/eks-auth/index.ts'
import { createElb, type ClassicElbService } from '../aws/services/elb/index.ts'
import { createElbv2, type ElbService } from '../aws/services/elbv2/index.ts'
import { createLogs } from '../aws/services/logs/index.ts'
import type { KeyPair } from '../base/certificate-authority.ts'
import type { Clock } from '../base/clock.ts'
import type { Controller } from '../reconcile/controller.ts'
import type { BuiltinWish } from '../runtime/builtin-choice.ts'
import type { EventStore } from '../store/event-store.ts'
import { createEngineUplinks } from '../runtime/engine/uplinks.ts'
import type { RegionOperations } from './admin.ts'
import type { ClusterWorld } from './cluster.ts'
import { Clusters } from './clusters.ts'
import { mayStartCni } from './cni-rights.ts'
import type { GlobalServices } from './global-services.ts'
import { createGroupKeepers } from './group-keeper.ts'
import { instanceCredentials, roleOfProfile, sessionKeys } from './instance-credentials.ts'
import { instanceNodesController } from './instance-nodes.ts'
import { instanceSignalsController } from './instance-signals.ts'
import type { Network } from './network.ts'
import { createPodNetworkWorld, type PodNetworkWorldOptions } from './pod-network-world.ts'
import type { EngineWorld } from './pod-runtime.ts'
import type { OpenAws } from './pod-session.ts'
import { podTokens } from './pod-token.ts'
import { CLUSTER_TAG } from '../rules/auto-mode/tags.ts'
import { regionStatus } from './status.ts'
import { createUplinks } from './uplinks.ts'
import type { EngineChoice } from './runtime-choice.ts'

export interface ServicesOptions {
  readonly deps: ServiceDeps
  /** Where the lines of logs are kept. */
  readonly events: EventStore
  readonly network: Network
  readonly schemas: SchemaLoader
  /** Base URL of the AWS endpoint, for clients inside of the region. */
  readonly endpoint: string
  /** What the issuers of clusters' tokens begin with. */
  readonly issuers: string
  readonly global: GlobalServices
  /** Signs the certificates that are requested. */
  readonly authority: KeyPair
  /** Where names of load balancers are answered. */
  readonly dns: string
  /** False: whatever the policies say, everybody may do everything. */
  readonly enforceIam: boolean
  /** What runs pods; undefined: stand-ins. */
  readonly engine: EngineChoice | undefined
  /** Who does the work of images that Neargate provides itself. */
  readonly builtins: BuiltinWish
  /** Whether the end of the region leaves what runs in an engine. */
  readonly keepsContainers: () => boolean
}

export interface Services {
  readonly all: readonly AwsService[]
  readonly authorizer: Authorizer
  readonly clusters: Clusters
  /** Where the handles of wait conditions are sent signals. */
  readonly handles: CloudFormationService['handles']
  readonly controllers: readonly Controller[]
  /** Makes what a new region has from the start. */
  furnish(): Promise<void>
  /** What only a near region can be asked. */
  readonly operations: RegionOperations
}

type OfServices = 'ec2' | 'sts' | 'aws' | 'nodeSession' | 'podAt'

function engineWorld(
  { engine, network, deps, endpoint, keepsContainers }: ServicesOptions,
  services: Pick<PodNetworkWorldOptions, OfServices> & {
    readonly ec2: Pick<Ec2, 'waysOut' | 'groupMembers'>
  },
): EngineWorld | undefined {
  const { podNetworks: networks, vpcs, edge } = network
  // Where there can be no networks, no engine was chosen.
  if (!engine || 'missing' in networks) return undefined
  const { accountId, region } = deps
  const directory = join(engine.directory, region)
  const owner = `${accountId}/${region}`
  const { waysOut, groupMembers } = services.ec2
  const upstreams = createEngineUplinks({ ...engine.engine, owner })
  const uplinks = engine.hasUplink
    ? createUplinks({ ...deps, upstreams, waysOut, keeps: keepsContainers })
    : undefined
  return {
    engine: engine.engine,
    network: createPodNetworkWorld({
      ...deps,
      ...services,
      networks,
      vpcs,
      edge,
      uplinks,
      groups: createGroupKeepers({ ...deps, groups: groupMembers }),
      endpoint,
    }),
    directory,
    owner,
  }
}

/** Builds every service; nothing runs yet. */
export function createServices(options: ServicesOptions): Services {
  const { deps, events, network, schemas, endpoint, issuers, authority, dns } = options
  const { iam, sts, credentials, webIdentity } = options.global
  const { clock, region, caller } = deps
  const ec2 = createEc2(deps)
  const logs = createLogs(deps, events)
  const aws: OpenAws = (credentialsOf) => createAwsClient({ endpoint, region, schemas, ...credentialsOf })
  const nodeSession: ClusterWorld['nodeSession'] = ({ vpcId, nodeName }) =>
    instanceCredentials({ ec2, caller, sts }, { vpcId, nodeName })
  const podAt: PodNetworkWorldOptions['podAt'] = (vpcId, ip) => clusters.podAt(vpcId, ip)
  const clusters: Clusters = new Clusters({
    ...deps,
    ec2,
    vpcs: network.vpcs,
    engine: engineWorld(options, { ec2, sts, aws, nodeSession, podAt }),
    builtins: options.builtins,
    keepsContainers: options.keepsContainers,
    access: (host) => createClusterAccess(deps, { host, credentials }),
    aws,
    nodeSession,
    clusterSession: async (roleArn, clusterName) =>
      sessionKeys(await sts.clusterSession({ roleArn, clusterName })),
    fargateSession: async (request) => sessionKeys(await sts.fargateSession(request)),
  })
  const eks = createEks(deps, { host: clusters, versions: versionsOffered(clock), credentials, issuers })
  const eksAuth = createEksAuth(deps, {
    verify: podTokens(webIdentity, eks.clusters),
    association: (account) => eks.podIdentity(account),
    openSession: (request) => sts.podSession(request),
  })
  const acm = createAcm(deps, {
    authority,
    usersOf: (arn) => [elb, elbv2].flatMap((each) => each.certificateUsers(arn)),
  })
  const balancing = { plane: network.plane, ingress: ec2.ingress, certificates: acm }
  const elb: ClassicElbService = createElb(deps, balancing)
  const elbv2: ElbService = createElbv2(deps, balancing)
  const autoScaling = createAutoScaling(deps, { instances: ec2.instances })
  const cloudformation = createCloudFormation(deps, endpoint)
  const reconciling = [ec2, eks, elb, elbv2, cloudformation, autoScaling, logs]
  return {
    all: [
      ...[...reconciling, iam, sts, eksAuth, acm].map(({ service }) => service),
      ...createServicesBeside(deps),
    ],
    authorizer: createAuthorizer({
      rightsOf: (principal) => iam.rightsOf(principal),
      resourcePolicy: (action, arn, principal) => iam.resourcePolicy(action, arn, principal),
      caller,
      clock,
    }),
    clusters,
    furnish: () => ec2.ensureDefaultVpc(),
    handles: cloudformation.handles,
    controllers: [
      instanceNodes(options, { ec2, clusters, eks }),
      instanceSignalsController({ ec2, caller, handles: cloudformation.handles }),
      ...reconciling.flatMap(({ controllers }) => controllers),
    ],
    operations: {
      status: () => regionStatus({ ...deps, dns, eks, clusters, plane: network.plane }),
      async prepareNetwork(request) {
        const { vpcId, created } = await ec2.prepareNetwork(request)
        return { vpcId, created: created.length > 0 }
      },
    },
  }
}

/** What makes nodes of the instances of clusters. */
function instanceNodes(
  options: ServicesOptions,
  { ec2, clusters, eks }: { readonly ec2: Ec2; readonly clusters: Clusters; readonly eks: EksService },
): Controller {
  const { region, caller } = options.deps
  return instanceNodesController({
    ec2,
    region,
    cluster: (name) => clusters.find(name),
    diskGiB: (instance) => rootDisk(caller, instance),
    nodegroupShape: (cluster, nodegroup) => eks.nodegroupShape(cluster, nodegroup),
    async admits(cluster, { profileArn }) {
      const profile = profileArn?.split('/').at(-1)
      const roleArn = profile === undefined ? undefined : await roleOfProfile(caller, profile)
      return roleArn !== undefined && (await eks.admitsNode(cluster, roleArn))
    },
    mayStartNetwork: networkRights(options, { clusters, eks }),
  })
}

/** Whether the network plugin of a node may start, by what IAM says. */
function networkRights(
  { deps: { caller, accountId }, global: { iam }, enforceIam }: ServicesOptions,
  { clusters, eks }: { readonly clusters: Clusters; readonly eks: EksService },
): (clusterName: string, instance: InstanceRecord) => Promise<boolean> {
  return async (clusterName, { profileArn, tags }) => {
    // Of Auto Mode's nodes EKS itself looks after the network.
    if (!enforceIam || tags[CLUSTER_TAG] !== undefined) return true
    return await mayStartCni({
      client: clusters.client(clusterName),
      ipFamily: clusters.get(clusterName).api.ipFamily,
      podIdentity: ({ namespace, name: serviceAccount }) =>
        eks.podIdentity({ clusterName, namespace, serviceAccount })?.roleArn,
      nodeRole: async () => await roleOfProfile(caller, profileArn?.split('/').at(-1) ?? ''),
      policiesOf: (arn) => iam.rightsOf(sessionOf(arn, accountId)).policies,
    })
  }
}

function versionsOffered(clock: Clock): ReturnType<typeof offeredVersions> {
  const text = packageText('data/kubernetes-versions.json')
  // Part of the package; its shape is checked by a test of config/.
  return offeredVersions(JSON.parse(text) as VersionCalendar, clock.now())
}

/** Whoever acts with a role of the account. */
function sessionOf(roleArn: string, accountId: string): Principal {
  const session = { roleArn, issuedAtMs: 0 }
  return { accountId, arn: roleArn, userId: '', accessKeyId: '', session }
}

const DEFAULT_DISK_GIB = 20

async function rootDisk(caller: AwsCaller, { volumeIds }: InstanceRecord): Promise<number> {
  type Answer = { readonly Volumes?: readonly { readonly Size?: number }[] }
  const { Volumes = [] } = await caller.call<Answer>('ec2', 'DescribeVolumes', { VolumeIds: [...volumeIds] })
  return Volumes[0]?.Size ?? DEFAULT_DISK_GIB
}
