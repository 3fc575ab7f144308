// Owns the finding of what an explanation is asked for, and of what it is explained by: the cluster, EKS, Elastic Load Balancing.
import {
  DescribeClusterCommand,
  DescribeFargateProfileCommand,
  ListClustersCommand,
  paginateListFargateProfiles,
} from '@aws-sdk/client-eks'

import type { Event, Ingress, Pod, Service } from '../../generated/kubernetes.d.ts'
import type { Clock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { escapePattern } from '../base/escape-pattern.ts'
import { explainBalanced, hostnameOf, type TargetFacts } from '../explain/balanced.ts'
import type { Explanation } from '../explain/explanation.ts'
import { explainPod } from '../explain/pod.ts'
import type { KubernetesClient, KubernetesObject } from '../kubernetes/client/client.ts'
import { gateways } from '../kubernetes/client/gateways.ts'
import { listServed } from '../kubernetes/client/list-served.ts'
import { endpointSlices, events, ingresses, pods, services } from '../kubernetes/client/resources.ts'
import type { FargateProfile } from '../rules/fargate/profile.ts'
import type { Gateway } from '../rules/load-balancer/gateway/api.ts'
import { required, type Cloud } from './cloud.ts'
import { openClusterClient } from './cluster-client.ts'
import { targetsOf } from './load-balancers.ts'

/** What is asked about. */
export interface Question {
  /** The only one of the region when absent. */
  readonly cluster?: string | undefined
  /** All of them when absent. */
  readonly namespace?: string | undefined
  /** `pod/NAME`, `service/NAME`, `ingress/NAME`, `gateway/NAME`, `deployment/NAME`, `NAMESPACE/NAME`, or a name. */
  readonly target: string
}

type Kind = 'pod' | 'service' | 'ingress' | 'gateway' | 'workload'

const KINDS: Readonly<Record<string, Kind>> = {
  ...names('pod', 'po', 'pod', 'pods'),
  ...names('service', 'svc', 'service', 'services'),
  ...names('ingress', 'ing', 'ingress', 'ingresses'),
  ...names('gateway', 'gtw', 'gateway', 'gateways'),
  ...names(
    'workload',
    'deploy',
    'deployment',
    'deployments',
    'sts',
    'statefulset',
    'ds',
    'daemonset',
    'job',
    'rs',
    'replicaset',
  ),
}

function names(kind: Kind, ...written: readonly string[]): Readonly<Record<string, Kind>> {
  return Object.fromEntries(written.map((name) => [name, kind]))
}

interface Wanted {
  readonly kind: Kind | undefined
  readonly namespace: string | undefined
  readonly name: string
}

/** Reads the target of a question. */
export function wantedOf({ target, namespace }: Omit<Question, 'cluster'>): Wanted {
  const slash = target.indexOf('/')
  if (slash < 0) return { kind: undefined, namespace, name: target }
  const [first, name] = [target.slice(0, slash), target.slice(slash + 1)]
  const kind = Object.hasOwn(KINDS, first.toLowerCase()) ? KINDS[first.toLowerCase()] : undefined
  return kind ? { kind, namespace, name } : { kind: undefined, namespace: first, name }
}

/**
 * Explains every pod, Service, Ingress and Gateway that the question names.
 * @throws UserError when there is none, or no such cluster
 */
export async function explainObjects(
  cloud: Cloud,
  question: Question,
  clock: Clock,
): Promise<readonly Explanation[]> {
  const cluster = await clusterOf(cloud, question.cluster)
  const kubernetes = openClusterClient(cloud, cluster, clock)
  try {
    const wanted = wantedOf(question)
    const found = await find(kubernetes, wanted)
    if (found.pods.length + found.balanced.length === 0) {
      const where =
        wanted.namespace === undefined ? `cluster ${cluster.name}` : `namespace ${wanted.namespace}`
      throw new UserError(`nothing called ${question.target} is in ${where}`, {
        help: 'Name a problem code, pod/NAME, service/NAME, ingress/NAME, gateway/NAME or deployment/NAME; -n NAMESPACE narrows it.',
      })
    }
    const profiles = found.pods.length > 0 ? await activeProfiles(cloud, cluster.name) : []
    return [
      ...(await Promise.all(
        found.pods.map(async (pod) =>
          explainPod({ pod, profiles, events: await eventsOf(kubernetes, 'Pod', pod) }),
        ),
      )),
      ...(await Promise.all(found.balanced.map((each) => explainOne(cloud, kubernetes, each)))),
    ]
  } finally {
    kubernetes.close()
  }
}

async function clusterOf(
  { eks }: Cloud,
  wanted: string | undefined,
): Promise<{ name: string; endpoint: string; certificateAuthorityData: string }> {
  const { clusters = [] } =
    wanted === undefined ? await eks.send(new ListClustersCommand({})) : { clusters: [wanted] }
  const [name, another] = clusters
  if (name === undefined)
    throw new UserError('the region has no cluster', { help: 'Build one with: neargate up PATH' })
  if (another !== undefined) {
    throw new UserError(`the region has several clusters: ${clusters.join(', ')}`, {
      help: 'Say which with --cluster NAME.',
    })
  }
  const { cluster } = await eks.send(new DescribeClusterCommand({ name }))
  return {
    name,
    endpoint: required(cluster?.endpoint, `cluster ${name} has no endpoint yet`),
    certificateAuthorityData: required(
      cluster?.certificateAuthority?.data,
      `cluster ${name} has no certificate yet`,
    ),
  }
}

async function activeProfiles({ eks }: Cloud, clusterName: string): Promise<readonly FargateProfile[]> {
  const found: FargateProfile[] = []
  for await (const { fargateProfileNames = [] } of paginateListFargateProfiles(
    { client: eks },
    { clusterName },
  )) {
    for (const fargateProfileName of fargateProfileNames) {
      const { fargateProfile } = await eks.send(
        new DescribeFargateProfileCommand({ clusterName, fargateProfileName }),
      )
      if (fargateProfile?.status !== 'ACTIVE') continue
      const { subnets = [], selectors = [], podExecutionRoleArn = '' } = fargateProfile
      const read = selectors.map(({ namespace = '', labels }) => ({ namespace, ...(labels && { labels }) }))
      found.push({ name: fargateProfileName, subnets, selectors: read, podExecutionRoleArn })
    }
  }
  return found
}

type BalancedObject =
  | { readonly kind: 'Service'; readonly object: Service }
  | { readonly kind: 'Ingress'; readonly object: Ingress }
  | { readonly kind: 'Gateway'; readonly object: Gateway }

interface Found {
  readonly pods: readonly Pod[]
  readonly balanced: readonly BalancedObject[]
}

async function find(kubernetes: KubernetesClient, { kind, namespace, name }: Wanted): Promise<Found> {
  const where = namespace === undefined ? {} : { namespace }
  const named = { ...where, fieldSelector: `metadata.name=${name}` }
  const is = (one: Kind): boolean => kind === undefined || kind === one
  const ofWorkload = kind === 'workload' || kind === undefined
  const [exact, all, foundServices, foundIngresses, foundGateways] = await Promise.all([
    is('pod') ? kubernetes.list(pods, named) : undefined,
    ofWorkload ? kubernetes.list(pods, where) : undefined,
    is('service') ? kubernetes.list(services, named) : undefined,
    is('ingress') ? kubernetes.list(ingresses, named) : undefined,
    is('gateway') ? listServed(kubernetes, gateways, named) : undefined,
  ])
  const begin = new RegExp(`^${escapePattern(name)}-[a-z0-9-]+$`)
  const theirs =
    all?.items.filter(
      ({ metadata }) => begin.test(metadata.name) && metadata.ownerReferences !== undefined,
    ) ?? []
  return {
    pods: [...(exact?.items ?? []), ...theirs],
    balanced: [
      ...(foundServices?.items.map((object) => ({ kind: 'Service' as const, object })) ?? []),
      ...(foundIngresses?.items.map((object) => ({ kind: 'Ingress' as const, object })) ?? []),
      ...(foundGateways?.map((object) => ({ kind: 'Gateway' as const, object })) ?? []),
    ],
  }
}

async function eventsOf(
  kubernetes: KubernetesClient,
  kind: string,
  { metadata }: KubernetesObject,
): Promise<readonly Event[]> {
  const { namespace = 'default', name } = metadata
  const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name}`
  const { items } = await kubernetes.list(events, { namespace, fieldSelector })
  return items.toSorted((a, b) => timeOf(a).localeCompare(timeOf(b)))
}

function timeOf({ series, lastTimestamp, eventTime, metadata }: Event): string {
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? ''
}

async function explainOne(
  cloud: Cloud,
  kubernetes: KubernetesClient,
  balanced: BalancedObject,
): Promise<Explanation> {
  const { kind, object } = balanced
  const { namespace = 'default', name } = object.metadata
  const hostname = hostnameOf(object)
  const [said, targets, slices] = await Promise.all([
    eventsOf(kubernetes, kind, object),
    hostname === undefined ? undefined : targetFacts(cloud, hostname),
    kind === 'Service'
      ? kubernetes.list(endpointSlices, { namespace, labelSelector: `kubernetes.io/service-name=${name}` })
      : undefined,
  ])
  const endpoints = slices?.items.flatMap((slice) => slice.endpoints ?? []) ?? []
  return explainBalanced({ kind, object, events: said, targets, endpoints })
}

/** The targets of a load balancer; undefined when nobody has the name. */
async function targetFacts(cloud: Cloud, hostname: string): Promise<readonly TargetFacts[] | undefined> {
  const targets = await targetsOf({ cloud }, hostname).catch((error: unknown) => {
    if (error instanceof UserError) return undefined
    throw error
  })
  return targets?.map(({ Target, TargetHealth }) => ({
    id: Target?.Id ?? '',
    port: Target?.Port ?? 0,
    state: TargetHealth?.State ?? 'unknown',
    ...(TargetHealth?.Reason !== undefined && { reason: TargetHealth.Reason }),
    ...(TargetHealth?.Description !== undefined && { description: TargetHealth.Description }),
  }))
}
