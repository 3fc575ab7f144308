// Exec, port-forward and logs as @kubernetes/client-node does them.
import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Server } from 'node:net'
import { PassThrough, Writable } from 'node:stream'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'

import { kubernetesClient, type KubeConfig, type Status } from '../../../test/support/kubernetes-client.ts'
import { aborted } from '../../base/abort.ts'
import { systemClock } from '../../base/clock.ts'
import { StatusError } from '../../base/errors.ts'
import { randomIds } from '../../base/ids.ts'
import { createMemoryStore } from '../../store/memory-store.ts'
import { configMaps, pods, serviceAccounts } from '../client/resources.ts'
import { createClusterCertificates } from './certificates.ts'
import { sendTo } from './testing/send.ts'
import { createApiFixture, type ApiFixture } from './testing/api-fixture.ts'
import { auditEvent } from './audit.ts'
import type { KubeletGateway } from './ports.ts'
import type { AnsweredRequest } from './request-observer.ts'

// Brought from npm once.
const k8s = await kubernetesClient()

let fixture: ApiFixture
let echo: Server
/** Says a word and has nothing to add. */
let finger: Server
let config: KubeConfig
const told: AnsweredRequest[] = []
let endedLogs = 0

const kubelet: KubeletGateway = {
  async *logs(_pod, { follow, signal }) {
    yield Buffer.from('hello\n')
    if (!follow) return
    await aborted(signal)
    endedLogs += 1
    throw signal.reason
  },
  async exec(_pod, request) {
    const { command, stdin } = request
    if (command[0] === 'refuse') throw new StatusError('BadRequest', 'no such program')
    if (command[0] === 'lost') throw new Error('nothing runs')
    for await (const chunk of stdin ?? []) request.onOutput('stdout', chunk)
    return command[0] === 'fail' ? 7 : 0
  },
  async attach(pod, { stdin, onOutput }) {
    onOutput('stdout', Buffer.from(`attached to ${pod.container}\n`))
    if (stdin) for await (const chunk of stdin) onOutput('stdout', chunk)
  },
  async portForward(_pod, port) {
    if (port !== 80 && port !== 79) throw new StatusError('InternalError', 'connection refused')
    const server = port === 80 ? echo : finger
    const socket = connect({
      port: (server.address() as AddressInfo).port,
      host: '127.0.0.1',
      allowHalfOpen: true,
    })
    await once(socket, 'connect')
    return socket
  },
}

beforeAll(async () => {
  echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket))
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  finger = createServer({ allowHalfOpen: true }, (socket) => socket.end('bye'))
  finger.listen(0, '127.0.0.1')
  await once(finger, 'listening')
  fixture = await createApiFixture({
    kubelet,
    requests: { isWanted: () => true, answered: (request) => void told.push(request) },
  })
  const { client, server } = fixture
  const certificates = await createClusterCertificates({ clock: systemClock, ids: randomIds })
  const { port } = await server.listen({ host: '127.0.0.1', port: 0, tls: certificates })
  await client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } })
  for (const [name, nodeName] of [
    ['placed', 'n1'],
    ['waiting', ''],
  ] as const) {
    const spec = { containers: [{ name: 'c', image: 'i' }], ...(nodeName ? { nodeName } : {}) }
    await client.create(pods, { metadata: { name, namespace: 'default' }, spec })
  }
  config = new k8s.KubeConfig()
  config.loadFromClusterAndUser(
    {
      name: 'test',
      server: `https://127.0.0.1:${port}`,
      caData: Buffer.from(certificates.ca).toString('base64'),
      skipTLSVerify: false,
    },
    { name: 'admin', token: 'admin' },
  )
})

afterAll(async () => {
  await fixture.server.close()
  echo.close()
  finger.close()
})

function sink(): { readonly stream: Writable; text: () => string } {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk))
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString() }
}

async function exec(command: string[], input: string): Promise<{ status: Status; out: string }> {
  const out = sink()
  const stdin = new PassThrough()
  const status = new Promise<Status>((resolve, reject) => {
    new k8s.Exec(config)
      .exec('default', 'placed', 'c', command, out.stream, null, stdin, false, resolve)
      .then(() => stdin.end(input), reject)
  })
  return { status: await status, out: out.text() }
}

/** What comes over a WebSocket to a subresource of the pod, until its end. */
async function messagesOf(path: string, ...protocols: string[]): Promise<string[]> {
  const { server = '' } = config.getCurrentCluster() ?? {}
  const url = `${server.replace('https', 'wss')}/api/v1/namespaces/default/pods/placed/${path}`
  const socket = new WebSocket(url, protocols, {
    rejectUnauthorized: false,
    headers: { authorization: 'Bearer admin' },
  })
  const messages: string[] = []
  // It was made without asking for fragments: each message is one buffer.
  socket.on('message', (data) => messages.push((data as Buffer).toString()))
  await once(socket, 'close')
  expect(socket.protocol).toBe(protocols[0] ?? '')
  return messages
}

it.each([['binary.k8s.io'], []])('sends logs over a WebSocket of the protocol %j', async (...protocols) => {
  expect(await messagesOf('log?container=c', ...protocols)).toEqual(['hello\n'])
})

