// Owns one running cluster: its API server, its control loops, its nodes, and how they are wired together.
import type { Pod } from '../../generated/kubernetes.d.ts'
import type { AwsCaller } from '../aws/protocol/service.ts'
import type { Ec2 } from '../aws/services/ec2/index.ts'
import type { ClusterAccess } from '../aws/services/eks/index.ts'
import type { ClusterHostSpec } from '../aws/services/eks/ports.ts'
import type { Clock } from '../base/clock.ts'
import { ending } from '../base/ending.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { createAutoCompute } from '../controllers/autocompute/index.ts'
import { createApiServiceController } from '../controllers/apiservice/controller.ts'
import { createPolicyStatusController } from '../controllers/validatingadmissionpolicystatus/controller.ts'
import { createFargateAdmission } from '../controllers/fargate/admission.ts'
import { createFargateMachineCollector } from '../controllers/fargate/machine-collector.ts'
import { createFargateScheduler, type FargateSchedulerOptions } from '../controllers/fargate/scheduler.ts'
import { createLoggingAdmission, loggingConfiguration } from '../controllers/fargate/logging.ts'
import { createControllerContext } from '../reconcile/context.ts'
import type { Controller, ControllerContext } from '../reconcile/controller.ts'
import { runController } from '../reconcile/run-controller.ts'
import { createCloudServiceController } from '../controllers/cloudservice/controller.ts'
import { builtinControllers } from '../controllers/index.ts'
import { createServiceMutator } from '../controllers/loadbalancer/index.ts'
import { createIrsaAdmission } from '../controllers/irsa/admission.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { nodes } from '../kubernetes/client/resources.ts'
import { createApiServer, type ApiServer, type ApiServerOptions } from '../kubernetes/server/api-server.ts'
import { createCertificateController } from '../controllers/certificates/controller.ts'
import { createCertificateAuthority } from '../kubernetes/server/certificate-signer.ts'
import type { ClusterCertificates } from '../kubernetes/server/certificates.ts'
import type { KubeletGateway, MutatingPlugin } from '../kubernetes/server/ports.ts'
import type { Vpcs } from '../network/dialer.ts'
import { createNodeAgents, type NodeAgents } from '../node/agents.ts'
import { startPolicyKeeper } from '../node/policy-keeper.ts'
import type { PodUsage } from '../node/usage.ts'
import { standinBuiltins, type BuiltinWish } from '../runtime/builtin-choice.ts'
import { systemBuiltins } from '../runtime/standin/builtins.ts'
import { createStandinRuntime, type StandinRecord } from '../runtime/standin/standin.ts'
import { AUTO_MODE } from '../rules/load-balancer/edition.ts'
import type { Store } from '../store/store.ts'
import { Table } from '../store/table.ts'
import { createAutoMachines } from './auto-machines.ts'
import { createAutoServices } from './auto-services.ts'
import { followAutoMode } from './auto-mode.ts'
import { createControlPlaneLogs, type ControlPlaneLogs } from './control-plane-logs.ts'
import {
  createFargateMachines,
  fargateMachineTable,
  type FargateMachineRecord,
  type FargateMachines,
  type FargateMachinesOptions,
} from './fargate-machines.ts'
import { FargateMeter, meterTables, type FargateRun, type FargateUse } from './fargate-meter.ts'
import { asClusterRole } from './cluster-role.ts'
import { metadataOf, type Session } from './instance-credentials.ts'
import { ebsBuiltin } from './ebs-builtin.ts'
import { efsBuiltin } from './efs-builtin.ts'
import { loadBalancerBuiltin } from './load-balancer-builtin.ts'
import { startLogRouters, type LogRouterRecord, type LogRoutersOptions } from './log-router.ts'
import type { OpenAws } from './pod-session.ts'
import { metricsBuiltin } from './metrics-builtin.ts'
import {
  cidrOf,
  enginePods,
  standinsOnly,
  type EngineWorld,
  type PodRuntime,
  type VpcBlocks,
} from './pod-runtime.ts'
import { podSecurityGroups } from './pod-security-groups.ts'
import { createPodAddresses, type PodAddressRecord } from './pod-addresses.ts'

