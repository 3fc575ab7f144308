// Owns a rolling update of a Deployment behind an NLB and an ALB, under load and with readiness gates: the same for stand-ins and for
// real containers. `ROLLOUT_REQUESTS` asks for more than the few that every run makes.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

import { expect, onTestFinished } from 'vitest'

import type { LoadBalancerReport } from '../../src/deploy/up-result.ts'
import type { LoadOrder, LoadReport } from './http-load.ts'

/** So many at least of each client, while one update follows another. */
const REQUESTS = Number(process.env['ROLLOUT_REQUESTS'] ?? 800)
const isLong = process.env['ROLLOUT_REQUESTS'] !== undefined
const UPDATES = 2
const CLIENTS = 8

const config = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'shop', region: 'eu-west-1' },
  iam: {
    withOIDC: true,
    serviceAccounts: [
      {
        metadata: { name: 'aws-load-balancer-controller', namespace: 'kube-system' },
        wellKnownPolicies: { awsLoadBalancerController: true },
      },
    ],
  },
  managedNodeGroups: [{ name: 'nodes', instanceType: 't3.xlarge', desiredCapacity: 2 }],
}

const labels = { app: 'web' }
const metadata = { name: 'web', namespace: 'shop' }

function manifests(image: string, version: number): object[] {
  const service = (name: string, change: object, spec: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, name, ...change },
    spec: { selector: labels, ports: [{ port: 80, targetPort: 80 }], ...spec },
  })
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', labels: { 'elbv2.k8s.aws/pod-readiness-gate-inject': 'enabled' } },
    },
    service(
      'network',
      {
        annotations: {
          'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type': 'ip',
          'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internet-facing',
        },
      },
      { type: 'LoadBalancer' },
    ),
    service('application', {}),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        ...metadata,
        annotations: {
          'alb.ingress.kubernetes.io/target-type': 'ip',
          'alb.ingress.kubernetes.io/scheme': 'internet-facing',
        },
      },
      spec: {
        ingressClassName: 'alb',
        defaultBackend: { service: { name: 'application', port: { number: 80 } } },
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 3,
        strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: { version: String(version) } },
          spec: {
            containers: [
              {
                name: 'web',
                image,
                ports: [{ containerPort: 80 }],
                // A target is deregistered at once, but its pod is told to end at once too; a busy machine needs a second or two.
                lifecycle: { preStop: { sleep: { seconds: 10 } } },
              },
            ],
          },
        },
      },
    },
  ]
}

/** Asks again and again, in a thread of its own, until it is told `end`. */
class Load {
  readonly #worker: Worker

  constructor(orders: readonly LoadOrder[]) {
    this.#worker = new Worker(new URL('http-load.ts', import.meta.url), { workerData: orders })
    onTestFinished(async () => void (await this.#worker.terminate()))
  }

  /** In the order of the orders. */
  async tell(what: 'report' | 'end'): Promise<readonly LoadReport[]> {
    const told = once(this.#worker, 'message')
    this.#worker.postMessage(what)
    // What the thread posts.
    const [reports] = (await told) as [readonly LoadReport[]]
    return reports
  }
}

/** How long such a test may take, in milliseconds: a hundred thousand requests of each client on a busy machine. */
export const ROLLOUT_TIMEOUT_MS = 3_600_000

/** A cluster as ClusterConfig has it, and its objects. */
export interface Rollout {
  readonly config: object
  readonly manifests: readonly object[]
}

/**
 * Brings one version after another while clients ask, and expects that no request fails.
 * @param image serves HTTP on port 80
 * @param up builds the cluster or brings it up to date, waits for the rollout, and returns its load balancers
 * @returns headers of an answer through each load balancer
 */
export async function rollUnderLoad(
  image: string,
  up: (rollout: Rollout) => Promise<readonly LoadBalancerReport[]>,
): Promise<readonly Headers[]> {
  const loadBalancers = await up({ config, manifests: manifests(image, 1) })
  const ways = loadBalancers.flatMap((balancer) =>
    [true, false].map((keepAlive) => ({ ...balancer, keepAlive })),
  )
  const load = new Load(
    ways.map(({ address, keepAlive }) => ({ url: `http://${address}/`, keepAlive, clients: CLIENTS })),
  )
  const fewest = async (): Promise<number> => {
    const reports = await load.tell('report')
    if (isLong)
      console.log(reports.map(({ good, again, bad }) => `${good}, ${again} again, ${bad.length} bad`))
    return Math.min(...reports.map(({ good }) => good))
  }
  for (let version = 2; version < 2 + UPDATES || (await fewest()) < REQUESTS; version++) {
    await up({ config, manifests: manifests(image, version) })
  }
  const reports = await load.tell('end')
  expect(reports.map(({ bad }) => bad)).toEqual([[], [], [], []])
  // An ALB has connections of its own to the pods: its clients keep theirs.
  const ofApplication = reports.filter((_, index) => ways[index]?.ingress)
  expect(ofApplication.map(({ again }) => again)).toEqual([0, 0])
  return Promise.all(loadBalancers.map(async ({ address }) => (await fetch(`http://${address}/`)).headers))
}
