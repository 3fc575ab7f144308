// Measures many replicas from outside: one Deployment on EC2 nodes and one on Fargate, from apply to Running and back.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { kubernetesClient, type AppsV1Api, type CoreV1Api } from '../../test/support/kubernetes-client.ts'
import type { Figure } from './figure.ts'
import { cpuSeconds, residentMegabytes } from './process.ts'
import { neargate } from './program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const REPLICAS = Number(process.env['BENCH_REPLICAS'] ?? 2000)
/** Where the region leaves V8's profile of a run (`--cpu-prof`); not profiled by default. */
const PROFILE = process.env['BENCH_PROFILE']
const CLUSTER = 'scale'
const POLL_MS = 250
const SETTLE_MS = 5_000
const STEADY_MS = 20_000
const DEADLINE_MS = 400_000

const CONFIG = `
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: { name: ${CLUSTER}, region: us-east-1, version: "1.35" }
managedNodeGroups:
  - { name: ng, instanceType: m5.4xlarge, minSize: 10, desiredCapacity: 10, maxSize: 10, privateNetworking: true }
fargateProfiles:
  - { name: fargate, selectors: [{ namespace: fargate }] }
`

interface Run {
  readonly apps: AppsV1Api
  readonly core: CoreV1Api
  readonly pid: number
}

/** Figures of both Deployments; minutes of work at 2,000 replicas. */
export async function benchScale(): Promise<Figure[]> {
  const home = mkdtempSync(join(tmpdir(), 'neargate-scale-'))
  const region = PROFILE ? await profiledRegion(home, PROFILE) : undefined
  try {
    const project = join(home, 'project')
    mkdirSync(project)
    writeFileSync(join(project, 'cluster.yaml'), CONFIG)
    neargate(home, 'up', project, '--json')
    const client = await kubernetesClient()
    const config = new client.KubeConfig()
    config.loadFromString(neargate(home, 'kubeconfig', CLUSTER))
    const { pid } = JSON.parse(readFileSync(join(home, 'region.json'), 'utf8')) as { pid: number }
    const run: Run = {
      apps: config.makeApiClient(client.AppsV1Api),
      core: config.makeApiClient(client.CoreV1Api),
      pid,
    }
    const figures: Figure[] = []
    for (const kind of (process.env['BENCH_KINDS'] ?? 'ec2,fargate').split(',')) {
      figures.push(...(await scaleUpAndDown(run, kind)))
    }
    return figures
  } finally {
    neargate(home, 'stop')
    if (region?.exitCode === null) await new Promise((resolve) => region.once('exit', resolve))
    rmSync(home, { recursive: true, force: true })
  }
}

async function profiledRegion(home: string, directory: string): Promise<ChildProcess> {
  const flags = ['--max-semi-space-size=4', '--cpu-prof', `--cpu-prof-dir=${directory}`]
  const program = [join(root, 'bin/neargate.js'), 'start', '--foreground', '--data', home, '--port', '0']
  const child = spawn(process.execPath, [...flags, ...program], { cwd: root, stdio: 'ignore' })
  await sleep(SETTLE_MS)
  return child
}

async function scaleUpAndDown(run: Run, namespace: string): Promise<Figure[]> {
  const { apps, core, pid } = run
  const name = `scale.${namespace}`
  await core.createNamespace({ body: { metadata: { name: namespace } } })
  await sleep(SETTLE_MS)
  const before = { memory: residentMegabytes(pid), cpu: cpuSeconds(pid), ms: performance.now() }
  await apps.createNamespacedDeployment({ namespace, body: deployment(REPLICAS) })
  await until(run, namespace, (ready) => ready === REPLICAS)
  const seconds = (performance.now() - before.ms) / 1000
  const cpu = cpuSeconds(pid) - before.cpu
  const full = residentMegabytes(pid)
  await sleep(SETTLE_MS)
  const idleFrom = cpuSeconds(pid)
  await sleep(STEADY_MS)
  const idle = ((cpuSeconds(pid) - idleFrom) / (STEADY_MS / 1000)) * 100
  const downMs = performance.now()
  const key = { namespace, name: 'many' }
  await apps.replaceNamespacedDeploymentScale({ ...key, body: { metadata: key, spec: { replicas: 0 } } })
  await untilGone(run, namespace)
  const down = (performance.now() - downMs) / 1000
  await sleep(STEADY_MS)
  const note = `${REPLICAS} replicas with a readiness probe`
  return [
    { name: `${name}.running`, value: round(seconds), unit: 's', note: `${note}, apply to all ready` },
    { name: `${name}.cpu`, value: round(cpu), unit: 's of CPU', note },
    { name: `${name}.idle`, value: round(idle), unit: '% of a core', note },
    { name: `${name}.memory`, value: full, unit: 'MB', note: `${before.memory} MB before` },
    { name: `${name}.to-zero`, value: round(down), unit: 's', note: 'scaled to 0, all pods gone' },
    { name: `${name}.memory.after`, value: residentMegabytes(pid), unit: 'MB', note: 'after scaling to 0' },
  ]
}

function deployment(replicas: number): object {
  const labels = { app: 'many' }
  return {
    metadata: { name: 'many' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'web',
              image: 'nginx',
              ports: [{ containerPort: 80 }],
              resources: { requests: { cpu: '10m', memory: '16Mi' } },
              readinessProbe: { httpGet: { path: '/', port: 80 } },
            },
          ],
        },
      },
    },
  }
}

async function until(run: Run, namespace: string, done: (ready: number) => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  for (;;) {
    const { status } = await run.apps.readNamespacedDeployment({ namespace, name: 'many' })
    if (done(status?.readyReplicas ?? 0)) return
    if (performance.now() > deadline) throw new Error(`only ${status?.readyReplicas} ready`)
    await sleep(POLL_MS)
  }
}

async function untilGone({ core }: Run, namespace: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  for (;;) {
    const { items } = await core.listNamespacedPod({ namespace, limit: 1 })
    if (items.length === 0) return
    if (performance.now() > deadline) throw new Error('pods are left')
    await sleep(POLL_MS)
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