/** What every cluster of a region shares. */
export interface ClusterWorld {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly region: string
  readonly vpcs: Vpcs
  readonly ec2: Ec2
  readonly aws: OpenAws
  /** The way to the services that keep what the control plane says. */
  readonly caller: AwsCaller
  /** Keys of the role of a cluster, for what EKS does in its name. */
  readonly clusterSession: (roleArn: string, clusterName: string) => Promise<Session>
  /** Keys of a pod execution role, for the log router of a pod. */
  readonly fargateSession: LogRoutersOptions['fargateSession']
  /** Keys of the role of a node, as its metadata service gives them. */
  readonly nodeSession: (node: { readonly vpcId: string; readonly nodeName: string }) => Promise<Session>
  /** Undefined: all pods are stand-ins. */
  readonly engine?: EngineWorld | undefined
  /** Who does the work of images that Neargate provides itself. */
  readonly builtins: BuiltinWish
  /** Whether the end of the region leaves what runs in an engine. */
  readonly keepsContainers: () => boolean
}

export interface RunningCluster {
  readonly name: string
  readonly vpcId: string
  readonly api: ApiServer
  readonly port: number
  readonly client: KubernetesClient
  readonly context: ControllerContext
  readonly agents: NodeAgents
  /** What its pods have used of Fargate so far. */
  fargateUse(): FargateUse
  /**
   * Ends control loops, node agents and the API; everything is kept for the next start.
   * @param isGone the cluster does not come back: nothing that runs for it is left
   */
  stop(isGone?: boolean): Promise<void>
}

export interface StartOptions {
  /** Who may do what in it, and which pods are Fargate's. */
  readonly access: ClusterAccess
  readonly spec: ClusterHostSpec
  readonly certificates: ClusterCertificates
  /** Port from before, 0 for a free one. */
  readonly port: number
}

/** Name of the prefix under which a cluster's objects lie in the store. */
export function registryPrefix(name: string): string {
  return `/registry/${name}/`
}

/** Tables that hold what a cluster's nodes remember. */
export function nodeTables(
  store: Store,
  name: string,
): {
  readonly machines: Table<FargateMachineRecord, 'node'>
  readonly addresses: Table<PodAddressRecord>
  readonly containers: Table<StandinRecord>
  readonly runs: Table<FargateRun>
  readonly ended: Table<FargateUse>
} {
  return {
    machines: fargateMachineTable(store, `region/clusters/${name}/machines`),
    addresses: new Table(store, `region/clusters/${name}/addresses`),
    containers: new Table(store, `region/clusters/${name}/containers`),
    ...meterTables(store, `region/clusters/${name}`),
  }
}

// An engine takes its time for each of many containers.
const RUNTIME_END_MS = 7_000

const CONTROL_PLANE = { username: 'system:kube-controller-manager', groups: ['system:masters'] }

