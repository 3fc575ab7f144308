// A rolling update of a Deployment behind an NLB and an ALB, under load and with readiness gates. `ROLLOUT_REQUESTS` asks for
// more than the few that every run makes.
import { Agent, request } from 'node:http'

import { expect, it, onTestFinished } from 'vitest'

import { startRegion } from '../src/library/start-region.ts'

/** So many at least, while one update follows another. */
const REQUESTS = Number(process.env['ROLLOUT_REQUESTS'] ?? 3000)
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

function manifests(version: number): object[] {
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
                image: 'nginx',
                ports: [{ containerPort: 80 }],
                // A target is deregistered at once, but its pod is told to end at once too.
                lifecycle: { preStop: { sleep: { seconds: 3 } } },
              },
            ],
          },
        },
      },
    },
  ]
}

interface Load {
  good: number
  readonly bad: string[]
  /** Settles once told to end. */
  readonly done: Promise<unknown>
}

/** Asks again and again until told to end. */
function load(url: string, { isOver, keepAlive }: { isOver: () => boolean; keepAlive: boolean }): Load {
  const agent = new Agent({ keepAlive, maxSockets: CLIENTS })
  const once = async (): Promise<void> => {
    const result = await new Promise<string>((resolve) => {
      const asking = request(url, { agent }, (answer) => {
        answer.resume()
        answer.on('end', () => resolve(String(answer.statusCode)))
        answer.on('error', (error) => resolve(error.message))
      })
      asking.on('error', (error) => resolve(error.message))
      asking.end()
    })
    if (result === '200') seen.good += 1
    else seen.bad.push(result)
  }
  const client = async (): Promise<void> => {
    while (!isOver()) await once()
  }
  const clients = Promise.all(Array.from({ length: CLIENTS }, client)).finally(() => agent.destroy())
  const seen: Load = { good: 0, bad: [], done: clients }
  return seen
}

it('fails no request', { timeout: 900_000 }, async () => {
  const region = await startRegion({ region: 'eu-west-1' })
  onTestFinished(() => region.stop())
  const { loadBalancers } = await region.up({ config, manifests: manifests(1) })
  let isOver = false
  onTestFinished(() => void (isOver = true))
  // An NLB does not know requests: a connection for each. An ALB does, on connections that stay.
  const loads = loadBalancers.map(({ address, ingress }) =>
    load(`http://${address}/`, { isOver: () => isOver, keepAlive: ingress !== undefined }),
  )
  const answered = (): number => loads.reduce((sum, { good }) => sum + good, 0)
  for (let version = 2; version < 2 + UPDATES || answered() < REQUESTS; version++) {
    await region.up({ config, manifests: manifests(version) })
  }
  isOver = true
  await Promise.all(loads.map(({ done }) => done))
  expect(loads.map(({ bad }) => bad)).toEqual([[], []])
})
