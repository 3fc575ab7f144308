import { randomBytes } from 'node:crypto'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { NetworkPolicy } from '../../generated/kubernetes.d.ts'
import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import type { Draft, KubernetesObject, Resource } from '../kubernetes/client/client.ts'
import { daemonSets, namespaces, networkPolicies, nodes, pods } from '../kubernetes/client/resources.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { createVpcs, type Origin, type Vpcs } from '../network/dialer.ts'
import { noNetwork, startTestPod, type TestPod } from '../network/vpc/testing/test-pod.ts'
import { createVpcNetworks, type VpcNetwork } from '../network/vpc/vpc-networks.ts'
import { createControllerContext } from '../reconcile/context.ts'
import { NODE_AGENT, nodeAgentArgument } from '../rules/eks/network-policy.ts'
import { startPolicyKeeper } from './policy-keeper.ts'

const VPC = 'vpc-a'
const WEB = '10.0.1.1'
const BOX = '10.0.1.2'
const FARGATE = '10.0.1.3'

let client: FakeClient
let vpcs: Vpcs
let network: VpcNetwork
let supervisor: Supervisor
let stop: () => Promise<void>
const running = new Map<string, TestPod>()

beforeEach(async () => {
  if (noNetwork) return
  client = new FakeClient({ clock: systemClock })
  supervisor = new Supervisor(silentLog)
  vpcs = createVpcs({ clock: systemClock })
  const networks = createVpcNetworks({ key: randomBytes(4).toString('hex'), clock: systemClock })
  network = await networks.open({ id: VPC, cidr: '10.0.0.0/16', owner: 'shop' })
  const cluster = createControllerContext({ client, clock: systemClock, log: silentLog, supervisor })
  for (const name of ['shop', 'bank']) {
    client.seed(namespaces, { metadata: { name, labels: { name } }, spec: {} })
  }
  client.seed(nodes, {
    metadata: { name: 'one' },
    spec: {},
    status: { addresses: [{ type: 'InternalIP', address: '10.0.9.9' }] },
  })
  await turn(true)
  const world = { cluster, vpcs, vpcId: VPC, network, router: network.router }
  stop = startPolicyKeeper({ ...world, clusterName: 'shop' })
  await podAt(WEB, { namespace: 'shop', app: 'web' })
  await podAt(BOX, { namespace: 'bank', app: 'box' })
})

afterEach(async () => {
  if (noNetwork) return
  await stop()
  await supervisor.stop()
  for (const pod of running.values()) pod.end()
  running.clear()
  for (const { id } of await network.list()) await network.detach(id)
  await network.close()
})

/** Puts an object in the place of the one that is there. */
async function put<T extends KubernetesObject>(resource: Resource<T>, object: Draft<T>): Promise<void> {
  const { namespace, name = '' } = object.metadata
  await client
    .delete(resource, { ...(namespace && { namespace }), name }, { gracePeriodSeconds: 0 })
    .catch(() => undefined)
  client.seed(resource, object)
}

async function turn(isOn: boolean): Promise<void> {
  const agent = { name: NODE_AGENT, image: 'agent', args: [nodeAgentArgument(isOn)] }
  const selector = { matchLabels: { app: 'aws-node' } }
  const template = { metadata: { labels: selector.matchLabels }, spec: { containers: [agent] } }
  await put(daemonSets, {
    metadata: { namespace: 'kube-system', name: 'aws-node' },
    spec: { selector, template },
  })
}

async function podAt(
  ip: string,
  { namespace, app, node = 'one' }: { namespace: string; app: string; node?: string },
): Promise<void> {
  const pod = await startTestPod()
  running.set(ip, pod)
  await network.attach({ id: ip, ip, pid: pod.pid })
  vpcs.dialer(VPC).register(ip, (port) => network.wayTo(ip, port))
  for (const port of [80, 81]) await pod.serve(app, port)
  client.seed(pods, {
    metadata: { namespace, name: app, labels: { app } },
    spec: {
      nodeName: node,
      containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort: 80 }] }],
    },
    status: { podIP: ip },
  })
}

async function policy(spec: NetworkPolicy['spec'], namespace = 'shop'): Promise<void> {
  await put(networkPolicies, { metadata: { namespace, name: 'p' }, spec })
}

/** `ok`, or `late` where nothing answers. */
async function tryIt(from: string, to: string, port = 80): Promise<string> {
  const socket = await running
    .get(from)
    ?.sockets.connect(to, port, { signal: AbortSignal.timeout(400) })
    .catch(() => undefined)
  socket?.destroy()
  return socket ? 'ok' : 'late'
}