/** Starts a cluster; what it held before is picked up. */
export async function startCluster(world: ClusterWorld, options: StartOptions): Promise<RunningCluster> {
  const { name } = options.spec
  const log = world.log.with({ cluster: name })
  const supervisor = new Supervisor(log)
  // Ended in the reverse order; also what was started before a later part failed.
  await using parts = new AsyncDisposableStack()
  const onEnd = (part: string, end: () => Promise<void>, pending?: () => readonly string[]): void =>
    parts.defer(ending(part, end, { clock: world.clock, log, ...(pending ? { pending } : {}) }))
  const kubelet = lateKubelet()
  const vpcId = clusterVpc(options)
  const logs = controlPlaneLogs(world, options, log)
  onEnd('the control plane logs', () => logs.stop())
  const api = await createApi(world, options, { kubelet, network: world.vpcs.dialer(vpcId), logs })
  onEnd('the API server', () => api.close())
  const client = api.client(CONTROL_PLANE, 'kube-controller-manager')
  const context = createControllerContext({
    client,
    clock: world.clock,
    log,
    supervisor,
    served: api.resources,
  })
  const fargate = admitPods(world, options, { api, context })
  const podGroups = podSecurityGroups(world, { api, context, vpcId, clusterName: name })
  const tables = nodeTables(world.store, name)
  const pods = await createRuntime(world, options, { api, context, vpcId, usage: () => agents.usage() })
  onEnd(
    'the network policies',
    startPolicyKeeper({ ...world, ...pods, clusterName: name, cluster: context, vpcId }),
  )
  let isGone = false
  parts.defer(endOfPods(pods, world, { log, isGone: () => isGone }))
  onEnd(
    'the control loops',
    () => supervisor.stop(),
    () => supervisor.running,
  )
  const meter = new FargateMeter({ ...world, ...tables })
  const agents = createNodeAgents({
    cluster: context,
    runtime: pods.runtime,
    dialer: world.vpcs.dialer(vpcId),
    addresses: podGroups.addressesOver(
      createPodAddresses({ ...world, records: tables.addresses, vpcId, family: api.ipFamily }),
    ),
    real: pods.real,
    onImages: meteredBy(meter, { machines: tables.machines, supervisor }),
  })
  onEnd('the node agents', () => agents.stop())
  kubelet.use(agents.kubelet)
  const machines = fargateMachines(world, options, { api, agents, meter, records: tables.machines })
  const { port } = await api.listen({ host: '127.0.0.1', port: options.port, tls: options.certificates })
  // After the API listens: built-ins that come back reach for AWS and the API at once.
  await pods.resume()
  await machines.resume()
  const recordOf = (uid: string): LogRouterRecord | undefined => tables.machines.get(uid)?.logRouter
  const routed = { clusterName: name, cluster: context, runtime: pods.runtime, recordOf }
  onEnd('the log routers', startLogRouters({ ...world, log, supervisor, ...routed }))
  const controllers = [
    ...controlPlane(world, options, { api, context, vpcId }),
    createFargateScheduler(context, { ...fargate, capacity: machines }),
    createFargateMachineCollector(context, machines),
    ...podGroups.controllers,
  ]
  for (const controller of controllers) runController(controller, { clock: world.clock, log, supervisor })
  onEnd('Auto Mode', autoMode(world, options, { api, context, vpcId }))
  const running = parts.move()
  return {
    name,
    vpcId,
    api,
    port,
    client,
    context,
    agents,
    fargateUse: () => meter.use(),
    async stop(isLast = false) {
      isGone = isLast
      await running.disposeAsync()
    },
  }
}

/** What EKS's own webhooks do to pods. @returns what the Fargate scheduler goes by, too */
function admitPods(
  world: ClusterWorld,
  options: StartOptions,
  { api, context }: { readonly api: ApiServer; readonly context: ControllerContext },
): Pick<FargateSchedulerOptions, 'profiles' | 'logging'> {
  const profiles = options.access.fargateProfiles(options.spec.name)
  const logging = loggingConfiguration(context, world.region)
  api.addAdmission(podIdentityWebhook(world, options, context.client))
  api.addAdmission(createFargateAdmission(profiles, logging))
  api.addAdmission(createLoggingAdmission(world.region))
  return { profiles, logging }
}

/** What the agents tell before they look for an image: the pod is billed from there on, if it is Fargate's. */
function meteredBy(
  meter: FargateMeter,
  {
    machines,
    supervisor,
  }: { readonly machines: Table<FargateMachineRecord, 'node'>; readonly supervisor: Supervisor },
): (pod: Pod) => void {
  return ({ metadata: { uid } }) => {
    const machine = machines.get(uid)
    if (machine) supervisor.run('the meter of Fargate', () => meter.begin(uid, machine))
  }
}

