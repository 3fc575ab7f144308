import 'reflect-metadata'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

import { X509CertificateGenerator } from '@peculiar/x509'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { systemClock, type Clock } from '../../base/clock.ts'
import { randomIds } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import { FakeClock } from '../../base/testing/fake-clock.ts'
import { httpGet } from '../../network/http-get.ts'
import { openFlow } from '../../network/datagrams.ts'
import { connectTo, until } from '../../network/testing/test-target.ts'
import { describeRuntime } from '../testing/conformance.ts'
import type { ContainerSpec } from '../runtime.ts'
import { isRepository, systemBuiltins, type BuiltinImage } from './builtins.ts'
import { MemoryRecords } from './memory-records.ts'
import { createStandinRuntime, type StandinRuntime } from './standin.ts'

function create(
  records: MemoryRecords,
  builtins: readonly BuiltinImage[] = [],
  clock: Clock = systemClock,
): StandinRuntime {
  return createStandinRuntime({ clock, ids: randomIds, log: silentLog, records, builtins })
}

describeRuntime('the stand-in', async () => {
  const runtime = create(new MemoryRecords())
  return { runtime, webImage: 'nginx:1.25', close: () => runtime.close() }
})

const sandbox = { id: 's1', namespace: 'shop', name: 'web-1', ip: '10.0.0.20', node: 'node-1', labels: {} }
const spec: ContainerSpec = {
  sandboxId: 's1',
  name: 'web',
  image: 'nginx:1.25',
  command: [],
  args: [],
  env: {},
  ports: [
    { port: 80, protocol: 'TCP' },
    { port: 53, protocol: 'UDP' },
  ],
  limits: {},
  attempt: 0,
}

