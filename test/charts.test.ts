// Public charts and operators as their users install them: the shapes of their objects, by the real helm 3 and 4.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'

import { chartSamples, type ChartSample } from './support/charts.ts'
import { eventually } from './support/poll.ts'
import { Playground, root, run, type Finished } from './support/program.ts'
import { realClient, type RealClient } from './support/real-clients.ts'

const playground = new Playground()
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  const up = await playground.neargate('up', 'test/conformance/cluster.yaml')
  expect(up.status, up.stderr).toBe(0)
  environment = { ...playground.environment, ...(await playground.clientEnvironment()) }
}, 60_000)

afterAll(() => playground.dispose())

async function call(client: RealClient, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await attempt(client, ...args)
  expect(status, `${client} ${args.join(' ')}\n${stderr}`).toBe(0)
  return stdout.trim()
}

function attempt(client: RealClient, ...args: string[]): Promise<Finished> {
  return run(realClient(client), args, { ...environment, HOME: playground.home })
}

function fileOf({ good: { apiVersion, kind }, chart }: ChartSample, spec: unknown, name: string): string {
  const path = join(playground.home, `${chart}-${name}.json`)
  writeFileSync(path, JSON.stringify({ apiVersion, kind, metadata: { name, namespace: chart }, spec }))
  return path
}

/** `deployment/NAME` of a release. */
async function deploymentOf(helm: RealClient, chart: string): Promise<string> {
  const manifest = parseAllDocuments(await call(helm, 'get', 'manifest', 'rel', '--namespace', chart))
  const objects = manifest.map((document) => document.toJS() as { kind: string; metadata: { name: string } })
  return `deployment/${objects.find(({ kind }) => kind === 'Deployment')?.metadata.name}`
}

// The servers of the webhooks are stand-ins, that serve nothing: until somebody says so, nothing gets past them.
async function ignoreWebhooks(chart: string): Promise<void> {
  for (const kind of ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']) {
    const list = JSON.parse(await call('kubectl', 'get', kind, '-o', 'json')) as {
      items: readonly { metadata: { name: string }; webhooks: readonly object[] }[]
    }
    for (const { metadata, webhooks } of list.items) {
      if (!JSON.stringify(webhooks).includes(`"namespace":"${chart}"`)) continue
      const patch = webhooks.map((_, index) => ({
        op: 'add',
        path: `/webhooks/${index}/failurePolicy`,
        value: 'Ignore',
      }))
      await call('kubectl', 'patch', kind, metadata.name, '--type=json', '-p', JSON.stringify(patch))
    }
  }
}

describe('a chart', { timeout: 240_000 }, () => {
  it.concurrent.each(chartSamples)('$chart', async (sample) => {
    await installUpgradeUninstall('helm-3', sample, async () => undefined)
    await installUpgradeUninstall('helm', sample, () => useResources(sample))
  })
})

async function installUpgradeUninstall(
  helm: RealClient,
  { chart }: ChartSample,
  use: () => Promise<void>,
): Promise<void> {
  const source = join(root, 'test/charts', chart)
  const inNamespace = ['--namespace', chart]
  const installed = await call(helm, 'install', 'rel', source, ...inNamespace, '--create-namespace')
  expect(installed).toContain('STATUS: deployed')
  const deployment = await deploymentOf(helm, chart)
  const replicas = ['get', deployment, ...inNamespace, '-o', 'jsonpath={.spec.replicas}']
  expect(await call('kubectl', ...replicas)).toBe('1')

  const upgraded = await call(helm, 'upgrade', 'rel', source, ...inNamespace, '--set', 'replicas=2')
  expect(upgraded).toContain('STATUS: deployed')
  expect(await call('kubectl', ...replicas)).toBe('2')
  expect(await call(helm, 'rollback', 'rel', '1', ...inNamespace)).toContain('Rollback was a success')
  expect(await call('kubectl', ...replicas)).toBe('1')

  await use()
  expect(await call(helm, 'uninstall', 'rel', ...inNamespace)).toContain('uninstalled')
  const left = await attempt('kubectl', 'get', deployment, ...inNamespace)
  expect(left.stderr).toContain('NotFound')
}

/** Creates, refuses, prints, watches and deletes resources of the chart. */
async function useResources(sample: ChartSample): Promise<void> {
  const { chart, good, bad, table } = sample
  const inNamespace = ['--namespace', chart]
  await ignoreWebhooks(chart)
  const seen: string[] = []
  const controller = new AbortController()
  const watching = watchNames(good.resource, chart, { seen, signal: controller.signal })
  await call('kubectl', 'apply', ...inNamespace, '-f', fileOf(sample, good.spec, 'sample'))

  const refused = await attempt('kubectl', 'apply', ...inNamespace, '-f', fileOf(sample, bad.spec, 'bad'))
  expect(refused.status).toBe(1)
  expect(refused.stderr).toContain(bad.message)

  const printed = await call('kubectl', 'get', good.resource, 'sample', ...inNamespace, '-o', 'wide')
  const [titles = '', cells = ''] = printed.split('\n').map((line) => line.trim().split(/\s+/).join(' '))
  expect(titles).toBe(table[0])
  expect(cells.slice(0, table[1].length)).toBe(table[1])

  await eventually(async () => seen.find((line) => line === 'ADDED sample'), 'the begin in the watch')
  await call('kubectl', 'label', good.resource, 'sample', 'seen=yes', ...inNamespace)
  await call('kubectl', 'delete', good.resource, 'sample', ...inNamespace)
  await eventually(async () => seen.find((line) => line.startsWith('DELETED')), 'the end in the watch')
  expect(seen).toEqual(['ADDED sample', 'MODIFIED sample', 'DELETED sample'])
  controller.abort()
  await watching
}

interface WatchOptions {
  readonly seen: string[]
  readonly signal: AbortSignal
}

/** Runs `kubectl get --watch` until the signal, and notes what it shows. */
async function watchNames(resource: string, namespace: string, options: WatchOptions): Promise<void> {
  const { seen, signal } = options
  const template = '{{.type}} {{.object.metadata.name}}{{"\\n"}}'
  const child = spawn(
    realClient('kubectl'),
    ['get', resource, '-n', namespace, '--watch', '--output-watch-events', '-o', `go-template=${template}`],
    { env: environment, signal, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  child.once('error', () => undefined)
  for await (const chunk of child.stdout)
    seen.push(
      ...String(chunk)
        .split('\n')
        .filter((line) => line.endsWith(' sample')),
    )
}
