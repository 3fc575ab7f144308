// What kubectl prints, command by command: testing/kubectl.golden is the transcript that an API server is expected to
// give behind which no controller and no node is at work.
// `UPDATE_GOLDEN=1` writes what is printed now into it, to be read before it is kept.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'

import 'reflect-metadata'
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { StatusError } from '../../base/errors.ts'
import { nodes, pods } from '../client/resources.ts'
import type { KubeletGateway } from './ports.ts'
import { KubectlScene } from './testing/kubectl-scene.ts'

const path = new URL('testing/kubectl.golden', import.meta.url)
const isUpdate = process.env['UPDATE_GOLDEN'] === '1'

interface Step {
  /** As in a shell: words in single quotes stay together. */
  readonly command: string
  readonly expected: string
}

// A step is a line that begins with `$ kubectl` and what follows it, up to the next. Lines that begin with # are notes.
const transcript = readFileSync(path, 'utf8')
const steps: Step[] = transcript
  .split(/^\$ kubectl /m)
  .slice(1)
  .map((text) => {
    const [command = '', ...lines] = text.split('\n')
    const expected = lines.filter((line) => !line.startsWith('#')).join('\n')
    return { command, expected: expected.trimEnd() }
  })

const kubelet: KubeletGateway = {
  async *logs(pod, { tailLines }) {
    const lines = ['one\n', 'two\n', `${pod.container}\n`]
    yield Buffer.from(lines.slice(-(tailLines ?? lines.length)).join(''))
  },
  async exec(_pod, request) {
    // What `kubectl cp` runs there; the directory of the scene stands for the file system of the pod.
    if (['tar', 'test'].includes(request.command[0] ?? '')) return await runIn(scene.directory, request)
    request.onOutput('stdout', Buffer.from(`ran ${request.command.join(' ')}\n`))
    return Number(request.command.at(-1)) || 0
  },
  async attach(pod, { onOutput }) {
    onOutput('stdout', Buffer.from(`attached to ${pod.container}\n`))
  },
  async portForward(_pod, port) {
    if (port !== 80) throw new StatusError('InternalError', 'connection refused')
    const socket = connect((echo.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  },
}

type ExecRequest = Parameters<KubeletGateway['exec']>[1]

async function runIn(directory: string, request: ExecRequest): Promise<number> {
  const { command, stdin } = request
  const [program = '', ...args] = command
  const child = spawn(program, args, { cwd: directory })
  child.stdout.on('data', (chunk: Buffer) => request.onOutput('stdout', chunk))
  child.stderr.on('data', (chunk: Buffer) => request.onOutput('stderr', chunk))
  const ended = once(child, 'close')
  for await (const chunk of stdin ?? []) child.stdin.write(chunk)
  child.stdin.end()
  const [code] = (await ended) as [number]
  return code
}

let echo: Server

let scene: KubectlScene

beforeAll(async () => {
  echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket))
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  scene = await KubectlScene.create({ kubelet, version: '1.35' })
  await scene.fixture.client.create(nodes, { metadata: { name: 'n1' }, spec: {} })
  const containers = [{ name: 'web', image: 'nginx:1.27', ports: [{ containerPort: 80 }] }]
  const labels = { app: 'web' }
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  }
  await scene.write('web.yaml', JSON.stringify(deployment))
  const more = { ...deployment, spec: { ...deployment.spec, replicas: 3 } }
  await scene.write('more.yaml', JSON.stringify(more))
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'placed', labels: { app: 'placed' } },
    spec: { nodeName: 'n1', containers },
  }
  await scene.write('pod.yaml', JSON.stringify(pod))
  await scene.write('unknown.yaml', JSON.stringify({ ...pod, spec: { ...pod.spec, colour: 'red' } }))
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'pruned', labels: { set: 'a' } } }
  await scene.write('map.yaml', JSON.stringify(map))
  await scene.write('other.yaml', JSON.stringify({ ...map, metadata: { ...map.metadata, name: 'kept' } }))
  await scene.write('kustomization.yaml', 'namePrefix: k-\nresources: [map.yaml]\n')
  await mkdir(join(scene.directory, 'in-pod'))
  await scene.write(
    'requests.yaml',
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: await signingRequests() }),
  )
  await scene.write('many.yaml', MANY)
  await scene.write('edit.sh', '#!/bin/sh\nsed -i s/replicas:.*/replicas:\\ 5/ "$1"\n')
}, 60_000)

