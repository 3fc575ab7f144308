// Measures real containers: a pod from its creation to Ready beside its containers in the same engine without Neargate, many
// pods at once, a load balancer to a real nginx, and a region that is idle with ten pods. Takes root and Podman or Docker.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { kubernetesClient, type CoreV1Api, type KubeConfig } from '../../test/support/kubernetes-client.ts'
import { loadNginx } from '../../src/runtime/engine/testing/images.ts'
import { startOwnEngine, type OwnEngine } from '../../src/runtime/engine/testing/own-engine.ts'
import { balancedNginx } from './engine-balancer.ts'
import { PlainPods } from './engine-plain.ts'
import type { Figure } from './figure.ts'
import { idle, IDLE_SECONDS, pidOf } from './idle.ts'
import { neargate } from './program.ts'

const CLUSTER = 'engine'
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 12)
const AT_ONCE = Number(process.env['BENCH_AT_ONCE'] ?? 50)
const IDLE_PODS = 10
const NAMESPACE = 'default'
const IMAGE = 'localhost/nginx:bench'

const CONFIG = `
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: { name: ${CLUSTER}, region: us-east-1, version: "1.35" }
iam:
  withOIDC: true
  serviceAccounts:
    - metadata: { name: aws-load-balancer-controller, namespace: kube-system }
      wellKnownPolicies: { awsLoadBalancerController: true }
managedNodeGroups:
  - { name: ng, instanceType: m5.4xlarge, minSize: 1, desiredCapacity: 1, maxSize: 1 }
---
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations: { service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing, service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip }
spec:
  type: LoadBalancer
  loadBalancerClass: service.k8s.aws/nlb
  selector: { app: web }
  ports: [{ port: 80 }]
---
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec: { containers: [{ name: main, image: "${IMAGE}", ports: [{ containerPort: 80 }] }] }
`

/** A cluster whose pods are real, and the engine that they run in. */
interface Scene {
  readonly core: CoreV1Api
  readonly config: KubeConfig
  readonly engine: OwnEngine
  readonly home: string
}

/** Figures of one run on one engine. */
export async function benchEngine(): Promise<Figure[]> {
  const engine = await startOwnEngine()
  const homes: string[] = []
  const up = async (runtime: 'engine' | 'standin'): Promise<Scene> => {
    const home = mkdtempSync(join(tmpdir(), 'neargate-engine-bench-'))
    homes.push(home)
    Object.assign(process.env, { NEARGATE_RUNTIME: runtime, NEARGATE_UPLINK: 'off' })
    const file = join(home, 'all.yaml')
    writeFileSync(file, CONFIG)
    neargate(home, 'up', file, '--json')
    const client = await kubernetesClient()
    const config = new client.KubeConfig()
    config.loadFromString(neargate(home, 'kubeconfig', CLUSTER))
    return { core: config.makeApiClient(client.CoreV1Api), config, engine, home }
  }
  try {
    await loadNginx(engine.api, IMAGE)
    process.env['DOCKER_HOST'] = `unix://${engine.socketPath}`
    const real = await up('engine')
    const pods = [...(await oneByOne(real)), ...(await atOnce(real))]
    const balanced = await balancedNginx({ ...real, pid: pidOf(real.home), core: real.core })
    const idleReal = await idleFigures(real, 'engine')
    neargate(real.home, 'stop')
    const idleStandin = await idleFigures(await up('standin'), 'standin')
    return [...pods, ...balanced, ...idleReal, ...idleStandin]
  } finally {
    for (const home of homes) {
      neargate(home, 'stop')
      rmSync(home, { recursive: true, force: true })
    }
    await engine.close()
  }
}

/** A pod and its two containers without Neargate, in turn. */
async function oneByOne(scene: Scene): Promise<Figure[]> {
  const plain = new PlainPods(scene.engine, IMAGE)
  const [pods, containers]: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    pods.push(await timed(() => readyPods(scene, [`one-${round}`])))
    await remove(scene, [`one-${round}`])
    containers.push(await timed(() => plain.start(`plain-${round}`)))
    await plain.removeAll()
  }
  const [pod, two] = [median(pods), median(containers)]
  return [
    figure('engine.pod.ready', pod, 'ms', `created to Ready; median of ${ROUNDS}`),
    figure('engine.plain.start', two, 'ms', 'create and start of the same two containers, in turn with it'),
    figure('engine.pod.more', pod - two, 'ms', 'target at most 150'),
  ]
}

async function atOnce(scene: Scene): Promise<Figure[]> {
  const plain = new PlainPods(scene.engine, IMAGE)
  const names = Array.from({ length: AT_ONCE }, (_, index) => `many-${index}`)
  const pods = await timed(() => readyPods(scene, names))
  await remove(scene, names)
  const two = await timed(() => Promise.all(names.map((name) => plain.start(name))))
  await plain.removeAll()
  return [
    figure(`engine.pods.${AT_ONCE}`, pods / 1000, 's', 'all created at once, until all are Ready'),
    figure(`engine.plain.${AT_ONCE}`, two / 1000, 's', 'create and start of the same containers at once'),
  ]
}

async function idleFigures(scene: Scene, runtime: string): Promise<Figure[]> {
  const names = Array.from({ length: IDLE_PODS }, (_, index) => `idle-${index}`)
  await readyPods(scene, names)
  const { memory, cpu } = await idle(scene.home)
  const note = `${IDLE_PODS} pods, over ${IDLE_SECONDS} s`
  return [
    figure(`engine.idle.${runtime}.cpu`, cpu, '% of a core', note),
    figure(`engine.idle.${runtime}.rss`, memory, 'MB', note),
  ]
}

/** Creates pods and waits until a watch has told that each is Ready. */
async function readyPods({ core, config }: Scene, names: readonly string[]): Promise<void> {
  const client = await kubernetesClient()
  const waiting = new Set(names)
  const allReady = Promise.withResolvers<void>()
  const watch = await new client.Watch(config).watch(
    `/api/v1/namespaces/${NAMESPACE}/pods`,
    {},
    (_type, object) => {
      // What the watch of pods tells of is pods.
      const { status, metadata } = object as Pod
      const isReady = status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True')
      if (isReady) waiting.delete(metadata.name)
      if (waiting.size === 0) allReady.resolve()
    },
    (error: unknown) => allReady.reject(error),
  )
  await Promise.all(
    names.map((name) =>
      core.createNamespacedPod({
        namespace: NAMESPACE,
        body: { metadata: { name }, spec: { containers: [{ name: 'main', image: IMAGE }] } },
      }),
    ),
  )
  await allReady.promise
  watch.abort()
}

/** As much of a pod as is looked at. */
interface Pod {
  readonly metadata: { readonly name: string }
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

async function remove({ core }: Scene, names: readonly string[]): Promise<void> {
  await Promise.all(
    names.map((name) => core.deleteNamespacedPod({ name, namespace: NAMESPACE, gracePeriodSeconds: 0 })),
  )
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function figure(name: string, value: number, unit: string, note: string): Figure {
  return { name, value: Math.round(value * 100) / 100, unit, note }
}
