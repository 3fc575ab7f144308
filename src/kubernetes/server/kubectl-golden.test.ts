// What kubectl prints, command by command: testing/kubectl.golden is the transcript that an API server is expected to
// give behind which no controller and no node is at work.
// `UPDATE_GOLDEN=1` writes what is printed now into it, to be read before it is kept.
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { nodes } from '../client/resources.ts'
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
    request.onOutput('stdout', Buffer.from(`ran ${request.command.join(' ')}\n`))
    return Number(request.command.at(-1)) || 0
  },
  async attach(pod, { onOutput }) {
    onOutput('stdout', Buffer.from(`attached to ${pod.container}\n`))
  },
  portForward: () => Promise.reject(new TypeError('not asked for here')),
}

let scene: KubectlScene

beforeAll(async () => {
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
  await scene.write('edit.sh', '#!/bin/sh\nsed -i s/replicas:.*/replicas:\\ 5/ "$1"\n')
}, 60_000)

afterAll(() => scene.close())

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
