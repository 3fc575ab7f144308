// Contract with the real clients: kubectl and helm, as the npm package of AWS CDK brings them (Linux x64).
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { StatusError } from '../../base/errors.ts'
import { pods } from '../client/resources.ts'
import type { ApiFixture } from './testing/api-fixture.ts'
import type { RealClient } from '../../../test/support/real-clients.ts'
import { KubectlScene, type Outcome } from './testing/kubectl-scene.ts'
import type { KubeletGateway } from './ports.ts'

/** A node whose only program prints what it is given and ends with the code it is told. */
const kubelet: KubeletGateway = {
  async *logs(pod, { tailLines }) {
    const lines = ['one\n', 'two\n', `${pod.container}\n`]
    yield Buffer.from(lines.slice(-(tailLines ?? lines.length)).join(''))
  },
  async exec(_pod, request) {
    const { command, stdin } = request
    if (stdin) for await (const chunk of stdin) request.onOutput('stdout', chunk)
    request.onOutput('stderr', Buffer.from(`ran ${command.join(' ')}\n`))
    return Number(command.at(-1)) || 0
  },
  async attach(pod, { stdin, onOutput }) {
    onOutput('stdout', Buffer.from(`attached to ${pod.container}\n`))
    if (stdin) for await (const chunk of stdin) onOutput('stdout', chunk)
  },
  portForward: async () => {
    throw new StatusError('InternalError', 'not here')
  },
}

let scene: KubectlScene
let directory = ''
let fixture: ApiFixture

beforeAll(async () => {
  scene = await KubectlScene.create({ kubelet })
  ;({ directory, fixture } = scene)
}, 60_000)

afterAll(() => scene.close())

function client(
  binary: RealClient,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  return scene.client(binary, args, env)
}

function kubectl(...args: string[]): Promise<Outcome> {
  return client('kubectl', args)
}

async function manifest(name: string, object: object): Promise<string> {
  const path = join(directory, `${name}.json`)
  await writeFile(path, JSON.stringify(object))
  return path
}

function deployment(name: string, over: object = {}): object {
  const labels = { app: name }
  const containers = [
    { name: 'nginx', image: 'nginx:1.27', resources: { requests: { cpu: '250m', memory: '512Mi' } } },
  ]
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
      ...over,
    },
  }
}