afterAll(async () => {
  await scene.close()
  echo.close()
})

/** Two requests of ann for a certificate. */
async function signingRequests(): Promise<object[]> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: 'CN=ann',
    keys,
    signingAlgorithm: algorithm,
  })
  return ['ann', 'bob'].map((name) => ({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: {
      request: Buffer.from(request.toString('pem')).toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
    },
  }))
}

/** One of each kind that `kubectl describe` has words of its own for and that no other step makes. */
const MANY = `
apiVersion: v1
kind: PersistentVolume
metadata: { name: disk }
spec:
  capacity: { storage: 1Gi }
  accessModes: [ReadWriteOnce]
  csi: { driver: ebs.csi.aws.com, volumeHandle: vol-1, fsType: ext4 }
  storageClassName: fast
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [ReadWriteOnce], storageClassName: fast, resources: { requests: { storage: 1Gi } } }
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: fast }
provisioner: ebs.csi.aws.com
parameters: { type: gp3 }
---
apiVersion: storage.k8s.io/v1
kind: VolumeAttachment
metadata: { name: attached }
spec: { attacher: ebs.csi.aws.com, nodeName: n1, source: { persistentVolumeName: disk } }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: base }
spec:
  serviceName: base
  selector: { matchLabels: { app: base } }
  template: { metadata: { labels: { app: base } }, spec: { containers: [{ name: db, image: postgres }] } }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template: { metadata: { labels: { app: agent } }, spec: { containers: [{ name: a, image: agent }] } }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed }
spec:
  podSelector: { matchLabels: { app: base } }
  policyTypes: [Ingress]
  ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }], ports: [{ port: 5432 }] }]
---
apiVersion: v1
kind: LimitRange
metadata: { name: small }
spec: { limits: [{ type: Container, default: { cpu: 500m }, max: { cpu: "1" } }] }
---
apiVersion: v1
kind: ReplicationController
metadata: { name: old }
spec:
  replicas: 0
  selector: { app: old }
  template: { metadata: { labels: { app: old } }, spec: { containers: [{ name: a, image: old }] } }
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: alb }
spec: { controller: ingress.k8s.aws/alb }
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: { name: leader }
spec: { holderIdentity: me, leaseDurationSeconds: 15 }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: by-hand, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
ports: [{ name: http, port: 80 }]
endpoints: [{ addresses: [10.0.0.9], conditions: { ready: true } }]
`

function words(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

// What differs from run to run: addresses, ages, versions of objects, generated names.
function steady(text: string): string {
  return text
    .replaceAll(scene.directory, '<dir>')
    .replace(/127\.0\.0\.1:\d+/g, '<server>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>')
    .replace(/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]+ [+-]\d{4}/g, '<time>')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>')
    .replace(/resourceVersion: "\d+"/g, 'resourceVersion: "<rv>"')
    .replace(/(Resource Version: +)\d+/g, '$1<rv>')
    .replace(/\d{4}-\d\d-\d\d [\d:]{8} [+-]\d{4} UTC/g, '<time>')
    .replace(/(LIVE|MERGED)-\d+/g, '$1-<id>')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [+-]\d{4}/g, '<time>')
    .replace(/kube-api-access-[a-z0-9]{5}/g, 'kube-api-access-<id>')
    .replace(/debugger-[a-z0-9]{5}/g, 'debugger-<id>')
    .replace(/\b10\.100\.\d+\.\d+\b/g, '<ip>')
    .replace(/(NodePort:.*|80:)3\d{4}/g, '$1<port>')
    .replace(/(?<=\s)\d+s(?=\s|$)/gm, '<age>')
    .replace(/[ \t]+$/gm, '')
    .replace(/ {2,}/g, '  ')
    .trimEnd()
}

