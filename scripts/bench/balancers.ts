// Owns the figures of the Network Load Balancer beside haproxy in TCP mode and the plainest proxy that Node can be: each
// in a process of its own, whose processor time and memory are what is counted. Client and target are in this one.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { besideEachOther, type Stoppable } from './beside.ts'
import type { Figure } from './figure.ts'
import { dial as dialHost, memoryWithConnections, QUESTION } from './open-connections.ts'
import { cpuSeconds } from './process.ts'

const REQUESTS = 60_000
const CONNECTIONS = 8000
const CLIENTS = 32
const TRANSFER_MB = 2000
/** 1 KB. */
const ANSWER = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 960\r\n\r\n${'x'.repeat(960)}`)
const LONGEST_FETCH = 20
const BLOCK = Buffer.alloc(256 * 1024, 'x')

interface Proxy extends Stoppable {
  readonly name: string
  readonly port: number
  readonly pid: number
}

/** Costs of requests, connections and bytes, and memory, of each proxy in turn. haproxy is left out where it is missing. */
export async function* benchBalancers(): AsyncGenerator<Figure> {
  const target = await startTarget()
  const { port } = target.address() as AddressInfo
  const hasHaproxy = spawnSync('haproxy', ['-v']).status === 0
  try {
    yield* besideEachOther(
      [
        ...(hasHaproxy ? [() => startHaproxy(port)] : []),
        () => startScript('plain_proxy', 'plain-proxy.ts', port),
        () => startScript('nlb', 'plane-process.ts', port),
      ],
      measure,
    )
  } finally {
    target.close()
  }
}

// Each question gets an answer, who fetches gets so many megabytes; what begins otherwise is swallowed until its end.
async function startTarget(): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('end', () => socket.end())
    socket.on('data', (chunk: Buffer) => {
      if (chunk.length === QUESTION.length) socket.write(ANSWER)
      else if (chunk.length < LONGEST_FETCH)
        void send(socket, Number(/^fetch (\d+)$/.exec(chunk.toString())?.[1] ?? 0))
    })
  })
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 2048 }, resolve))
  return server
}

async function startHaproxy(target: number): Promise<Proxy> {
  const directory = mkdtempSync(join(tmpdir(), 'neargate-bench-'))
  const file = join(directory, 'haproxy.cfg')
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  const settings = ['mode tcp', 'timeout connect 5s', 'timeout client 60s', 'timeout server 60s']
  const listen = [`bind 127.0.0.1:${port}`, `server target 127.0.0.1:${target}`]
  const section = (name: string, lines: readonly string[]): string => [name, ...lines].join('\n  ')
  const parts = [
    section('global', ['nbthread 1']),
    section('defaults', settings),
    section('listen b', listen),
  ]
  writeFileSync(file, `${parts.join('\n')}\n`)
  const child = spawn('haproxy', ['-db', '-q', '-f', file], { stdio: 'ignore' })
  while (!(await exchange(port).catch(() => false))) if (child.exitCode !== null) break
  return running('haproxy', port, child, () => rmSync(directory, { recursive: true }))
}

async function startScript(name: string, file: string, target: number): Promise<Proxy> {
  const script = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, [script, String(target)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<number>((resolve) =>
    child.stdout.once('data', (text: Buffer) => resolve(Number(text))),
  )
  return running(name, port, child)
}

function running(name: string, port: number, child: ChildProcess, cleanUp?: () => void): Proxy {
  return {
    name,
    port,
    pid: child.pid ?? 0,
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
      cleanUp?.()
    },
  }
}

async function measure({ name, port, pid }: Proxy): Promise<Figure[]> {
  await requests(port, REQUESTS / 4)
  const kept = await cost(pid, () => requests(port, REQUESTS))
  await connections(port, CONNECTIONS / 4)
  const opened = await cost(pid, () => connections(port, CONNECTIONS))
  await transfer(port, TRANSFER_MB / 8)
  const carried = await cost(pid, () => transfer(port, TRANSFER_MB))
  const fetched = await cost(pid, () => fetchFrom(port, TRANSFER_MB))
  const figure = (what: string, value: number, unit: string): Figure => ({
    name: `${name}_${what}`,
    value: Math.round(value * 10) / 10,
    unit,
  })
  return [
    figure('request_cpu', (kept.cpu / REQUESTS) * 1e6, 'µs'),
    figure('requests', REQUESTS / kept.seconds, 'requests/s'),
    figure('connection_cpu', (opened.cpu / CONNECTIONS) * 1e6, 'µs'),
    figure('connections', CONNECTIONS / opened.seconds, 'connections/s'),
    figure('megabyte_cpu', (carried.cpu / TRANSFER_MB) * 1e6, 'µs'),
    figure('throughput', TRANSFER_MB / carried.seconds, 'MB/s'),
    figure('fetched_megabyte_cpu', (fetched.cpu / TRANSFER_MB) * 1e6, 'µs'),
    figure('fetched_throughput', TRANSFER_MB / fetched.seconds, 'MB/s'),
    figure(
      'memory_with_1000_connections',
      await memoryWithConnections({ host: '127.0.0.1', port }, pid),
      'MB',
    ),
  ]
}

async function cost(pid: number, work: () => Promise<void>): Promise<{ cpu: number; seconds: number }> {
  const [beforeCpu, beforeMs] = [cpuSeconds(pid), performance.now()]
  await work()
  return { cpu: cpuSeconds(pid) - beforeCpu, seconds: (performance.now() - beforeMs) / 1000 }
}

/** So many questions over connections that stay open. */
async function requests(port: number, count: number): Promise<void> {
  const client = async (): Promise<void> => {
    const socket = await dial(port)
    let left = Math.floor(count / CLIENTS)
    let heard = 0
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject)
      socket.on('data', (chunk: Buffer) => {
        heard += chunk.length
        if (heard < ANSWER.length) return
        heard -= ANSWER.length
        if (--left > 0) socket.write(QUESTION)
        else resolve()
      })
      socket.write(QUESTION)
    })
    socket.end()
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
}

/** So many connections with a question each. */
async function connections(port: number, count: number): Promise<void> {
  let left = count
  const client = async (): Promise<void> => {
    while (left-- > 0) await exchange(port)
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
}

async function exchange(port: number): Promise<true> {
  const socket = await dial(port)
  return await new Promise((resolve, reject) => {
    let heard = 0
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.length
      if (heard >= ANSWER.length) socket.end()
    })
    socket.on('close', () => resolve(true))
    socket.write(QUESTION)
  })
}

async function transfer(port: number, megabytes: number): Promise<void> {
  const socket = await dial(port)
  const closed = new Promise((resolve) => socket.on('close', resolve))
  socket.resume()
  await send(socket, megabytes)
  await closed
}

/** So many megabytes from the target. */
async function fetchFrom(port: number, megabytes: number): Promise<void> {
  const socket = await dial(port)
  const closed = new Promise((resolve) => socket.on('close', resolve))
  socket.resume()
  socket.write(`fetch ${megabytes}`)
  await closed
}

async function send(socket: Socket, megabytes: number): Promise<void> {
  for (let sent = 0; sent < megabytes * 1e6; sent += BLOCK.length) {
    if (!socket.write(BLOCK)) await new Promise((resolve) => socket.once('drain', resolve))
  }
  socket.end()
}

function dial(port: number): Promise<Socket> {
  return dialHost({ host: '127.0.0.1', port })
}