it('ends a log that is followed over a WebSocket when its client goes', async () => {
  const { server = '' } = config.getCurrentCluster() ?? {}
  const path = '/api/v1/namespaces/default/pods/placed/log?container=c&follow=true'
  const socket = new WebSocket(server.replace('https', 'wss') + path, {
    rejectUnauthorized: false,
    headers: { authorization: 'Bearer admin' },
  })
  await once(socket, 'message')
  const before = endedLogs
  socket.terminate()
  await expect.poll(() => endedLogs).toBe(before + 1)
})

describe('exec', () => {
  it('carries input and output, and ends with the input', async () => {
    const input = 'x'.repeat(300_000)
    const { status, out } = await exec(['cat'], input)
    expect(out).toBe(input)
    expect(status.status).toBe('Success')
  })

  it('reports exit codes and refusals', async () => {
    expect((await exec(['fail'], '')).status).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    })
    expect((await exec(['refuse'], '')).status).toMatchObject({
      status: 'Failure',
      message: 'no such program',
    })
    expect((await exec(['lost'], '')).status).toMatchObject({
      reason: 'InternalError',
      details: { causes: [{ message: 'nothing runs' }] },
    })
  })

  it('tells clients of the first protocol in words, and nothing where all went well', async () => {
    const said = async (command: string): Promise<string[]> =>
      await messagesOf(`exec?container=c&stdout=1&command=${command}`, 'channel.k8s.io')
    expect(await said('fail')).toEqual(['\u0003command terminated with non-zero exit code: exit status 7'])
    expect(await said('true')).toEqual([])
  })

  it('needs a node', async () => {
    const attempt = new k8s.Exec(config).exec('default', 'waiting', 'c', ['cat'], null, null, null, false)
    await expect(attempt).rejects.toBeDefined()
  })
})

it('counts streams while they last, and once they have ended or been refused', async () => {
  const figures = async (name: string): Promise<string[]> =>
    ((await sendTo(fixture.server, 'GET', '/metrics')).body as string)
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && line.includes('subresource="exec"'))
  const count = (lines: readonly string[], part = ''): number =>
    Number(
      lines
        .find((line) => line.includes(part))
        ?.split(' ')
        .at(-1) ?? 0,
    )
  const totals = await figures('apiserver_request_total')
  const stdin = new PassThrough()
  const { stream } = sink()
  const socket = await new k8s.Exec(config).exec(
    'default',
    'placed',
    'c',
    ['cat'],
    stream,
    null,
    stdin,
    false,
  )
  await expect
    .poll(async () => count(await figures('apiserver_longrunning_requests'), 'verb="CONNECT"'))
    .toBe(1)
  stdin.end()
  await once(socket as WebSocket, 'close')
  await expect.poll(async () => count(await figures('apiserver_longrunning_requests'))).toBe(0)
  const refused = new k8s.Exec(config).exec('default', 'waiting', 'c', ['cat'], null, null, null, false)
  await expect(refused).rejects.toBeDefined()
  const after = await figures('apiserver_request_total')
  for (const code of ['code="101"', 'code="400"']) {
    expect(count(after, code) - count(totals, code)).toBe(1)
  }
})

describe('attach', () => {
  it('carries what a container says, and what is typed', async () => {
    const out = sink()
    const input = new PassThrough()
    const attached = new k8s.Attach(config).attach('default', 'placed', 'c', out.stream, null, input, false)
    input.end('typed')
    const socket = await attached
    await once(socket as WebSocket, 'close')
    expect(out.text()).toBe('attached to c\ntyped')
  })
})

describe('port-forward', () => {
  it('carries bytes both ways', async () => {
    const out = sink()
    const input = new PassThrough()
    const forward = new k8s.PortForward(config)
    const socket = await forward.portForward('default', 'placed', [80], out.stream, null, input)
    input.write('ping')
    await expect.poll(out.text).toBe('ping')
    ;(socket as { close: () => void }).close()
  })

  it('ends when the port has said all', async () => {
    const out = sink()
    const forward = new k8s.PortForward(config)
    const socket = await forward.portForward('default', 'placed', [79], out.stream, null, new PassThrough())
    await once(socket as WebSocket, 'close')
    expect(out.text()).toBe('bye')
  })

  it('says why a port cannot be reached', async () => {
    const errors = sink()
    const forward = new k8s.PortForward(config)
    await forward.portForward('default', 'placed', [81], sink().stream, errors.stream, new PassThrough())
    await expect
      .poll(errors.text)
      .toMatch(/^error forwarding port 81 to pod placed, uid [0-9a-f-]{36}: connection refused$/)
  })
})