async function printed({ command }: Step): Promise<string> {
  const args = words(command)
  const env = command.startsWith('edit') ? { EDITOR: `sh ${scene.directory}/edit.sh` } : {}
  const { out, err, code } = await scene.client('kubectl', args, env)
  const parts = [out, err === '' ? '' : `stderr: ${err}`, code === 0 ? '' : `exit code ${code}`]
  return steady(
    parts
      .map((part) => part.trimEnd())
      .filter((part) => part !== '')
      .join('\n'),
  )
}

it('prints what it prints against a cluster', async () => {
  const now: Step[] = []
  // One after the other: each works on what those before it have left.
  for (const step of steps) now.push({ ...step, expected: await printed(step) })
  if (isUpdate) {
    await writeFile(
      path,
      now.map(({ command, expected }) => `$ kubectl ${command}\n${expected}\n`).join('\n'),
    )
    return
  }
  for (const [index, { command, expected }] of now.entries()) {
    expect(`$ kubectl ${command}\n${expected}`).toBe(`$ kubectl ${command}\n${steps[index]?.expected}`)
  }
}, 240_000)

describe('what runs until it is stopped', () => {
  /** The port in what a program prints first. What it prints is read on: it would end by a pipe that is closed. */
  function portOf(child: ReturnType<KubectlScene['start']>, line: RegExp): Promise<number> {
    let text = ''
    return new Promise((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        text += chunk.toString()
        const [, port] = line.exec(text) ?? []
        if (port !== undefined) resolve(Number(port))
      }
      child.stdout.on('data', read)
      child.stderr.on('data', read)
      child.once('exit', () => reject(new Error(`not printed: ${text}`)))
    })
  }

  async function running(args: readonly string[], line: RegExp, use: (port: number) => Promise<void>) {
    const child = scene.start('kubectl', args)
    const ended = once(child, 'exit')
    try {
      await use(await portOf(child, line))
    } finally {
      child.kill()
      await ended
    }
  }

  it('port-forward carries bytes to the pod and back', async () => {
    await scene.client('kubectl', ['create', 'namespace', 'carried'])
    await scene.client('kubectl', ['create', 'serviceaccount', 'default', '-n', 'carried'])
    await scene.client('kubectl', ['create', '-n', 'carried', '-f', 'pod.yaml'])
    // No kubelet says so here.
    const { client } = scene.fixture
    const pod = await client.get(pods, { namespace: 'carried', name: 'placed' })
    await client.updateStatus(pods, { ...pod, status: { ...pod.status, phase: 'Running' } })
    const args = ['port-forward', '-n', 'carried', 'pod/placed', ':80']
    await running(args, /Forwarding from 127\.0\.0\.1:(\d+) -> 80/, async (port) => {
      const socket = connect(port, '127.0.0.1')
      socket.end('there and back')
      const parts: Buffer[] = []
      for await (const part of socket as AsyncIterable<Buffer>) parts.push(part)
      expect(Buffer.concat(parts).toString()).toBe('there and back')
    })
  })

  it('proxy answers for the API, with the rights of its user', async () => {
    await running(['proxy', '--port=0'], /Starting to serve on 127\.0\.0\.1:(\d+)/, async (port) => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/namespaces/default`)
      expect([answer.status, await answer.json()]).toEqual([
        200,
        expect.objectContaining({
          kind: 'Namespace',
          metadata: expect.objectContaining({ name: 'default' }),
        }),
      ])
    })
  })
})
