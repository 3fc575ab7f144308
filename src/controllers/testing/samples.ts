// Owns sample objects for rehearsals and tables: small, valid, and changed by what a test says.
import type { Deployment, Node, Pod, PodSpec, ReplicaSet } from '../../../generated/kubernetes.d.ts'
import type { Draft } from '../../kubernetes/client/client.ts'

const EPOCH = '2026-01-01T00:00:00Z'

/** A node that is ready, with 2 CPUs, 4 GiB and room for 10 pods unless told otherwise. */
export function sampleNode(
  name: string,
  change: {
    labels?: Record<string, string>
    spec?: Node['spec']
    allocatable?: Record<string, string>
    conditions?: NonNullable<Node['status']>['conditions']
  } = {},
): Node {
  const { labels = {}, spec = {}, allocatable = {}, conditions } = change
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: `node-${name}`,
      resourceVersion: '',
      creationTimestamp: EPOCH,
      labels: { 'kubernetes.io/hostname': name, ...labels },
    },
    spec,
    status: {
      allocatable: { cpu: '2', memory: '4Gi', pods: '10', ...allocatable },
      conditions: conditions ?? [{ type: 'Ready', status: 'True', lastHeartbeatTime: EPOCH }],
    },
  }
}

/** A pod in namespace `default` with one container that asks for nothing. */
export function samplePod(
  name: string,
  change: {
    labels?: Record<string, string>
    spec?: Partial<PodSpec>
    status?: Pod['status']
    metadata?: Partial<Pod['metadata']>
  } = {},
): Pod {
  const { labels, spec, status, metadata } = change
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `pod-${name}`,
      resourceVersion: '',
      creationTimestamp: EPOCH,
      ...(labels ? { labels } : {}),
      ...metadata,
    },
    spec: { containers: [{ name: 'main', image: 'nginx' }], ...spec },
    ...(status ? { status } : {}),
  }
}

/** The spec of a pod whose one container has these requests. */
export function requesting(requests: Record<string, string>): Pick<PodSpec, 'containers'> {
  return { containers: [{ name: 'main', image: 'nginx', resources: { requests } }] }
}

/** A status of a pod that has been ready since `since`. */
export function readyStatus(since = EPOCH): NonNullable<Pod['status']> {
  return { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: since }] }
}

/** A deployment `web` of nginx in namespace `default`. */
export function sampleDeployment(
  spec: Partial<Deployment['spec']> = {},
  image = 'nginx:1',
): Draft<Deployment> {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: templateOf(image),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
  }
}

/** A pod template with label `app: web`. */
export function templateOf(image: string): Deployment['spec']['template'] {
  // A template has neither name nor uid; the generated type asks for both.
  const metadata = { labels: { app: 'web' } } as unknown as Pod['metadata']
  return { metadata, spec: { containers: [{ name: 'main', image }] } }
}

/** A replica set with a size and a number of available pods. */
export function sampleSet(
  name: string,
  replicas: number,
  change: {
    available?: number
    annotations?: Record<string, string>
    image?: string
    createdAt?: string
  } = {},
): ReplicaSet {
  const { available = replicas, annotations, image = name, createdAt = EPOCH } = change
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'default',
      uid: `set-${name}`,
      resourceVersion: '1',
      creationTimestamp: createdAt,
      ...(annotations ? { annotations } : {}),
    },
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: templateOf(image) },
    status: { replicas, readyReplicas: available, availableReplicas: available },
  }
}
