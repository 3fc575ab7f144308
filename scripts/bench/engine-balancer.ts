// Owns the figures of a Network Load Balancer to a real nginx: h2load through it, straight to the pod, and through haproxy in
// TCP mode. The last two run in the network of the VPC, where the pod is.
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { CoreV1Api } from '../../test/support/kubernetes-client.ts'
import type { Figure } from './figure.ts'
import { cpuSeconds } from './process.ts'
import { neargate, type Status } from './program.ts'

const REQUESTS = 20_000
const CONNECTIONS = 16
const HAPROXY_PORT = 18_080

export interface BalancedScene {
  readonly core: CoreV1Api
  readonly home: string
  /** Of the region. */
  readonly pid: number
}

/** Rates in requests/s, and the CPU of what is between; nothing where h2load or haproxy is missing. */
export async function balancedNginx({ core, home, pid }: BalancedScene): Promise<Figure[]> {
  if (spawnSync('h2load', ['--version']).status !== 0) return []
  const pod = await core.readNamespacedPod({ name: 'web', namespace: 'default' })
  const ip = pod.status?.podIP ?? ''
  const vpc = namespaceWith(ip)
  const direct = load(vpc, `http://${ip}/`)
  const nlb = await counted(pid, () => load([], `http://${addressOf(home)}/`))
  const haproxy = startHaproxy(vpc, { home, target: ip })
  try {
    await ready(vpc)
    const proxied = await counted(haproxy.pid ?? 0, () => load(vpc, `http://127.0.0.1:${HAPROXY_PORT}/`))
    return [
      figure('engine.nginx.direct', direct, 'requests/s'),
      figure('engine.nginx.haproxy', proxied.rate, 'requests/s'),
      figure('engine.nginx.nlb', nlb.rate, 'requests/s'),
      figure('engine.nginx.haproxy.cpu', proxied.cpu, 'µs a request'),
      figure('engine.nginx.nlb.cpu', nlb.cpu, 'µs a request'),
    ]
  } finally {
    haproxy.kill('SIGKILL')
  }
}

function figure(name: string, value: number, unit: string): Figure {
  return {
    name,
    value: Math.round(value * 10) / 10,
    unit,
    note: `${REQUESTS} requests, ${CONNECTIONS} connections`,
  }
}

/** The command that runs another in the network namespace which has a route to the pod. */
function namespaceWith(ip: string): string[] {
  for (const name of readdirSync('/run/netns')) {
    const { stdout } = spawnSync('ip', ['-n', name, 'route', 'show', ip], { encoding: 'utf8' })
    if (name.startsWith('neargate-') && stdout.includes(ip)) return ['nsenter', `--net=/run/netns/${name}`]
  }
  throw new Error(`no network has ${ip}`)
}

/** Where the load balancer listens on this machine, by `neargate status`. */
function addressOf(home: string): string {
  const { loadBalancers } = JSON.parse(neargate(home, 'status', '--json')) as Status
  return loadBalancers[0]?.listeners[0]?.addresses[0] ?? ''
}

function load(inside: readonly string[], url: string): number {
  const h2load = ['h2load', '--h1', '-n', String(REQUESTS), '-c', String(CONNECTIONS), url]
  const [command = '', ...args] = [...inside, ...h2load]
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' })
  const failed = Number(/(\d+) failed/.exec(stdout)?.[1] ?? REQUESTS)
  if (failed > 0) throw new Error(`${failed} requests to ${url} failed`)
  return Number(/([\d.]+) req\/s/.exec(stdout)?.[1])
}

async function counted(pid: number, work: () => number): Promise<{ rate: number; cpu: number }> {
  const before = cpuSeconds(pid)
  const rate = work()
  return { rate, cpu: ((cpuSeconds(pid) - before) / REQUESTS) * 1e6 }
}

function startHaproxy(
  inside: readonly string[],
  { home, target }: { readonly home: string; readonly target: string },
): ReturnType<typeof spawn> {
  const file = join(home, 'haproxy.cfg')
  const lines = [
    'global',
    '  nbthread 1',
    'defaults',
    '  mode tcp',
    '  timeout connect 5s',
    '  timeout client 60s',
    '  timeout server 60s',
    'listen b',
    `  bind 127.0.0.1:${HAPROXY_PORT}`,
    `  server target ${target}:80`,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  const [command, ...args] = [...inside, 'haproxy', '-db', '-q', '-f', file]
  // nsenter(1) becomes haproxy: its process is that of both.
  return spawn(command, args, { stdio: 'ignore' })
}

async function ready(inside: readonly string[]): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const [command, ...args] = [...inside, 'h2load', '--h1', '-n', '1', `http://127.0.0.1:${HAPROXY_PORT}/`]
    if (/ 1 succeeded/.test(spawnSync(command, args, { encoding: 'utf8' }).stdout)) return
  }
  throw new Error('haproxy does not answer')
}
