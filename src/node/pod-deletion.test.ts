import { beforeEach, expect, it } from 'vitest'

import type { PodSpec } from '../../generated/kubernetes.d.ts'
import { silentLog } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import { pods } from '../kubernetes/client/resources.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { createVpcs } from '../network/dialer.ts'
import { createControllerContext } from '../reconcile/context.ts'
import { FakeRuntime } from '../runtime/testing/fake-runtime.ts'
import { createNodeAgents, type NodeAgents } from './agents.ts'
import type { Machine } from './ports.ts'

const NODE = 'ip-10-0-0-5.ec2.internal'
const machine: Machine = {
  nodeName: NODE,
  ip: '10.0.0.5',
  hostname: NODE,
  providerId: 'aws:///us-east-1a/i-0',
  zone: 'us-east-1a',
  region: 'us-east-1',
  labels: {},
  annotations: {},
  taints: [],
  capacity: { cpu: '96', memory: '384Gi', pods: '1000' },
  allocatable: { cpu: '96', memory: '384Gi', pods: '1000' },
  kubeletVersion: 'v1.35.0',
  osImage: 'Amazon Linux 2023',
  kernelVersion: '6.12',
  containerRuntimeVersion: 'containerd://2',
  architecture: 'amd64',
  podIpIsNodeIp: false,
}

let clock: FakeClock
let client: FakeClient
let runtime: FakeRuntime
let agents: NodeAgents
let given: Set<string>
let supervisor: Supervisor

beforeEach(async () => {
  clock = new FakeClock()
  client = new FakeClient({ clock })
  runtime = new FakeRuntime(clock)
  given = new Set()
  let next = 0
  const addresses = {
    async assign({ podUid }: { podUid: string }): Promise<string> {
      given.add(podUid)
      return `10.0.1.${next++}`
    },
    async release(podUid: string): Promise<void> {
      given.delete(podUid)
    },
  }
  supervisor = new Supervisor(silentLog)
  const cluster = createControllerContext({ client, clock, log: silentLog, supervisor })
  agents = createNodeAgents({ cluster, runtime, dialer: createVpcs({ clock }).dialer('vpc-1'), addresses })
  await agents.add(machine)
})

async function stop(): Promise<void> {
  const stopped = agents.stop()
  await clock.advance(1000)
  await stopped
  await supervisor.stop()
}

const spec: PodSpec = { nodeName: NODE, containers: [{ name: 'web', image: 'nginx' }] }

it('takes 200 pods away that are deleted while they start, and leaves nothing of them', async () => {
  // Starts take 0 to 60 ms, pods live 0 to 120 ms: every order of the two happens.
  runtime.startMs = ({ sandboxId }) => (Number(sandboxId.replaceAll(/\D/g, '').slice(-6)) * 7) % 61
  const lifetimes = new Map<string, number>()
  for (let index = 0; index < 200; index++) {
    const name = `web-${index}`
    client.seed(pods, { metadata: { namespace: 'shop', name }, spec })
    lifetimes.set(name, (index * 13) % 121)
  }
  for (let ms = 0; ms <= 120; ms++) {
    for (const [name, lifetime] of lifetimes) {
      if (lifetime === ms) await client.delete(pods, { namespace: 'shop', name })
    }
    await clock.advance(1)
  }
  await clock.advance(30_000)
  expect((await client.list(pods)).items.map(({ metadata }) => metadata.name)).toEqual([])
  expect(await runtime.list()).toEqual([])
  expect([runtime.sandboxes.size, given.size]).toEqual([0, 0])
  await stop()
})

it('ends when it is told to while containers start', async () => {
  runtime.startMs = () => 50
  for (let index = 0; index < 20; index++) {
    client.seed(pods, { metadata: { namespace: 'shop', name: `web-${index}` }, spec })
  }
  await clock.advance(25)
  await stop()
  expect((await client.list(pods)).items).toHaveLength(20)
})
