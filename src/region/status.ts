// Owns the account of what a region holds, for `neargate status` and for the URL that `up` prints.
import type { EksService } from '../aws/services/eks/index.ts'
import type { AwsCaller } from '../aws/protocol/service.ts'
import { classicArn } from '../aws/services/elb/state.ts'
import { nodes, pods } from '../kubernetes/client/resources.ts'
import type { ListenerAddress, LoadBalancerPlane } from '../network/load-balancer.ts'
import { isFargateNodeName } from '../rules/fargate/node.ts'
import { listPrices } from '../rules/prices/price.ts'
import type { Store } from '../store/store.ts'
import type { ClusterStatus, ListenerStatus, LoadBalancerStatus, RegionStatus } from './admin.ts'
import type { Clusters } from './clusters.ts'
import type { FargateUse } from './fargate-meter.ts'

export interface StatusSources {
  readonly region: string
  readonly accountId: string
  readonly dns: string
  readonly store: Pick<Store, 'writeFailure'>
  readonly eks: EksService
  readonly clusters: Clusters
  readonly caller: AwsCaller
  readonly plane: LoadBalancerPlane
}

const MIB = 1024 ** 2

/** Looks at everything that runs now. */
export async function regionStatus(sources: StatusSources): Promise<RegionStatus> {
  const { region, accountId, dns, eks, store } = sources
  return {
    region,
    accountId,
    dns,
    pid: process.pid,
    memoryMiB: Math.round(process.memoryUsage.rss() / MIB),
    ...(store.writeFailure ? { storeProblem: store.writeFailure.message } : {}),
    clusters: eks.tables.clusters.list().map((record) => clusterStatus(sources, record.cluster)),
    loadBalancers: [...(await loadBalancerStatus(sources)), ...(await classicStatus(sources))],
  }
}

type EksCluster = ReturnType<EksService['tables']['clusters']['list']>[number]['cluster']

function clusterStatus({ clusters, region }: StatusSources, cluster: EksCluster): ClusterStatus {
  const running = clusters.find(cluster.name)
  const nodeNames = (running?.context.informer(nodes).list() ?? []).map((node) => node.metadata.name)
  const fargate = nodeNames.filter(isFargateNodeName).length
  const data = cluster.certificateAuthority?.data
  return {
    name: cluster.name,
    version: cluster.version ?? '',
    status: cluster.status ?? '',
    ...(cluster.endpoint === undefined ? {} : { endpoint: cluster.endpoint }),
    ...(data === undefined ? {} : { certificateAuthorityData: data }),
    nodes: { ec2: nodeNames.length - fargate, fargate },
    pods: running?.context.informer(pods).list().length ?? 0,
    ...fargateUse(region, running?.fargateUse()),
  }
}

function fargateUse(region: string, use: FargateUse | undefined): Pick<ClusterStatus, 'fargateUse'> {
  if (!use || use.pods === 0) return {}
  const rate = listPrices.fargateRate(region)
  const storage = rate?.storageGbHour ?? (use.storageGbHours > 0 ? undefined : 0)
  if (!rate || storage === undefined) return { fargateUse: use }
  const usd = use.vcpuHours * rate.vcpuHour + use.gbHours * rate.gbHour + use.storageGbHours * storage
  return { fargateUse: { ...use, usd } }
}

interface Described {
  readonly LoadBalancers?: readonly {
    readonly LoadBalancerArn?: string
    readonly LoadBalancerName?: string
    readonly DNSName?: string
    readonly State?: { readonly Code?: string }
  }[]
}

interface DescribedListeners {
  readonly Listeners?: readonly { readonly ListenerArn?: string; readonly Port?: number }[]
}

interface Classic {
  readonly LoadBalancerDescriptions?: readonly {
    readonly LoadBalancerName?: string
    readonly DNSName?: string
  }[]
}

/** Those of the first generation, which are active at once. */
async function classicStatus({
  caller,
  plane,
  region,
  accountId,
}: StatusSources): Promise<LoadBalancerStatus[]> {
  const { LoadBalancerDescriptions = [] } = await caller.call<Classic>('elb', 'DescribeLoadBalancers', {})
  return LoadBalancerDescriptions.map(({ LoadBalancerName: name = '', DNSName = '' }) => ({
    name,
    hostname: DNSName.toLowerCase(),
    state: 'active',
    listeners: plane
      .addresses(classicArn({ region, accountId }, name))
      .map((address) => listenerStatus(Number(address.listenerArn.split('/').at(-1)), address)),
  }))
}

async function loadBalancerStatus({ caller, plane }: StatusSources): Promise<LoadBalancerStatus[]> {
  const { LoadBalancers = [] } = await caller.call<Described>('elbv2', 'DescribeLoadBalancers', {})
  return Promise.all(
    LoadBalancers.map(async ({ LoadBalancerArn = '', LoadBalancerName = '', DNSName = '', State }) => {
      const { Listeners = [] } = await caller.call<DescribedListeners>('elbv2', 'DescribeListeners', {
        LoadBalancerArn,
      })
      const addresses = new Map(plane.addresses(LoadBalancerArn).map((each) => [each.listenerArn, each]))
      return {
        name: LoadBalancerName,
        hostname: DNSName.toLowerCase(),
        state: State?.Code ?? '',
        listeners: Listeners.flatMap(({ ListenerArn = '', Port = 0 }) => {
          const address = addresses.get(ListenerArn)
          return address === undefined ? [] : [listenerStatus(Port, address)]
        }),
      }
    }),
  )
}

function listenerStatus(port: number, { url, direct, own }: ListenerAddress): ListenerStatus {
  const open = own
    .filter(({ isOpen, isNamed }) => isOpen && isNamed)
    .map(({ address }) => `${address}:${port}`)
  const shut = own.find(({ fault }) => fault !== undefined)
  return {
    port,
    url,
    addresses: open.length > 0 || direct === undefined ? open : [direct],
    ...(shut?.fault !== undefined && { fault: { code: shut.fault, address: `${shut.address}:${port}` } }),
  }
}