function fargateMachines(
  world: ClusterWorld,
  options: StartOptions,
  parts: Pick<FargateMachinesOptions, 'agents' | 'records' | 'meter'> & { readonly api: ApiServer },
): FargateMachines {
  const { api, ...rest } = parts
  return createFargateMachines({
    ...world,
    ...rest,
    clusterName: options.spec.name,
    kubeletVersion: () => api.gitVersion,
    ipFamily: () => api.ipFamily,
    securityGroup: () => clusterSecurityGroup(options),
  })
}

function clusterAws(world: ClusterWorld, { spec: { name }, access }: StartOptions): AwsCaller {
  return asClusterRole(world, name, () => access.clusters.get(name)?.cluster.roleArn)
}

interface InVpc {
  readonly api: ApiServer
  readonly context: ControllerContext
  readonly vpcId: string
}

/** What Auto Mode does, while the settings of the cluster ask for it. @returns what ends it */
function autoMode(
  world: ClusterWorld,
  options: StartOptions,
  { api, context, vpcId }: InVpc,
): () => Promise<void> {
  const { clock, region, caller } = world
  const { access } = options
  const { name } = options.spec
  const asCluster = clusterAws(world, options)
  const machines = createAutoMachines({
    clusterName: name,
    version: () => access.clusters.get(name)?.cluster.version ?? '',
    vpcId,
    asCluster,
    asService: caller,
  })
  return followAutoMode({
    clusterName: name,
    clusters: access.clusters,
    served: api.resources,
    clock,
    log: context.log,
    addAdmission: () => api.addAdmission(createServiceMutator(AUTO_MODE)),
    controllers: () => [
      ...createAutoServices({ context, clusterName: name, vpcId, region, asCluster, asService: caller }),
      ...createAutoCompute({
        context,
        machines,
        region,
        mayStart: () => access.clusters.get(name)?.cluster.computeConfig?.enabled === true,
      }),
    ],
  })
}

function endOfPods(
  pods: PodRuntime,
  { clock, keepsContainers }: ClusterWorld,
  { log, isGone }: { readonly log: Log; readonly isGone: () => boolean },
): () => Promise<void> {
  const close = (): Promise<void> => pods.close(isGone() ? 'remove' : keepsContainers() ? 'keep' : 'stop')
  return ending('the runtime', close, { clock, log, limitMs: RUNTIME_END_MS })
}

function controlPlaneLogs(world: ClusterWorld, { spec, access }: StartOptions, log: Log): ControlPlaneLogs {
  return createControlPlaneLogs({ ...world, log, clusterName: spec.name, clusters: access.clusters })
}

function podIdentityWebhook(
  { region }: ClusterWorld,
  { spec, access }: StartOptions,
  client: KubernetesClient,
): MutatingPlugin {
  const clusterName = spec.name
  return createIrsaAdmission({
    client,
    region,
    hasAssociation: (namespace, serviceAccount) =>
      access.podIdentity({ clusterName, namespace, serviceAccount }) !== undefined,
  })
}

/** The control loops that every cluster has, on whatever its pods run. */
function controlPlane(
  world: ClusterWorld,
  options: StartOptions,
  { api, context, vpcId }: InVpc,
): Controller[] {
  const { certificates, spec } = options
  return [
    ...builtinControllers(context, {
      caPem: certificates.ca,
      issueToken: (binding) => api.tokens.issueForSecret(binding),
      served: api.resources,
      minor: Number(spec.version.split('.')[1]),
    }),
    createCloudServiceController({ context, vpcId, clusterName: spec.name, aws: clusterAws(world, options) }),
    createApiServiceController(context, api),
    createPolicyStatusController(context, api),
    createCertificateController(context, createCertificateAuthority(certificates, world)),
  ]
}

interface RuntimeParts extends InVpc {
  readonly usage: () => Promise<readonly PodUsage[]>
}

