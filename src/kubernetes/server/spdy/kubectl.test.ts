// Contract with the real kubectl: port-forward tunnelled in a WebSocket and over SPDY itself, exec over SPDY.
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { realClient } from '../../../../test/support/real-clients.ts'
import { systemClock } from '../../../base/clock.ts'
import { StatusError } from '../../../base/errors.ts'
import { randomIds } from '../../../base/ids.ts'
import { pods, serviceAccounts } from '../../client/resources.ts'
import { createClusterCertificates } from '../certificates.ts'
import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'
import type { KubeletGateway } from '../ports.ts'

const ECHO = 80
const GREETER = 8080
const RESETTER = 9090

let directory = ''
let fixture: ApiFixture
let uid = ''
/** Commands that have come to their end. */
let finished = 0
const servers = new Map<number, Server>()

const kubelet: KubeletGateway = {
  logs() {
    throw new StatusError('InternalError', 'no logs')
  },
  async exec(_pod, request) {
    const { command, stdin } = request
    if (command[0] === 'refuse') throw new StatusError('BadRequest', 'no such program')
    for await (const chunk of stdin ?? []) request.onOutput('stdout', chunk)
    request.onOutput('stderr', Buffer.from(`ran ${command.join(' ')}\n`))
    finished += 1
    return Number(command.at(-1)) || 0
  },
  async attach(pod, { stdin, onOutput }) {
    onOutput('stdout', Buffer.from(`attached to ${pod.container}\n`))
    if (stdin) for await (const chunk of stdin) onOutput('stdout', chunk)
  },
  async portForward(_pod, port) {
    const server = servers.get(port)
    if (!server) throw new StatusError('InternalError', `connect ECONNREFUSED 10.0.0.7:${port}`)
    const address = server.address() as AddressInfo
    const socket = connect({ host: '127.0.0.1', port: address.port, allowHalfOpen: true })
    await once(socket, 'connect')
    return socket
  },
}

async function serve(port: number, onConnection: (socket: Socket) => void): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    onConnection(socket)
  })
  servers.set(port, server.listen(0, '127.0.0.1'))
  await once(server, 'listening')
}

beforeAll(async () => {
  await serve(ECHO, (socket) => void socket.pipe(socket))
  // Speaks first and closes first, like a server of one answer.
  await serve(GREETER, (socket) => void socket.resume().end('hello'))
  await serve(RESETTER, (socket) => void socket.once('data', () => socket.resetAndDestroy()))
  directory = await mkdtemp(join(tmpdir(), 'neargate-spdy-'))
  fixture = await createApiFixture({ kubelet })
  const certificates = await createClusterCertificates({ clock: systemClock, ids: randomIds })
  const { port } = await fixture.server.listen({ host: '127.0.0.1', port: 0, tls: certificates })
  const { client } = fixture
  await client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } })
  const pod = await client.create(pods, {
    metadata: { name: 'web', namespace: 'default' },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] },
  })
  await client.updateStatus(pods, { ...pod, status: { phase: 'Running' } })
  uid = pod.metadata.uid
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [
      {
        name: 'test',
        cluster: {
          server: `https://127.0.0.1:${port}`,
          'certificate-authority-data': Buffer.from(certificates.ca).toString('base64'),
        },
      },
    ],
    users: [
      { name: 'admin', user: { token: 'admin' } },
      { name: 'bob', user: { token: 'user:bob' } },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
  }
  await writeFile(join(directory, 'kubeconfig'), JSON.stringify(config))
}, 60_000)

afterAll(async () => {
  await fixture.server.close()
  for (const server of servers.values()) server.close()
  await rm(directory, { recursive: true })
})

