// Measures an API server from outside over HTTPS: creates, applies, lists, watch fan-out, memory; ours, and the real one
// beside it when NEARGATE_PEERS names a directory with etcd and kube-apiserver. Both run at once and are measured in turn, so
// that what else the machine does meets both.
import { nearTarget, peerTarget, type Target } from './api-targets.ts'
import type { Figure } from './figure.ts'
import { HttpsConnection, type Asked } from './https-connection.ts'
import { cpuSeconds, residentMegabytes } from './process.ts'
import { WatchStream } from './watch-stream.ts'

const PODS = Number(process.env['BENCH_PODS'] ?? 10_000)
const WATCHERS = Number(process.env['BENCH_WATCHERS'] ?? 1000)
const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 1000)
const ROUNDS = Number(process.env['BENCH_API_ROUNDS'] ?? 5)
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3)
const CLIENTS = 8
const NAMESPACE = '/api/v1/namespaces/bench'
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'

/** Figures of each server that is there: the median of several rounds where there are several. */
export async function* benchApi(): AsyncGenerator<Figure> {
  const peers = process.env['NEARGATE_PEERS']
  const servers: Server[] = []
  try {
    for (const start of [nearTarget, ...(peers ? [() => peerTarget(peers)] : [])]) {
      servers.push(new Server(await start()))
    }
    for (const { rounds, run } of PHASES) {
      for (let round = 0; round < rounds; round++) for (const server of servers) await run(server)
      for (const server of servers) yield* server.takeFigures()
    }
  } finally {
    for (const server of servers) await server.stop()
  }
}

interface Phase {
  readonly rounds: number
  readonly run: (server: Server) => Promise<void>
}

const once = (run: Phase['run']): Phase => ({ rounds: 1, run })
const inTurn = (run: Phase['run']): Phase => ({ rounds: ROUNDS, run })

const PHASES: readonly Phase[] = [
  once((server) => server.begin()),
  inTurn((server) => server.write('create.1', { clients: 1, write: configMap })),
  inTurn((server) => server.write('create.8', { clients: CLIENTS, write: configMap })),
  inTurn((server) => server.write('apply.8', { clients: CLIENTS, write: appliedConfigMap })),
  once((server) => server.write('create.pods.8', { count: PODS, clients: CLIENTS, write: pod })),
  inTurn((server) => server.list('list', 'application/json')),
  inTurn((server) => server.list('list.table', TABLE)),
  once((server) => server.remember('memory.full')),
  once((server) => server.fanOut()),
]

interface Writes {
  /** As many as are made in some seconds by default. */
  readonly count?: number
  readonly clients: number
  readonly write: (sequence: number) => Asked
}

/** A server that is measured, and what has been measured of it. */
class Server {
  readonly #target: Target
  readonly #readings = new Map<string, { readonly values: number[]; readonly unit: string }>()
  #sequence = 0

  constructor(target: Target) {
    this.#target = target
  }

  async begin(): Promise<void> {
    this.#note('start', this.#target.startSeconds, 's')
    const bench = { method: 'POST', path: '/api/v1/namespaces', body: named('bench') }
    await this.#connected(1, ([connection]) => connection.call(bench))
    await this.remember('memory.idle')
  }

  async remember(name: string): Promise<void> {
    const megabytes = this.#target.pids.reduce((sum, pid) => sum + residentMegabytes(pid), 0)
    this.#note(name, megabytes, 'MB')
  }

  async write(name: string, { count = Infinity, clients, write }: Writes): Promise<void> {
    let done = 0
    const endsAt = count < Infinity ? Infinity : performance.now() + SECONDS * 1000
    const client = async (connection: HttpsConnection): Promise<void> => {
      while (done < count && performance.now() < endsAt) {
        done += 1
        await connection.call(write(this.#sequence++))
      }
    }
    const { seconds, cpu } = await this.#connected(clients, (connections) =>
      this.#timed(() => Promise.all(connections.map(client))),
    )
    this.#note(name, done / seconds, 'writes/s')
    this.#note(`${name}.cpu`, (cpu / done) * 1000, 'ms of CPU a write')
  }

  async list(name: string, accept: string): Promise<void> {
    const { seconds, cpu } = await this.#connected(1, ([connection]) =>
      this.#timed(() => connection.call({ method: 'GET', path: `${NAMESPACE}/pods`, accept })),
    )
    this.#note(name, seconds * 1000, 'ms')
    this.#note(`${name}.cpu`, cpu * 1000, 'ms of CPU')
  }