async function createRuntime(
  world: ClusterWorld,
  { spec, certificates }: StartOptions,
  { api, context, vpcId, usage }: RuntimeParts,
): Promise<PodRuntime> {
  const { store, clock, ids, region, ec2, aws, nodeSession, caller } = world
  const { log } = context
  const sessions = {
    clusterName: spec.name,
    context,
    clock,
    log,
    aws,
    nodeSession: (nodeName: string) => nodeSession({ vpcId, nodeName }),
  }
  const loadBalancers = loadBalancerBuiltin({
    ...sessions,
    region,
    addAdmission: (plugin) => api.addAdmission(plugin),
    vpcOfNode: (nodeName) => metadataOf(ec2, { vpcId, nodeName }).vpcId,
  })
  const nodeInformer = context.informer(nodes)
  const metrics = metricsBuiltin({
    clock,
    log,
    usage,
    nodes: () => nodeInformer.list(),
    addKind: (kind) => api.addKind(kind),
  })
  const builtins = [
    loadBalancers,
    ebsBuiltin(sessions),
    efsBuiltin({ context, clock, log }),
    metrics,
    ...systemBuiltins(),
  ]
  const standin = createStandinRuntime({
    clock,
    ids,
    log,
    records: nodeTables(store, spec.name).containers,
    certificate: () => certificates,
    builtins: world.engine ? builtins : standinBuiltins(builtins, world.builtins),
  })
  const described = caller.call<VpcBlocks>('ec2', 'DescribeVpcs', { VpcIds: [vpcId] }).then(cidrOf)
  // A cluster that is on its way out may have lost its VPC already.
  if (!world.engine) return standinsOnly(standin, await described.catch(() => undefined))
  const cidr = await described
  return await enginePods(world.engine, {
    clusterName: spec.name,
    vpc: { id: vpcId, cidr },
    serviceCidr: spec.serviceCidr,
    cluster: context,
    standin,
    builtins,
    wish: world.builtins,
    clock,
    log,
  })
}

// Without a record (a cluster that was being deleted when the region ended) nothing else is in its network.
function clusterVpc({ spec, access }: StartOptions): string {
  return access.clusters.get(spec.name)?.cluster.resourcesVpcConfig?.vpcId ?? spec.name
}

function clusterSecurityGroup({ spec, access }: StartOptions): string | undefined {
  return access.clusters.get(spec.name)?.cluster.resourcesVpcConfig?.clusterSecurityGroupId
}

function createApi(
  world: ClusterWorld,
  { spec, certificates, access }: StartOptions,
  parts: Pick<ApiServerOptions, 'kubelet' | 'network'> & { readonly logs: ControlPlaneLogs },
): Promise<ApiServer> {
  const { store, clock, ids, log } = world
  const { kubelet, network, logs } = parts
  return createApiServer({
    store,
    storePrefix: registryPrefix(spec.name),
    version: spec.version,
    clock,
    ids,
    log: log.with({ cluster: spec.name }),
    serviceCidr: spec.serviceCidr,
    authenticators: [
      logs.authenticator(access.clusterAuthenticator(spec.name)),
      access.providerAuthenticator(spec.name),
    ],
    requests: logs.requests,
    authorizers: [access.clusterAuthorizer(spec.name)],
    admission: [logs.events],
    kubelet,
    network,
    serviceAccountIssuer: spec.oidcIssuer,
    serviceAccountKeys: certificates.serviceAccountKeys,
    frontProxy: certificates.frontProxy,
  })
}

/** A gateway that is made before the agents it leads to. */
function lateKubelet(): KubeletGateway & { use(gateway: KubeletGateway): void } {
  let target: KubeletGateway | undefined
  const gateway = (): KubeletGateway => {
    // The API listens only after `use`.
    if (!target) throw new TypeError('the node agents are not there yet')
    return target
  }
  return {
    use: (chosen) => (target = chosen),
    logs: (pod, query) => gateway().logs(pod, query),
    exec: (pod, request) => gateway().exec(pod, request),
    attach: (pod, request) => gateway().attach(pod, request),
    portForward: (pod, port) => gateway().portForward(pod, port),
  }
}