/** A running kubectl and all that it has said. */
class Kubectl implements AsyncDisposable {
  readonly process: ChildProcess
  /** Both outputs, as they come. */
  output = ''
  stdout = ''

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.process = spawn(realClient('kubectl'), args, {
      env: { PATH: process.env['PATH'], HOME: directory, KUBECONFIG: join(directory, 'kubeconfig'), ...env },
    })
    const hear = (chunk: Buffer): void => void (this.output += String(chunk))
    this.process.stdout?.on('data', (chunk: Buffer) => void (this.stdout += String(chunk)))
    this.process.stdout?.on('data', hear)
    this.process.stderr?.on('data', hear)
  }

  /** The local port of each forwarded one, once kubectl listens on all of them. */
  async ports(count = 1): Promise<number[]> {
    const find = (): number[] =>
      [...this.output.matchAll(/Forwarding from 127\.0\.0\.1:(\d+) ->/g)].map(([, port]) => Number(port))
    await expect.poll(() => find().length || this.output, { timeout: 10_000 }).toBe(count)
    return find()
  }

  async exitCode(): Promise<number | null> {
    if (this.process.exitCode === null) await once(this.process, 'close')
    return this.process.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill()
    await this.exitCode()
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Sends, ends its direction, and gives what comes back until the other side ends. */
async function exchange(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  socket.end(bytes)
  const chunks: Buffer[] = []
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const ways = [
  { way: 'in a WebSocket', env: {} },
  { way: 'over SPDY itself', env: { KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' } },
] as const

describe.each(ways)('port-forward $way', ({ env }) => {
  it('carries 10 MB both ways unchanged, and the end of each direction', async () => {
    await using kubectl = new Kubectl(['port-forward', 'pod/web', ':80'], env)
    const [port = 0] = await kubectl.ports()
    const bytes = randomBytes(10 * 1024 * 1024)
    expect(sha256(await exchange(port, bytes))).toBe(sha256(bytes))
  })

  it('serves several connections and ports at once, and more after them', async () => {
    await using kubectl = new Kubectl(['port-forward', 'pod/web', ':80', ':8080'], env)
    const [echo = 0, greeter = 0] = await kubectl.ports(2)
    for (let round = 0; round < 2; round++) {
      const sent = Array.from({ length: 8 }, (_, index) => randomBytes(100_000 + index))
      const [greeting, ...received] = await Promise.all([
        exchange(greeter, Buffer.alloc(0)),
        ...sent.map((bytes) => exchange(echo, bytes)),
      ])
      expect(String(greeting)).toBe('hello')
      expect(received.map(sha256)).toEqual(sent.map(sha256))
    }
  })

  it('talks back and forth on a connection that stays open', async () => {
    await using kubectl = new Kubectl(['port-forward', 'pod/web', ':80'], env)
    const [port = 0] = await kubectl.ports()
    const socket = connect(port, '127.0.0.1')
    for (const word of ['one', 'two', 'three']) {
      socket.write(word)
      const [chunk] = await once(socket, 'data')
      expect(String(chunk)).toBe(word)
    }
    socket.destroy()
    // The pod sees the client leave.
    await expect.poll(() => connectionsOf(ECHO)).toBe(0)
  })

  it('says why a port cannot be reached, and ends', async () => {
    await using kubectl = new Kubectl(['port-forward', 'pod/web', ':81'], env)
    const [port = 0] = await kubectl.ports()
    expect(await exchange(port, Buffer.alloc(0))).toHaveLength(0)
    expect(await kubectl.exitCode()).toBe(1)
    expect(kubectl.output).toContain(
      `error forwarding port 81 to pod web, uid ${uid}: connect ECONNREFUSED 10.0.0.7:81`,
    )
    expect(kubectl.output).toContain('error: lost connection to pod')
  })

  it('says that the pod has broken a connection off', async () => {
    await using kubectl = new Kubectl(['port-forward', 'pod/web', ':9090'], env)
    const [port = 0] = await kubectl.ports()
    expect(await exchange(port, Buffer.from('x'))).toHaveLength(0)
    expect(await kubectl.exitCode()).toBe(1)
    expect(kubectl.output).toContain(`error forwarding port 9090 to pod web, uid ${uid}: read ECONNRESET`)
  })

  it('ends the connections to the pod with kubectl', async () => {
    const kubectl = new Kubectl(['port-forward', 'pod/web', ':80'], env)
    const [port = 0] = await kubectl.ports()
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('x')
    await once(socket, 'data')
    expect(await connectionsOf(ECHO)).toBe(1)
    await kubectl[Symbol.asyncDispose]()
    await expect.poll(() => connectionsOf(ECHO)).toBe(0)
  })

  it('is refused without the right to it', async () => {
    await using kubectl = new Kubectl(['port-forward', 'pod/web', ':80', '--user', 'bob'], env)
    expect(await kubectl.exitCode()).toBe(1)
    expect(kubectl.output).toContain('User "bob" cannot')
  })
})

function connectionsOf(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    servers.get(port)?.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  })
}

describe('exec over SPDY', () => {
  const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false' }

  it('carries input, output and the exit code', async () => {
    await using kubectl = new Kubectl(['exec', '-i', 'web', '--', 'cat', '3'], env)
    const input = randomBytes(500_000).toString('hex')
    kubectl.process.stdin?.end(input)
    expect(await kubectl.exitCode()).toBe(3)
    expect(sha256(Buffer.from(kubectl.stdout))).toBe(sha256(Buffer.from(input)))
    expect(kubectl.output.includes('ran cat 3\n')).toBe(true)
    expect(kubectl.output.includes('command terminated with exit code 3')).toBe(true)
  })

  it('succeeds without input', async () => {
    await using kubectl = new Kubectl(['exec', 'web', '--', 'true'], env)
    expect(await kubectl.exitCode()).toBe(0)
    expect(kubectl.output).toBe('ran true\n')
  })

  it('says why a command cannot run', async () => {
    await using kubectl = new Kubectl(['exec', 'web', '--', 'refuse'], env)
    expect(await kubectl.exitCode()).toBe(1)
    expect(kubectl.output).toContain('no such program')
  })

  it('ends the input of a command when kubectl is gone', async () => {
    const kubectl = new Kubectl(['exec', '-i', 'web', '--', 'cat'], env)
    kubectl.process.stdin?.write('hello')
    await expect.poll(() => kubectl.stdout, { timeout: 10_000 }).toBe('hello')
    const before = finished
    await kubectl[Symbol.asyncDispose]()
    await expect.poll(() => finished).toBe(before + 1)
  })
})