describe('a stand-in', () => {
  let records: MemoryRecords
  let runtime: StandinRuntime
  let started: string[]
  const system: BuiltinImage = {
    name: 'test',
    isReplaceable: true,
    matches: (image) => image === 'nginx:1.25',
    async start(_sandbox, container) {
      started.push(`+${container.name}`)
      return { stop: async () => void started.push(`-${container.name}`) }
    },
  }

  beforeEach(async () => {
    started = []
    records = new MemoryRecords()
    runtime = create(records, [system])
    await runtime.createSandbox(sandbox)
  })
  afterEach(() => runtime.close())

  async function logOf(id: string): Promise<string[]> {
    const lines: string[] = []
    for await (const { text } of runtime.logs(id, {})) lines.push(text)
    return lines
  }

  async function get(headers: Record<string, string>, path = '/'): Promise<{ status: number; body: string }> {
    const stream = await connectTo(runtime.addressOf('s1', 80))
    return await httpGet(stream, {
      isTls: false,
      host: 'x',
      path,
      headers,
      signal: AbortSignal.timeout(2000),
    })
  }

  async function readAll(socket: Socket): Promise<string> {
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks).toString()
  }

  it('says that it is one, as text and as JSON, on any path, and notes it down', async () => {
    const id = await runtime.startContainer(spec)
    const text = 'Neargate stand-in for nginx:1.25\npod: shop/web-1\nnode: node-1\nip: 10.0.0.20\n'
    expect(await get({})).toEqual({ status: 200, body: text })
    const { body } = await get({ accept: 'application/json' }, '/any/path')
    expect(JSON.parse(body)).toMatchObject({ standin: true, image: 'nginx:1.25', pod: 'web-1' })
    expect(await logOf(id)).toEqual([
      'stand-in for nginx:1.25 listening on 80, 53/udp',
      'GET / 200',
      'GET /any/path 200',
    ])
  })

  it('answers datagrams while it runs, by the container that declares the port', async () => {
    expect(runtime.datagramsTo('s1', 53)).toBeUndefined()
    const id = await runtime.startContainer(spec)
    const answers: string[] = []
    const way = runtime.datagramsTo('s1', 53)
    const flow = await openFlow(way!, (bytes) => void answers.push(String(bytes)))
    flow.send(Buffer.from('hello'))
    await expect.poll(() => answers).toEqual([expect.stringContaining('Neargate stand-in for nginx:1.25\n')])
    expect(await logOf(id)).toContain('answered a datagram of 5 bytes at 53')
    await runtime.stopContainer(id, 0)
    expect(runtime.datagramsTo('s1', 53)).toBeUndefined()
  })

  it('tells who is in this process what it would answer, and notes that down, too', async () => {
    const id = await runtime.startContainer(spec)
    const way = runtime.addressOf('s1', 80)
    expect(way && 'statusOf' in way && way.statusOf?.({ path: '/healthz', isTls: false })).toBe(200)
    expect(await logOf(id)).toContain('GET /healthz 200')
    await runtime.stopContainer(id, 0)
    expect(runtime.addressOf('s1', 80)).toBeUndefined()
  })

  it.each([
    ['with the request', true],
    ['before the request', false],
  ])('reads a PROXY protocol header that comes %s', async (_, isTogether) => {
    await runtime.startContainer(spec)
    const socket = await connectTo(runtime.addressOf('s1', 80))
    socket.setNoDelay(true)
    const header = Buffer.from('0d0a0d0a000d0a515549540a2111000c0a0102037f0000019c400050', 'hex')
    const request = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    if (isTogether) socket.end(Buffer.concat([header, request]))
    else {
      socket.write(header)
      await new Promise((resolve) => setImmediate(resolve))
      socket.end(request)
    }
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })

  it('says so to clients that do not speak HTTP, too', async () => {
    await runtime.startContainer(spec)
    const socket = await connectTo(runtime.addressOf('s1', 80))
    socket.end('*1\r\n$4\r\nPING\r\n')
    expect(await readAll(socket)).toContain('Neargate stand-in for nginx:1.25\n')
  })

  it('keeps an idle connection as long as nginx does', async () => {
    await runtime.startContainer(spec)
    const socket = await connectTo(runtime.addressOf('s1', 80))
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    const answer = await new Promise((resolve) => socket.once('data', resolve))
    socket.destroy()
    expect(String(answer)).toMatch(/^Keep-Alive: timeout=75\r$/im)
  })

  it('opens a port that only a Service names, and closes it with the others', async () => {
    const id = await runtime.startContainer(spec)
    await runtime.exposePorts(id, [80, 8080])
    const stream = await connectTo(runtime.addressOf('s1', 8080))
    const signal = AbortSignal.timeout(2000)
    expect(await httpGet(stream, { isTls: false, host: 'x', path: '/', headers: {}, signal })).toMatchObject({
      status: 200,
    })
    expect(await logOf(id)).toContain('stand-in for nginx:1.25 listening on 8080, as a Service has it')
    await runtime.stopContainer(id, 0)
    expect(runtime.addressOf('s1', 8080)).toBeUndefined()
    await runtime.exposePorts(id, [9090])
    expect(runtime.addressOf('s1', 9090)).toBeUndefined()
  })

  it('opens no port for a Service once it has ended meanwhile', async () => {
    const id = await runtime.startContainer(spec)
    await Promise.all([runtime.exposePorts(id, [8080]), runtime.stopContainer(id, 0)])
    expect(runtime.addressOf('s1', 8080)).toBeUndefined()
  })

  it('keeps the log of its last run and of the one before, and no more', async () => {
    const ids: string[] = []
    for (let attempt = 0; attempt < 4; attempt++) {
      const id = await runtime.startContainer({ ...spec, attempt })
      await runtime.stopContainer(id, 0)
      ids.push(id)
    }
    const other = await runtime.startContainer({ ...spec, name: 'side' })
    expect(await logOf(other)).not.toEqual([])
    const [first = '', second = '', third = '', last = ''] = ids
    for (const id of [first, second]) {
      await expect(logOf(id)).rejects.toMatchObject({ code: 'NotFound' })
    }
    for (const id of [third, last]) expect(await logOf(id)).not.toEqual([])
  })

  it('refuses TLS when it has no certificate', async () => {
    const id = await runtime.startContainer(spec)
    const socket = await connectTo(runtime.addressOf('s1', 80))
    socket.on('error', () => undefined)
    socket.write(Buffer.from('160301000100', 'hex'))
    socket.resume()
    await until('the end', () => socket.destroyed || socket.readableEnded)
    expect(await logOf(id)).toContain('refused TLS: this stand-in has no certificate')
    const way = runtime.addressOf('s1', 80)
    expect(way && 'statusOf' in way && way.statusOf?.({ path: '/', isTls: true })).toBeUndefined()
  })

  it('answers clients that speak TLS when it has a certificate', async () => {
    const certificate = await selfSigned()
    const options = { clock: systemClock, ids: randomIds, log: silentLog, records, builtins: [] }
    const secure = createStandinRuntime({ ...options, certificate: () => certificate })
    await secure.createSandbox(sandbox)
    await secure.startContainer(spec)
    const stream = await connectTo(secure.addressOf('s1', 80))
    const signal = AbortSignal.timeout(2000)
    const { status, body } = await httpGet(stream, { isTls: true, host: 'x', path: '/', headers: {}, signal })
    expect(status).toBe(200)
    expect(body).toContain('Neargate stand-in for nginx:1.25')
    const way = secure.addressOf('s1', 80)
    expect(way && 'statusOf' in way && way.statusOf?.({ path: '/', isTls: true })).toBe(200)
    await secure.close()
  })

  it('has a built-in answer what is posted to its port, with the certificate of the moment', async () => {
    const certificate = await selfSigned()
    let isThere = false
    const serving: BuiltinImage = {
      ...system,
      start: async () => ({
        server: {
          port: 80,
          certificate: async () => (isThere ? certificate : undefined),
          answer: async (path, text) =>
            path === '/known' ? { status: 201, body: { echoed: JSON.parse(text) as unknown } } : undefined,
        },
        stop: async () => undefined,
      }),
    }
    const other = create(records, [serving])
    await other.createSandbox(sandbox)
    await other.startContainer(spec)
    const post = async (path: string, isTls: boolean) =>
      await httpPost(await connectTo(other.addressOf('s1', 80)), { path, isTls, body: '{"a":1}' })
    expect(await post('/known', false)).toEqual({ status: 201, body: '{"echoed":{"a":1}}' })
    expect((await post('/other', false)).body).toContain('Neargate stand-in for nginx:1.25')
    await expect(post('/known', true)).rejects.toThrow()
    isThere = true
    expect(await post('/known', true)).toMatchObject({ status: 201 })
    await other.close()
  })

  it('ends as its built-in says', async () => {
    const failing: BuiltinImage = {
      ...system,
      async start(_sandbox, _container, context) {
        context.exit(1)
        return { stop: async () => void started.push('stopped') }
      },
    }
    const other = create(records, [failing])
    await other.createSandbox(sandbox)
    const id = await other.startContainer(spec)
    expect(await other.wait(id)).toMatchObject({ exitCode: 1, reason: 'Error' })
    expect(other.addressOf('s1', 80)).toBeUndefined()
    expect(started).toEqual(['stopped'])
    await other.close()
  })

  it('refuses to run commands and says what would', async () => {
    const id = await runtime.startContainer(spec)
    const exec = runtime.exec(id, {
      command: ['ls'],
      tty: false,
      stdin: undefined,
      onOutput: () => undefined,
    })
    await expect(exec).rejects.toMatchObject({ code: 'NotSupported' })
    await expect(exec).rejects.toThrow('exec needs a container engine')
  })

  it('ends at once when it is expected to end and nobody could talk to it', async () => {
    const worker = { ...spec, image: 'acme/worker', ports: [], isExpectedToEnd: true }
    const id = await runtime.startContainer(worker)
    expect(await runtime.wait(id)).toMatchObject({ exitCode: 0, reason: 'Completed' })
  })

  describe('with a plain script', () => {
    let clock: FakeClock

    beforeEach(async () => {
      clock = new FakeClock()
      records = new MemoryRecords()
      runtime = create(records, [], clock)
      await runtime.createSandbox(sandbox)
    })

    const script = (text: string): ContainerSpec => ({
      ...spec,
      image: 'busybox',
      ports: [],
      command: ['sh', '-c', text],
      args: [],
      terminationMessagePath: '/dev/termination-log',
    })

    async function logged(id: string): Promise<string[]> {
      const lines: string[] = []
      for await (const { text } of runtime.logs(id, {})) lines.push(text)
      return lines
    }

    it('says and ends with what the script does', async () => {
      const id = await runtime.startContainer(
        script('echo one; echo -n two; echo gone > /dev/termination-log; exit 3'),
      )
      expect(await runtime.wait(id)).toMatchObject({ exitCode: 3, reason: 'Error', message: 'gone\n' })
      expect(await logged(id)).toEqual(['one', 'two'])
      expect(await runtime.list()).toEqual([])
    })

    it('sleeps as long as it says, and is killed when it is stopped', async () => {
      const id = await runtime.startContainer(script('sleep 60; exit 4'))
      await clock.advance(59_000)
      expect(await runtime.list()).toHaveLength(1)
      await clock.advance(1000)
      expect(await runtime.wait(id)).toMatchObject({ exitCode: 4 })
      const other = await runtime.startContainer(script('sleep infinity'))
      await runtime.stopContainer(other, 30_000)
      expect(await runtime.wait(other)).toMatchObject({ exitCode: 137, reason: 'Error' })
    })

    it('has slept while the region was down', async () => {
      const id = await runtime.startContainer(script('sleep 60; exit 4'))
      await runtime.close()
      await clock.advance(50_000)
      runtime = create(records, [], clock)
      await runtime.resume()
      await clock.advance(10_000)
      expect(await runtime.wait(id)).toMatchObject({ exitCode: 4 })
      expect(records.list().filter(({ kind }) => kind === 'container')).toEqual([])
    })

    it('that ended while the region was down is there to be asked how', async () => {
      const id = await runtime.startContainer(script('sleep 60; exit 4'))
      await runtime.close()
      await clock.advance(90_000)
      runtime = create(records, [], clock)
      await runtime.resume()
      await clock.advance(1)
      expect((await runtime.list()).map((container) => container.id)).toEqual([id])
      expect(await runtime.wait(id)).toMatchObject({ exitCode: 4 })
      expect(await runtime.list()).toEqual([])
    })

    it('finds in its pod what its last run left there', async () => {
      const once = script('if [ -e /data/x ]; then exit 0; fi; touch /data/x; exit 1')
      expect((await runtime.wait(await runtime.startContainer(once))).exitCode).toBe(1)
      expect((await runtime.wait(await runtime.startContainer(once))).exitCode).toBe(0)
    })
  })

  it('goes on when it is known to serve, expected to end or not', async () => {
    await runtime.startContainer({
      ...spec,
      ports: [],
      image: 'registry.k8s.io/pause:3.10',
      isExpectedToEnd: true,
    })
    expect(await runtime.list()).toHaveLength(1)
  })

  it('goes on when it is expected to end and has ports', async () => {
    await runtime.startContainer({ ...spec, isExpectedToEnd: true })
    expect(await runtime.list()).toHaveLength(1)
  })

  it('is there again after a restart, with the same id and start time', async () => {
    await runtime.startContainer(spec)
    const before = await runtime.list()
    await runtime.close()
    expect(runtime.addressOf('s1', 80)).toBeUndefined()
    runtime = create(records, [system])
    await runtime.resume()
    expect(await runtime.list()).toEqual(before)
    expect((await get({})).status).toBe(200)
    expect(started).toEqual(['+web', '-web', '+web'])
  })

  it('does not start when its built-in does not, and leaves no port open', async () => {
    const broken: BuiltinImage = { ...system, start: () => Promise.reject(new TypeError('no role')) }
    const other = create(records, [broken])
    await other.createSandbox(sandbox)
    await expect(other.startContainer(spec)).rejects.toMatchObject({
      code: 'StartFailed',
      message: 'no role',
    })
    expect(other.addressOf('s1', 80)).toBeUndefined()
    expect(await other.list()).toEqual([])
  })

  it('that cannot come back after a restart is not there, and the others are', async () => {
    await runtime.startContainer(spec)
    await runtime.startContainer({
      ...spec,
      name: 'side',
      image: 'envoy',
      ports: [{ port: 81, protocol: 'TCP' }],
    })
    await runtime.close()
    const broken: BuiltinImage = { ...system, start: () => Promise.reject(new TypeError('no role')) }
    runtime = create(records, [broken])
    await runtime.resume()
    expect((await runtime.list()).map(({ name }) => name)).toEqual(['side'])
  })

  it('starts and stops a built-in with its container', async () => {
    const id = await runtime.startContainer(spec)
    await runtime.stopContainer(id, 0)
    expect(started).toEqual(['+web', '-web'])
  })
})

