// Two clusters of one region whose VPCs have the same addresses: nothing of a node leads into the other cluster.
import { afterEach, beforeEach, expect, it } from 'vitest'

import type { Pod, PodSpec } from '../../generated/kubernetes.d.ts'
import { systemClock } from '../base/clock.ts'
import { randomIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { endpointSlices, events, pods, services } from '../kubernetes/client/resources.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { createVpcs, type Dialer, type Vpcs } from '../network/dialer.ts'
import { httpGet } from '../network/http-get.ts'
import { until } from '../network/testing/test-target.ts'
import { createControllerContext } from '../reconcile/context.ts'
import { instanceType } from '../rules/nodes/instance-types.ts'
import { nodeRelease } from '../rules/nodes/node-release.ts'
import { createStandinRuntime, type StandinRuntime } from '../runtime/standin/standin.ts'
import { MemoryRecords } from '../runtime/standin/memory-records.ts'
import { createNodeAgents, type NodeAgents } from './agents.ts'
import { ec2Machine } from './machine-ec2.ts'

const NODE_IP = '192.168.0.5'
const POD_IP = '192.168.0.10'
const NODE_PORT = 30080
const machine = ec2Machine({
  instanceId: 'i-0123456789abcdef0',
  privateIp: NODE_IP,
  zone: 'eu-west-1a',
  region: 'eu-west-1',
  type: instanceType('t3.xlarge')!,
  diskGiB: 100,
  kubeletVersion: 'v1.34.2-eks-test',
  release: nodeRelease('AL2023_x86_64_STANDARD', '1.34'),
})

interface Cluster {
  readonly name: string
  readonly client: FakeClient
  readonly dialer: Dialer
  readonly runtime: StandinRuntime
  readonly agents: NodeAgents
  readonly supervisor: Supervisor
}

let vpcs: Vpcs
let clusters: Cluster[]

beforeEach(() => {
  vpcs = createVpcs({ clock: systemClock })
  clusters = []
})

afterEach(async () => {
  for (const { agents, runtime, supervisor } of clusters) {
    await agents.stop()
    await runtime.close()
    await supervisor.stop()
  }
})

/** A cluster of one node, with one pod of the image `NAME` that opens `port`, and a node port in front of it. */
async function start(name: string, port: number, spec: Partial<PodSpec['containers'][number]> = {}) {
  const client = new FakeClient({ clock: systemClock })
  const supervisor = new Supervisor(silentLog)
  const context = createControllerContext({ client, clock: systemClock, log: silentLog, supervisor })
  const records = new MemoryRecords()
  const runtime = createStandinRuntime({
    clock: systemClock,
    ids: randomIds,
    log: silentLog,
    records,
    builtins: [],
  })
  const dialer = vpcs.dialer(`vpc-${name}`)
  const addresses = { assign: async () => POD_IP, release: async () => undefined }
  const agents = createNodeAgents({ cluster: context, runtime, dialer, addresses })
  const cluster = { name, client, dialer, runtime, agents, supervisor }
  clusters.push(cluster)
  await agents.add(machine)
  client.seed(pods, {
    metadata: { namespace: 'shop', name: 'web' },
    spec: {
      nodeName: machine.nodeName,
      containers: [{ name: 'web', image: name, ports: [{ containerPort: port }], ...spec }],
    },
  })
  client.seed(services, {
    metadata: { namespace: 'shop', name: 'web' },
    spec: { type: 'NodePort', ports: [{ port: 80, nodePort: NODE_PORT }] },
  })
  client.seed(endpointSlices, {
    metadata: { namespace: 'shop', name: 'web-x', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ port, name: '' }],
    endpoints: [{ addresses: [POD_IP], conditions: { ready: true }, nodeName: machine.nodeName }],
  })
  return cluster
}

async function podOf({ client }: Cluster): Promise<Pod> {
  return await client.get(pods, { namespace: 'shop', name: 'web' })
}

async function ready(cluster: Cluster): Promise<void> {
  await until('readiness', async () => {
    const { conditions = [] } = (await podOf(cluster)).status ?? {}
    return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  })
}

type Stream = Awaited<ReturnType<Dialer['dial']>>

async function answer(stream: Stream): Promise<string> {
  const signal = AbortSignal.timeout(2000)
  const { body } = await httpGet(stream, { isTls: false, host: POD_IP, path: '/', headers: {}, signal })
  return body.split('\n')[0] ?? ''
}

async function viaForward(cluster: Cluster): Promise<string> {
  const { metadata } = await podOf(cluster)
  const reference = { namespace: 'shop', name: 'web', uid: metadata.uid, container: 'web' }
  return await answer(await cluster.agents.kubelet.portForward(reference, 80))
}

it('pods, node ports and forwarded ports are those of the own cluster', async () => {
  const both = [await start('one', 80), await start('two', 80)]
  for (const cluster of both) await ready(cluster)
  for (const cluster of both) {
    const expected = `Neargate stand-in for ${cluster.name}`
    expect(await answer(await cluster.dialer.dial(POD_IP, 80))).toBe(expected)
    expect(await answer(await cluster.dialer.dial(NODE_IP, NODE_PORT))).toBe(expected)
    expect(await viaForward(cluster)).toBe(expected)
  }
})

it('the end of a cluster takes nothing from the other', async () => {
  const [one, two] = [await start('one', 80), await start('two', 80)]
  await ready(one)
  await ready(two)
  await two.agents.remove(machine.nodeName)
  await expect(two.dialer.dial(POD_IP, 80)).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
  await expect(two.dialer.dial(NODE_IP, NODE_PORT)).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
  const expected = 'Neargate stand-in for one'
  expect(await answer(await one.dialer.dial(POD_IP, 80))).toBe(expected)
  expect(await answer(await one.dialer.dial(NODE_IP, NODE_PORT))).toBe(expected)
  expect(await viaForward(one)).toBe(expected)
})

it('a probe of an address finds nothing that has it in the other VPC only', async () => {
  const probe = { tcpSocket: { host: '192.168.0.99', port: 80 }, periodSeconds: 1, failureThreshold: 1 }
  const one = await start('one', 80, { readinessProbe: probe })
  await until('a container', async () => (await podOf(one)).status?.phase === 'Running')
  const { uid } = (await podOf(one)).metadata
  one.dialer.register('192.168.0.99', (port) => one.runtime.addressOf(uid, port))
  await ready(one)
  const two = await start('two', 80, { readinessProbe: probe })
  await until('a failed probe', async () => {
    const { items } = await two.client.list(events)
    return items.some(({ message }) => message?.includes('192.168.0.99:80: connect: no route to host'))
  })
})