describe('kubectl', () => {
  it('looks around', async () => {
    const version = await kubectl('version')
    expect(version.out).toMatch(/Server Version: v1\.34\.\d+-eks-[0-9a-f]{7}/)
    const resources = await kubectl('api-resources')
    expect(resources.out).toMatch(/^deployments +deploy +apps\/v1 +true +Deployment$/m)
    expect(resources.out).toMatch(/^tokenreviews +authentication\.k8s\.io\/v1 +false +TokenReview$/m)
    const services = await kubectl('get', 'svc')
    expect(
      services.out
        .split('\n')
        .slice(0, 2)
        .map((line) => line.split(/ {2,}/).slice(0, 5)),
    ).toEqual([
      ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)'],
      ['kubernetes', 'ClusterIP', '10.100.0.1', '<none>', '443/TCP'],
    ])
    expect((await kubectl('get', '--raw', '/readyz')).out).toBe('ok')
    expect((await kubectl('cluster-info')).out).toContain('Kubernetes control plane')
  })

  it('applies, again without a change, and by the server', async () => {
    const path = await manifest('web', deployment('web'))
    expect((await kubectl('apply', '-f', path)).out).toBe('deployment.apps/web created\n')
    expect((await kubectl('apply', '-f', path)).out).toBe('deployment.apps/web unchanged\n')
    expect((await kubectl('diff', '-f', path)).code).toBe(0)
    await manifest('web', deployment('web', { replicas: 3 }))
    expect((await kubectl('diff', '-f', path)).out).toMatch(/-\s+replicas: 2\n\+\s+replicas: 3/)
    expect((await kubectl('apply', '-f', path)).out).toBe('deployment.apps/web configured\n')
    const applied = await kubectl('apply', '--server-side', '-f', path)
    expect(applied).toMatchObject({ out: 'deployment.apps/web serverside-applied\n', code: 0 })
    const conflict = await kubectl(
      'apply',
      '--server-side',
      '--field-manager=other',
      '-f',
      await manifest('other', deployment('web', { replicas: 1 })),
    )
    expect(conflict.err).toContain('Apply failed with 1 conflict: conflict with "kubectl": .spec.replicas')
  })

  it('changes what is there', async () => {
    await kubectl('create', 'deployment', 'many', '--image=nginx')
    expect((await kubectl('scale', 'deploy/many', '--replicas=4')).out).toBe('deployment.apps/many scaled\n')
    await kubectl('label', 'deploy/many', 'tier=front')
    await kubectl('annotate', 'deploy/many', 'note=yes')
    await kubectl('patch', 'deploy/many', '-p', '{"spec":{"paused":true}}')
    await kubectl('set', 'image', 'deploy/many', 'nginx=nginx:2')
    const path =
      '{.spec.replicas} {.metadata.labels.tier} {.metadata.annotations.note} {.spec.paused} {.spec.template.spec.containers[0].image} {.metadata.generation}'
    const { out } = await kubectl('get', 'deploy', 'many', '-o', `jsonpath=${path}`)
    expect(out).toBe('4 front yes true nginx:2 4')
    const edited = await client('kubectl', ['edit', 'deploy', 'many'], {
      KUBE_EDITOR: 'sed -i s/nginx:2/nginx:3/',
    })
    expect(edited.out).toBe('deployment.apps/many edited\n')
    expect((await kubectl('get', 'deploy', 'many', '-o', 'wide')).out).toMatch(
      /many +0\/4 +0 +0 +\S+ +nginx +nginx:3 +app=many/,
    )
    expect((await kubectl('delete', 'deploy', 'many')).out).toBe(
      'deployment.apps "many" deleted from default namespace\n',
    )
  })

  it('creates with its generators', async () => {
    expect((await kubectl('create', 'configmap', 'made', '--from-literal=a=1')).out).toBe(
      'configmap/made created\n',
    )
    expect((await kubectl('create', 'secret', 'generic', 'made', '--from-literal=a=1')).out).toBe(
      'secret/made created\n',
    )
    expect((await kubectl('create', 'sa', 'made')).out).toBe('serviceaccount/made created\n')
    expect((await kubectl('create', 'token', 'made')).out).toMatch(/^ey[\w-]+\.[\w-]+\.[\w-]+$/)
    expect((await kubectl('run', 'made', '--image=busybox')).out).toBe('pod/made created\n')
    expect(
      (await kubectl('wait', 'pod/made', '--for=jsonpath={.status.phase}=Pending', '--timeout=5s')).out,
    ).toBe('pod/made condition met\n')
    expect((await kubectl('expose', 'pod', 'made', '--port=80')).out).toBe('service/made exposed\n')
    const dry = await kubectl('create', 'configmap', 'dry', '--dry-run=server')
    expect(dry.out).toBe('configmap/dry created (server dry run)\n')
    expect((await kubectl('get', 'cm', 'dry')).err).toBe(
      'Error from server (NotFound): configmaps "dry" not found\n',
    )
    expect((await kubectl('delete', 'pod', 'made', '--now')).code).toBe(0)
  })

  it('is told what is wrong in the usual words', async () => {
    const unknown = await kubectl('apply', '-f', await manifest('bad', deployment('bad', { replicaz: 1 })))
    expect(unknown.err).toContain('strict decoding error: unknown field "spec.replicaz"')
    const mismatch = await kubectl(
      'apply',
      '-f',
      await manifest('bad', deployment('bad', { selector: { matchLabels: { a: 'b' } } })),
    )
    expect(mismatch.err).toContain(
      'The Deployment "bad" is invalid: spec.template.metadata.labels: Invalid value: {"app":"bad"}: `selector` does not match template `labels`',
    )
    const nowhere = await kubectl('-n', 'nowhere', 'create', 'configmap', 'x')
    expect(nowhere.err).toBe('error: failed to create configmap: namespaces "nowhere" not found\n')
    expect((await kubectl('get', 'pods', '--field-selector', 'spec.colour=red')).err).toContain(
      'field label not supported: spec.colour',
    )
    expect((await kubectl('get', 'widgets')).err).toContain(
      'the server doesn\'t have a resource type "widgets"',
    )
  })

  it('asks who may what', async () => {
    expect((await kubectl('auth', 'whoami')).out).toMatch(/Username +kubernetes-admin/)
    expect((await kubectl('auth', 'can-i', 'delete', 'nodes')).out).toBe('yes\n')
    expect(await kubectl('auth', 'can-i', 'get', 'pods', '--user', 'bob')).toMatchObject({
      out: 'no\n',
      code: 1,
    })
    expect(await kubectl('get', 'pods', '--user', 'bob')).toMatchObject({
      err: 'Error from server (Forbidden): pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"\n',
    })
    await kubectl('create', 'rolebinding', 'bob', '--clusterrole=view', '--user=bob')
    expect((await kubectl('get', 'pods', '--user', 'bob')).code).toBe(0)
    expect((await kubectl('get', 'secrets', '--user', 'bob')).code).toBe(1)
    expect((await kubectl('get', 'secrets', '--as', 'bob')).err).toContain(
      'User "bob" cannot list resource "secrets"',
    )
    expect((await kubectl('auth', 'can-i', '--list', '--user', 'bob')).out).toMatch(
      /configmaps .*\[get list watch\]/,
    )
  })

  it('reads logs and runs commands', async () => {
    await fixture.client.create(pods, {
      metadata: { name: 'busy', namespace: 'default' },
      spec: {
        nodeName: 'n1',
        containers: [
          { name: 'main', image: 'i' },
          { name: 'side', image: 'i' },
        ],
      },
    })
    expect((await kubectl('logs', 'busy', '-c', 'side', '--tail=2')).out).toBe('two\nside\n')
    expect((await kubectl('logs', 'busy', '-c', 'none')).err).toContain(
      'container none is not valid for pod busy',
    )
    const failed = await kubectl('exec', 'busy', '-c', 'main', '--', 'exit', '3')
    expect(failed).toMatchObject({ code: 3, err: expect.stringContaining('ran exit 3\n') })
    expect((await kubectl('exec', 'busy', '-c', 'main', '--', 'true')).code).toBe(0)
  })

  it('applies lists', async () => {
    const items = [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'listed' } }]
    const path = await manifest('list', { apiVersion: 'v1', kind: 'List', items })
    expect(await kubectl('apply', '-f', path)).toMatchObject({ out: 'configmap/listed created\n', err: '' })
  })

  it('explains', async () => {
    const { out } = await kubectl('explain', 'deployment.spec.strategy')
    expect(out).toMatch(/GROUP: +apps\nKIND: +Deployment\nVERSION: +v1/)
    expect(out).toContain('rollingUpdate')
    expect((await kubectl('explain', 'deployments', '--recursive')).out).toMatch(
      /^ {4}Deployment enables declarative updates for Pods and ReplicaSets\.$[^]*^ {10}image\t<string>$/m,
    )
    const containers = await kubectl('explain', 'pods.spec.containers')
    expect(containers.out).toContain(
      '    A single application container that you want to run within a pod.\n',
    )
    expect(containers.out).toMatch(
      /^ {2}lifecycle\t<Lifecycle>\n {4}Actions that the management system should take/m,
    )
    expect(containers.out).not.toContain('<no description>')
  })

  it('watches with tables', async () => {
    const watching = kubectl('get', 'cm', '-w', '--request-timeout=2s', '-o', 'name')
    await kubectl('create', 'configmap', 'seen')
    expect((await watching).out).toContain('configmap/seen')
  })

  it('deletes a namespace down to its finalizer', async () => {
    await kubectl('create', 'namespace', 'going')
    await kubectl('delete', 'namespace', 'going', '--wait=false')
    expect((await kubectl('get', 'namespace', 'going')).out).toMatch(/going +Terminating/)
    const late = await kubectl('-n', 'going', 'create', 'configmap', 'late')
    expect(late.err).toContain(
      'configmaps "late" is forbidden: unable to create new content in namespace going because it is being terminated',
    )
    const namespace = JSON.parse((await kubectl('get', 'namespace', 'going', '-o', 'json')).out) as {
      spec: object
    }
    const path = join(directory, 'finalize.json')
    await writeFile(path, JSON.stringify({ ...namespace, spec: {} }))
    await kubectl('replace', '--raw', '/api/v1/namespaces/going/finalize', '-f', path)
    expect((await kubectl('get', 'namespace', 'going')).err).toContain('namespaces "going" not found')
  })
})