async function dialed(ip: string, from: Origin): Promise<string> {
  const stream = await vpcs
    .dialer(VPC)
    .dial(ip, 80, { from, timeoutMs: 400 })
    .catch(() => undefined)
  stream?.destroy()
  return stream ? 'ok' : 'late'
}

async function expectSoon(ask: () => Promise<string>, answer: string): Promise<void> {
  await expect.poll(ask, { timeout: 10_000 }).toBe(answer)
}

const INGRESS = { podSelector: {}, policyTypes: ['Ingress' as const] }

describe.skipIf(noNetwork)(`real pods under policies (${noNetwork ?? 'real'})`, () => {
  it('are closed by default deny, but to their node, and open again when it goes', async () => {
    await expectSoon(() => tryIt(BOX, WEB), 'ok')
    await policy(INGRESS)
    await expectSoon(() => tryIt(BOX, WEB), 'late')
    await expectSoon(() => dialed(WEB, 'node'), 'ok')
    expect(await dialed(WEB, 'vpc')).toBe('late')
    await expectSoon(() => tryIt(WEB, BOX), 'ok')
    await client.delete(networkPolicies, { namespace: 'shop', name: 'p' })
    await expectSoon(() => tryIt(BOX, WEB), 'ok')
  })

  it('let pods by label and namespace, on a port by name; labels count as they are now', async () => {
    await policy({
      ...INGRESS,
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { name: 'bank' } },
              podSelector: { matchLabels: { app: 'box' } },
            },
          ],
          ports: [{ port: 'http', protocol: 'TCP' }],
        },
      ],
    })
    await expectSoon(() => tryIt(BOX, WEB, 81), 'late')
    await expectSoon(() => tryIt(BOX, WEB), 'ok')
    await put(pods, {
      metadata: { namespace: 'bank', name: 'box', labels: { app: 'other' } },
      spec: { nodeName: 'one', containers: [] },
      status: { podIP: BOX },
    })
    await expectSoon(() => tryIt(BOX, WEB), 'late')
  })

  it('let the API server and load balancers by the block of the VPC', async () => {
    await policy({
      ...INGRESS,
      ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/16', except: [`${BOX}/32`] } }] }],
    })
    await expectSoon(() => tryIt(BOX, WEB), 'late')
    await expectSoon(() => dialed(WEB, 'vpc'), 'ok')
  })

  it('go only where egress lets them, also behind the address of a Service', async () => {
    const endpoints = [{ ip: WEB, port: 80 }]
    await network.serve({
      clients: [],
      ports: [
        { ip: '10.100.0.80', port: 8080, protocol: 'tcp', endpoints, isPrivate: true },
        { ip: '10.100.0.81', port: 8080, protocol: 'tcp', endpoints, isPrivate: true },
      ],
    })
    await policy({ podSelector: {}, policyTypes: ['Egress'] }, 'bank')
    await expectSoon(() => tryIt(BOX, '10.100.0.80', 8080), 'late')
    // By the pods behind it, as they are reached.
    const web = { namespaceSelector: {}, podSelector: { matchLabels: { app: 'web' } } }
    const ports = [{ port: 80, protocol: 'TCP' as const }]
    await policy({ podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [web], ports }] }, 'bank')
    await expectSoon(() => tryIt(BOX, '10.100.0.80', 8080), 'ok')
    // By its own address, as the agent sees it before it is translated.
    const block = { ipBlock: { cidr: '10.100.0.81/32' } }
    await policy({ podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [block] }] }, 'bank')
    await expectSoon(() => tryIt(BOX, '10.100.0.80', 8080), 'late')
    await expectSoon(() => tryIt(BOX, '10.100.0.81', 8080), 'ok')
    expect(await tryIt(BOX, WEB)).toBe('late')
  })

  it('are not held to any on Fargate, nor where the VPC CNI does not enforce them', async () => {
    await podAt(FARGATE, { namespace: 'shop', app: 'fargate', node: 'fargate-ip-10-0-1-3.internal' })
    await policy(INGRESS)
    await expectSoon(() => tryIt(BOX, WEB), 'late')
    await expectSoon(() => tryIt(BOX, FARGATE), 'ok')
    await turn(false)
    await expectSoon(() => tryIt(BOX, WEB), 'ok')
  })
})

describe.skipIf(noNetwork)('stand-ins under policies', () => {
  it('are closed to connections of the region', async () => {
    vpcs.dialer(VPC).register(WEB, () => ({ accept: (stream) => stream.resume() }))
    await expectSoon(() => dialed(WEB, 'vpc'), 'ok')
    await policy(INGRESS)
    await expectSoon(() => dialed(WEB, 'vpc'), 'late')
    await expectSoon(() => dialed(WEB, 'node'), 'ok')
  })
})