interface Post {
  readonly path: string
  readonly isTls: boolean
  readonly body: string
}

/** Posts over a stream; rejects when the handshake or the connection fails. */
function httpPost(stream: Socket, { path, isTls, body }: Post): Promise<{ status: number; body: string }> {
  const transport = isTls ? connectTls({ socket: stream, rejectUnauthorized: false }) : stream
  return new Promise((resolve, reject) => {
    transport.on('error', reject)
    stream.on('error', reject)
    const createConnection = (): Socket => transport
    const outgoing = request({ method: 'POST', path, headers: { connection: 'close' }, createConnection })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
    })
    outgoing.end(body)
  })
}

async function selfSigned(): Promise<{ cert: string; key: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=standin',
    keys,
    signingAlgorithm: algorithm,
  })
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return {
    cert: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
  }
}

describe('built-in images', () => {
  it.each([
    ['602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/coredns:v1.11.4-eksbuild.2', 'coredns'],
    ['602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.20', 'aws-node'],
    ['602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/kube-proxy@sha256:0', 'kube-proxy'],
    ['registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.19.1', 'kube-state-metrics'],
    ['nginx', undefined],
    ['example.com/notcoredns', undefined],
  ])('%s is %s', (image, name) => {
    expect(systemBuiltins().find((one) => one.matches(image))?.name).toBe(name)
  })

  it('are told by whole parts of the name', () => {
    expect(isRepository('localhost:5000/eks/coredns:1', 'coredns')).toBe(true)
    expect(isRepository('eks/coredns-extra', 'coredns')).toBe(false)
  })
})