describe('closing', () => {
  it('ends what has left HTTP, and the watches of this process', async () => {
    const own = await createApiFixture({ kubelet })
    const certificates = await createClusterCertificates({ clock: systemClock, ids: randomIds })
    const { port } = await own.server.listen({ host: '127.0.0.1', port: 0, tls: certificates })
    await own.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } })
    const spec = { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] }
    await own.client.create(pods, { metadata: { name: 'p', namespace: 'default' }, spec })
    const url = `wss://127.0.0.1:${port}/api/v1/namespaces/default/pods/p/exec?command=cat&stdin=true`
    const socket = new WebSocket(url, 'v5.channel.k8s.io', {
      ca: certificates.ca,
      headers: { authorization: 'Bearer admin' },
    })
    await once(socket, 'open')
    const { signal } = new AbortController()
    const events = own.client.watch(pods, { resourceVersion: '1', signal })[Symbol.asyncIterator]()
    expect((await events.next()).value).toMatchObject({ type: 'ADDED' })
    const ended = once(socket, 'close')
    await own.server.close()
    await ended
    expect((await events.next()).done).toBe(true)
  })
})

describe('logs', () => {
  it('come as they are', async () => {
    const api = config.makeApiClient(k8s.CoreV1Api)
    expect(await api.readNamespacedPodLog({ name: 'placed', namespace: 'default' })).toBe('hello\n')
    expect(await api.readNamespacedPodLog({ name: 'waiting', namespace: 'default' })).toBe('')
  })
})

describe('informers', () => {
  it('see what is there and what happens', async () => {
    const api = config.makeApiClient(k8s.CoreV1Api)
    const list = () => api.listNamespace()
    const informer = k8s.makeInformer(config, '/api/v1/namespaces', list)
    const seen: string[] = []
    informer.on('add', (object) => seen.push(object.metadata?.name ?? ''))
    await informer.start()
    await api.createNamespace({ body: { metadata: { name: 'fresh' } } })
    await expect
      .poll(() => seen.toSorted())
      .toEqual(['default', 'fresh', 'kube-node-lease', 'kube-public', 'kube-system'])
    await informer.stop()
  })
})

describe('an informer whose server goes away', () => {
  it('misses nothing and tells nothing twice when it comes back', async () => {
    const store = createMemoryStore()
    const certificates = await createClusterCertificates({ clock: systemClock, ids: randomIds })
    let own = await createApiFixture({ store })
    const where = { host: '127.0.0.1', tls: certificates }
    const { port } = await own.server.listen({ ...where, port: 0 })
    const direct = new k8s.KubeConfig()
    direct.loadFromClusterAndUser(
      { name: 'own', server: `https://127.0.0.1:${port}`, skipTLSVerify: true },
      { name: 'admin', token: 'admin' },
    )
    const api = direct.makeApiClient(k8s.CoreV1Api)
    const list = () => api.listNamespacedConfigMap({ namespace: 'default' })
    const informer = k8s.makeInformer(direct, '/api/v1/namespaces/default/configmaps', list)
    const seen: string[] = []
    for (const verb of ['add', 'update', 'delete'] as const) {
      informer.on(verb, ({ metadata }) => seen.push(`${verb} ${metadata?.name}`))
    }
    // As its documentation has it: who is told of an error starts it again.
    informer.on('error', () => void informer.start().catch(() => undefined))
    const write = (name: string): Promise<unknown> =>
      own.client.create(configMaps, { metadata: { name, namespace: 'default' } })
    for (const name of ['kept', 'removed']) await write(name)
    await informer.start()
    await write('seen')
    await expect.poll(() => seen).toContain('add seen')
    await own.server.close()
    own = await createApiFixture({ store })
    // While nobody can see it.
    await write('missed')
    await own.client.delete(configMaps, { namespace: 'default', name: 'removed' })
    await own.server.listen({ ...where, port })
    await informer.start()
    await write('after')
    await expect.poll(() => seen, { timeout: 5_000 }).toContain('add after')
    expect(seen.toSorted()).toEqual([
      'add after',
      'add kept',
      'add missed',
      'add removed',
      'add seen',
      'delete removed',
    ])
    await informer.stop()
    await own.server.close()
  })
})

describe('the audit of streams', () => {
  const exec = async (pod: string, token: string): Promise<object | undefined> => {
    const { server } = config.getCurrentCluster() ?? {}
    const url = `${server}/api/v1/namespaces/default/pods/${pod}/exec?command=ls&audit=${pod}-${token}`
    const socket = new WebSocket(url.replace('https', 'wss'), 'v5.channel.k8s.io', {
      headers: { authorization: `Bearer ${token}` },
      rejectUnauthorized: false,
    })
    socket.on('error', () => undefined)
    await once(socket, 'close').catch(() => undefined)
    const found = told.filter(({ request }) => request.url.endsWith(`audit=${pod}-${token}`))
    expect(found).toHaveLength(1)
    return found[0] && auditEvent(found[0])
  }

  it.each([
    ['placed', 'admin', 101],
    ['waiting', 'admin', 400],
    ['placed', 'user:ann', 403],
    ['placed', 'wrong', 401],
  ])('%s by %s: %i', async (pod, token, code) => {
    expect(await exec(pod, token)).toMatchObject({
      stage: 'ResponseStarted',
      sourceIPs: ['127.0.0.1'],
      objectRef: { resource: 'pods', subresource: 'exec', name: pod },
      responseStatus: { code },
      user: code === 401 ? {} : { username: token === 'admin' ? 'kubernetes-admin' : 'ann' },
    })
  })
})