  async fanOut(): Promise<void> {
    const path = `${NAMESPACE}/secrets?watch=true`
    // The real one begins to keep what is watched when it is asked first, and refuses what else is asked until it does.
    await this.#connected(1, ([connection]) =>
      connection.call({ method: 'GET', path: `${NAMESPACE}/secrets` }),
    )
    let events = 0
    const watched = { path, onEvents: (count: number) => void (events += count) }
    const watches = await Promise.all(
      Array.from({ length: WATCHERS }, () => WatchStream.open(this.#target, watched)),
    )
    const { seconds, cpu } = await this.#connected(1, ([connection]) =>
      this.#timed(async () => {
        for (let index = 0; index < EVENTS; index++) await connection.call(secret(index))
        while (events < WATCHERS * EVENTS) await new Promise((resolve) => setTimeout(resolve, 5))
      }),
    )
    for (const watch of watches) watch.close()
    const cuts = watches.reduce((sum, watch) => sum + watch.cuts, 0)
    this.#note('watch.fan-out.cut-off', cuts, 'watches')
    this.#note('watch.fan-out', (WATCHERS * EVENTS) / seconds, 'events/s')
    this.#note('watch.fan-out.cpu', cpu, 's of CPU')
  }

  stop(): Promise<void> {
    return this.#target.stop()
  }

  /** What has been measured since the last time. */
  takeFigures(): Figure[] {
    const figures = [...this.#readings].map(([name, { values, unit }]) => ({
      name: `api.${this.#target.name}.${name}`,
      value: Math.round(median(values) * 100) / 100,
      unit,
    }))
    this.#readings.clear()
    return figures
  }

  // New ones each time: a server closes what is silent while another one is measured.
  async #connected<T>(
    count: number,
    work: (connections: readonly [HttpsConnection, ...HttpsConnection[]]) => Promise<T>,
  ): Promise<T> {
    const first = await HttpsConnection.open(this.#target)
    const others = Array.from({ length: count - 1 }, () => HttpsConnection.open(this.#target))
    const connections = [first, ...(await Promise.all(others))] as const
    try {
      return await work(connections)
    } finally {
      for (const connection of connections) connection.close()
    }
  }

  /** Wall time, and the time of the server's processes. */
  async #timed(work: () => Promise<unknown>): Promise<{ readonly seconds: number; readonly cpu: number }> {
    const used = (): number => this.#target.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
    const [startedAt, before] = [performance.now(), used()]
    await work()
    return { seconds: (performance.now() - startedAt) / 1000, cpu: used() - before }
  }

  #note(name: string, value: number, unit: string): void {
    const known = this.#readings.get(name)
    if (known) known.values.push(value)
    else this.#readings.set(name, { values: [value], unit })
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

function named(name: string): string {
  return JSON.stringify({ metadata: { name } })
}

function configMap(sequence: number): Asked {
  const body = JSON.stringify({ metadata: { name: `o-${sequence}` }, data: { text: 'x'.repeat(500) } })
  return { method: 'POST', path: `${NAMESPACE}/configmaps`, body }
}

// Ten objects in turn: the first time each is made, and then changed.
function appliedConfigMap(sequence: number): Asked {
  const name = `applied-${sequence % 10}`
  const data = { text: 'x'.repeat(500), sequence: String(sequence) }
  return {
    method: 'PATCH',
    path: `${NAMESPACE}/configmaps/${name}?fieldManager=bench`,
    contentType: 'application/apply-patch+yaml',
    body: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }),
  }
}

// Nobody schedules it: what is measured is the API server alone.
function pod(sequence: number): Asked {
  const containers = [
    {
      name: 'main',
      image: 'registry.k8s.io/pause:3.10',
      resources: { requests: { cpu: '10m', memory: '16Mi' } },
      env: [{ name: 'A', value: 'b' }],
      readinessProbe: { httpGet: { path: '/', port: 80 } },
    },
  ]
  const metadata = { name: `o-${sequence}`, labels: { app: 'bench' } }
  const body = JSON.stringify({ metadata, spec: { schedulerName: 'nobody', containers } })
  return { method: 'POST', path: `${NAMESPACE}/pods`, body }
}

function secret(index: number): Asked {
  const data = { text: Buffer.from('x'.repeat(1000)).toString('base64') }
  const body = JSON.stringify({ metadata: { name: `s-${index}` }, data })
  return { method: 'POST', path: `${NAMESPACE}/secrets`, body }
}