it('explains by version 2 of OpenAPI as well', async () => {
  const { out, code } = await kubectl(
    'explain',
    'pods.spec.containers.ports',
    '--output',
    'plaintext-openapiv2',
  )
  expect(code).toBe(0)
  expect(out).toContain('RESOURCE: ports <[]Object>')
  expect(out).toContain('containerPort\t<integer> -required-')
  expect(out).toContain('protocol\t<string>\n     Protocol for port.')
})

describe('helm', () => {
  it('installs, upgrades and uninstalls a chart', async () => {
    const chart = join(directory, 'chart')
    await mkdir(join(chart, 'templates'), { recursive: true })
    await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: demo\nversion: 0.1.0\n')
    const template = {
      ...(deployment('demo') as { spec: object }),
      metadata: { name: '{{ .Release.Name }}' },
    }
    await writeFile(join(chart, 'values.yaml'), 'replicas: 1\n')
    await writeFile(
      join(chart, 'templates/deployment.yaml'),
      JSON.stringify(template).replace('"replicas":2', '"replicas":{{ .Values.replicas }}'),
    )
    const helm = (...args: string[]): Promise<Outcome> => client('helm', args)
    expect(await helm('install', 'demo', chart)).toMatchObject({
      code: 0,
      out: expect.stringContaining('STATUS: deployed'),
    })
    expect((await helm('upgrade', 'demo', chart, '--set', 'replicas=3')).out).toContain('REVISION: 2')
    expect((await kubectl('get', 'deploy', 'demo', '-o', 'jsonpath={.spec.replicas}')).out).toBe('3')
    expect((await helm('list')).out).toMatch(/demo\s+default\s+2/)
    expect((await helm('uninstall', 'demo')).out).toContain('release "demo" uninstalled')
    expect((await kubectl('get', 'deploy', 'demo')).code).toBe(1)
  })
})
