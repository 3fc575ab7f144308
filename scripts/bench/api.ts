// Measures an API server from outside over HTTPS: creates, lists, watch fan-out, memory; ours, and the real one beside it
// when NEARGATE_PEERS names a directory with etcd and kube-apiserver.
import { Agent, request, type RequestOptions } from 'node:https'

import { cpuSeconds, residentMegabytes } from './process.ts'
import { besideEachOther } from './beside.ts'
import { nearTarget, peerTarget, type Target } from './api-targets.ts'
import type { Figure } from './figure.ts'

const PODS = Number(process.env['BENCH_PODS'] ?? 5000)
const WATCHERS = Number(process.env['BENCH_WATCHERS'] ?? 1000)
const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 200)
const CREATES = 1500
const CLIENTS = 8
const LISTS = 3

/** Figures of each server that is there, one server after the other. */
export function benchApi(): Promise<Figure[]> {
  const peers = process.env['NEARGATE_PEERS']
  return besideEachOther([nearTarget, ...(peers ? [() => peerTarget(peers)] : [])], measure)
}

async function measure(target: Target): Promise<Figure[]> {
  const call = caller(target)
  const named = (name: string, value: number, unit: string, note?: string): Figure => ({
    name: `api.${target.name}.${name}`,
    value: Math.round(value * 100) / 100,
    unit,
    ...(note === undefined ? {} : { note }),
  })
  await call('POST', '/api/v1/namespaces', { metadata: { name: 'bench' } })
  const idle = memory(target)
  const single = await create(call, { count: CREATES, clients: 1, object: configMap })
  const many = await create(call, { count: CREATES * 2, clients: CLIENTS, object: configMap })
  const cpu = used(target)
  const pods = await create(call, { count: PODS, clients: CLIENTS, object: pod })
  const podCpu = used(target) - cpu
  const list = async (accept: string): Promise<number> => {
    const startedAt = performance.now()
    for (let run = 0; run < LISTS; run++)
      await call('GET', '/api/v1/namespaces/bench/pods', undefined, accept)
    return (performance.now() - startedAt) / LISTS
  }
  const objects = await list('application/json')
  const table = await list('application/json;as=Table;v=v1;g=meta.k8s.io')
  const full = memory(target)
  const fanOut = await watchFanOut(target, call)
  return [
    named('start', target.startSeconds, 's', target.startNote),
    named('memory.idle', idle, 'MB'),
    named('create.1', single, 'creates/s', 'ConfigMaps, one client, durable'),
    named('create.8', many, 'creates/s', 'ConfigMaps, eight clients, durable'),
    named('create.pods.8', pods, 'creates/s', 'Pods, eight clients, durable'),
    named('create.pods.cpu', (podCpu / PODS) * 1000, 'ms of CPU a Pod'),
    named('list', objects, 'ms', `${PODS} Pods as JSON`),
    named('list.table', table, 'ms', `${PODS} Pods as a Table`),
    named('memory.full', full, 'MB', `${PODS} Pods, after the lists`),
    named('watch.fan-out', fanOut.perSecond, 'events/s', `${WATCHERS} watchers, ${EVENTS} changes`),
    named('watch.fan-out.cpu', fanOut.cpu, 's of CPU', 'of the server'),
  ]
}

type Call = (method: string, path: string, body?: object, accept?: string) => Promise<number>

function caller(target: Target): Call {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS, rejectUnauthorized: false })
  return (method, path, body, accept = 'application/json') =>
    new Promise((resolve, reject) => {
      const text = body && JSON.stringify(body)
      const outgoing = request(
        target.url + path,
        options(target, { agent, method, headers: { accept, 'content-type': 'application/json' } }),
        (response) => {
          let size = 0
          response.on('data', (chunk: Buffer) => (size += chunk.length))
          response.on('end', () => {
            if ((response.statusCode ?? 500) < 300) resolve(size)
            else reject(new Error(`${method} ${path}: ${response.statusCode}`))
          })
          response.on('error', reject)
        },
      )
      outgoing.on('error', reject)
      outgoing.end(text)
    })
}

function options({ token }: Target, { headers, ...rest }: RequestOptions): RequestOptions {
  return { ...rest, headers: { authorization: `Bearer ${token}`, ...(headers as Record<string, string>) } }
}

interface Creation {
  readonly count: number
  readonly clients: number
  readonly object: (name: string) => { readonly path: string; readonly body: object }
}

let sequence = 0

/** @returns creates a second */
async function create(call: Call, { count, clients, object }: Creation): Promise<number> {
  let left = count
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const { path, body } = object(`o-${sequence++}`)
      await call('POST', path, body)
    }
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: clients }, client))
  return count / ((performance.now() - startedAt) / 1000)
}

function configMap(name: string): { path: string; body: object } {
  const data = { text: 'x'.repeat(500) }
  return { path: '/api/v1/namespaces/bench/configmaps', body: { metadata: { name }, data } }
}

// Nobody schedules it: what is measured is the API server alone.
function pod(name: string): { path: string; body: object } {
  const containers = [
    {
      name: 'main',
      image: 'registry.k8s.io/pause:3.10',
      resources: { requests: { cpu: '10m', memory: '16Mi' } },
      env: [{ name: 'A', value: 'b' }],
      readinessProbe: { httpGet: { path: '/', port: 80 } },
    },
  ]
  const body = { metadata: { name, labels: { app: 'bench' } }, spec: { schedulerName: 'nobody', containers } }
  return { path: '/api/v1/namespaces/bench/pods', body }
}

async function watchFanOut(target: Target, call: Call): Promise<{ perSecond: number; cpu: number }> {
  const path = '/api/v1/namespaces/bench/secrets?watch=true&resourceVersion='
  await call('POST', '/api/v1/namespaces/bench/secrets', { metadata: { name: 'first' } })
  const version = await versionOf(target, '/api/v1/namespaces/bench/secrets/first')
  let lines = 0
  const agent = new Agent({ maxSockets: Infinity, rejectUnauthorized: false })
  const watchers = await Promise.all(
    Array.from({ length: WATCHERS }, () =>
      watchFrom({ target, path: path + version, agent }, (chunk) => {
        for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1
      }),
    ),
  )
  const cpu = used(target)
  const startedAt = performance.now()
  const data = { text: Buffer.from('x'.repeat(1000)).toString('base64') }
  for (let index = 0; index < EVENTS; index++) {
    const body = { metadata: { name: `s-${index}` }, data }
    await call('POST', '/api/v1/namespaces/bench/secrets', body)
  }
  while (lines < WATCHERS * EVENTS) await new Promise((resolve) => setTimeout(resolve, 5))
  const seconds = (performance.now() - startedAt) / 1000
  const spent = used(target) - cpu
  for (const end of watchers) end()
  return { perSecond: (WATCHERS * EVENTS) / seconds, cpu: spent }
}

function watchFrom(
  { target, path, agent }: { readonly target: Target; readonly path: string; readonly agent: Agent },
  onChunk: (chunk: Buffer) => void,
): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(target.url + path, options(target, { agent }), (response) => {
      response.on('data', onChunk)
      response.on('error', () => undefined)
      resolve(() => outgoing.destroy())
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

function versionOf(target: Target, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      target.url + path,
      options(target, { rejectUnauthorized: false }),
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => (text += part))
        response.on('end', () => {
          const { metadata } = JSON.parse(text) as { metadata: { resourceVersion: string } }
          resolve(metadata.resourceVersion)
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end()
  })
}

function used({ pids }: Target): number {
  return pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
}

function memory({ pids }: Target): number {
  return pids.reduce((sum, pid) => sum + residentMegabytes(pid), 0)
}
