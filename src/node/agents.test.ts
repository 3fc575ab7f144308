import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Pod, PodSpec } from '../../generated/kubernetes.d.ts'
import { systemClock } from '../base/clock.ts'
import { randomIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { createControllerContext } from '../reconcile/context.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { configMaps, endpointSlices, leases, nodes, pods, services } from '../kubernetes/client/resources.ts'
import { createVpcs, type Dialer, type Vpcs } from '../network/dialer.ts'
import { httpGet } from '../network/http-get.ts'
import { until } from '../network/testing/test-target.ts'
import { instanceType } from '../rules/nodes/instance-types.ts'
import { nodeRelease } from '../rules/nodes/node-release.ts'
import { systemBuiltins } from '../runtime/standin/builtins.ts'
import { MemoryRecords } from '../runtime/standin/memory-records.ts'
import { createStandinRuntime, type StandinRuntime } from '../runtime/standin/standin.ts'
import { createNodeAgents, type NodeAgents } from './agents.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import { ec2Machine } from './machine-ec2.ts'
import type { PodAddresses } from './ports.ts'

const NODE = 'ip-10-0-0-5.eu-west-1.compute.internal'
const machine = ec2Machine({
  instanceId: 'i-0123456789abcdef0',
  privateIp: '10.0.0.5',
  zone: 'eu-west-1a',
  region: 'eu-west-1',
  type: instanceType('t3.xlarge')!,
  diskGiB: 100,
  kubeletVersion: 'v1.34.2-eks-test',
  release: nodeRelease('AL2023_x86_64_STANDARD', '1.34'),
})

class FakeAddresses implements PodAddresses {
  readonly given = new Map<string, string>()
  #next = 20

  async assign({ podUid }: { podUid: string }): Promise<string> {
    const ip = this.given.get(podUid) ?? `10.0.0.${this.#next++}`
    this.given.set(podUid, ip)
    return ip
  }

  async release(podUid: string): Promise<void> {
    this.given.delete(podUid)
  }
}

let client: FakeClient
let supervisor: Supervisor
let cluster: ControllerContext
/** `reason: message` of every event, in order. */
let events: string[]
let vpcs: Vpcs
let dialer: Dialer
let runtime: StandinRuntime
let records: MemoryRecords
let addresses: FakeAddresses
let agents: NodeAgents

beforeEach(async () => {
  client = new FakeClient({ clock: systemClock })
  supervisor = new Supervisor(silentLog)
  events = []
  cluster = {
    ...createControllerContext({ client, clock: systemClock, log: silentLog, supervisor }),
    event: (_about, { reason, message }) => void events.push(`${reason}: ${message}`),
  }
  vpcs = createVpcs({ clock: systemClock })
  dialer = vpcs.dialer('vpc-1')
  records = new MemoryRecords()
  addresses = new FakeAddresses()
  await start()
})

afterEach(async () => {
  await agents.stop()
  await runtime.close()
  await supervisor.stop()
})

async function start(): Promise<void> {
  const options = { clock: systemClock, ids: randomIds, log: silentLog, records, builtins: systemBuiltins() }
  runtime = createStandinRuntime(options)
  await runtime.resume()
  agents = createNodeAgents({ cluster, runtime, dialer, addresses })
  await agents.add(machine)
}

const web = { name: 'web', image: 'nginx:1.25', ports: [{ containerPort: 80 }] }

function createPod(name: string, spec: Partial<PodSpec> = {}): Pod {
  return client.seed(pods, {
    metadata: { namespace: 'shop', name, labels: { app: name } },
    spec: { nodeName: NODE, containers: [web], restartPolicy: 'Always', ...spec },
  })
}

function pod(name: string): Pod | undefined {
  return cluster.informer(pods).get(`shop/${name}`)
}

function condition(name: string, type: string) {
  return pod(name)?.status?.conditions?.find((one) => one.type === type)
}

const isReady = (name: string) => (): boolean => condition(name, 'Ready')?.status === 'True'

async function fetchPod(ip: string, port: number): Promise<string> {
  const stream = await dialer.dial(ip, port)
  const { body } = await httpGet(stream, {
    isTls: false,
    host: ip,
    path: '/',
    headers: {},
    signal: AbortSignal.timeout(2000),
  })
  return body
}

describe('a node', () => {
  it('is registered with what its machine has', async () => {
    const node = await client.get(nodes, { name: NODE })
    expect(node?.spec.providerID).toBe('aws:///eu-west-1a/i-0123456789abcdef0')
    expect(node?.status?.addresses).toEqual([
      { type: 'InternalIP', address: '10.0.0.5' },
      { type: 'InternalDNS', address: NODE },
      { type: 'Hostname', address: NODE },
    ])
    expect(node?.status?.capacity).toMatchObject({ cpu: '4', pods: '58' })
    expect(node?.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'MemoryPressure=False',
      'DiskPressure=False',
      'PIDPressure=False',
      'Ready=True',
    ])
  })

  it('holds a lease', async () => {
    const lease = await client.get(leases, { namespace: 'kube-node-lease', name: NODE })
    expect(lease?.spec).toMatchObject({ holderIdentity: NODE, leaseDurationSeconds: 40 })
    expect(lease?.metadata.ownerReferences?.[0]?.kind).toBe('Node')
  })

  it('takes its pods, lease and Node with it when its machine goes', async () => {
    createPod('web')
    await until('readiness', isReady('web'))
    await agents.remove(NODE)
    expect((await client.list(pods)).items).toEqual([])
    expect((await client.list(nodes)).items).toEqual([])
    expect((await client.list(leases)).items).toEqual([])
    expect(addresses.given.size).toBe(0)
  })

  it('falls silent while its machine is off, and takes its pods up again at the next boot', async () => {
    createPod('web')
    await until('readiness', isReady('web'))
    const { containerID } = pod('web')?.status?.containerStatuses?.[0] ?? {}
    await agents.suspend(NODE)
    expect(await runtime.list()).toEqual([])
    await expect(dialer.dial('10.0.0.20', 80)).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
    // Nobody has told the API.
    expect((await client.get(nodes, { name: NODE })).metadata.deletionTimestamp).toBeUndefined()
    expect(pod('web')?.status?.containerStatuses?.[0]?.containerID).toBe(containerID)
    await agents.add({ ...machine, bootId: 'second' })
    await until('a restart', () => pod('web')?.status?.containerStatuses?.[0]?.restartCount === 1)
    await until('readiness', isReady('web'))
    expect(pod('web')?.status?.containerStatuses?.[0]?.containerID).not.toBe(containerID)
    expect(events).toContain(`Rebooted: Node ${NODE} has been rebooted, boot id: second`)
  })

  it('restarts its containers when its machine has booted since', async () => {
    createPod('web')
    await until('readiness', isReady('web'))
    await agents.add(machine)
    expect(pod('web')?.status?.containerStatuses?.[0]?.restartCount).toBe(0)
    await agents.add({ ...machine, bootId: 'second' })
    await until('a restart', () => pod('web')?.status?.containerStatuses?.[0]?.restartCount === 1)
    await until('readiness', isReady('web'))
  })

  it('has not kept what a killed process left running from the boot before', async () => {
    createPod('web')
    await until('readiness', isReady('web'))
    await agents.stop()
    agents = createNodeAgents({ cluster, runtime, dialer, addresses })
    await agents.add({ ...machine, bootId: 'second' })
    await until('a restart', () => pod('web')?.status?.containerStatuses?.[0]?.restartCount === 1)
    await until('readiness', isReady('web'))
    expect(await runtime.list()).toHaveLength(1)
  })

  it('serves node ports as kube-proxy does', async () => {
    createPod('web')
    await until('readiness', isReady('web'))
    const ip = pod('web')?.status?.podIP ?? ''
    client.seed(services, {
      metadata: { namespace: 'shop', name: 'web' },
      spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] },
    })
    client.seed(endpointSlices, {
      metadata: { namespace: 'shop', name: 'web-x', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      ports: [{ port: 80, name: '' }],
      endpoints: [{ addresses: [ip], conditions: { ready: true }, nodeName: NODE }],
    })
    const answer = (): Promise<string> => fetchPod('10.0.0.5', 30080).catch(() => '')
    await until('the node port', async () => (await answer()).includes('pod: shop/web\n'))
  })
})

describe('a pod', () => {
  it('runs, gets an address and becomes ready', async () => {
    createPod('web')
    await until('readiness', isReady('web'))
    const status = pod('web')?.status
    expect(status).toMatchObject({
      phase: 'Running',
      hostIP: '10.0.0.5',
      podIP: '10.0.0.20',
      podIPs: [{ ip: '10.0.0.20' }],
      qosClass: 'BestEffort',
    })
    expect(status?.containerStatuses?.[0]).toMatchObject({
      name: 'web',
      image: 'docker.io/library/nginx:1.25',
      ready: true,
      started: true,
      restartCount: 0,
    })
    expect(status?.containerStatuses?.[0]?.containerID).toMatch(/^containerd:\/\/[0-9a-f]{64}$/)
    expect(status?.conditions?.map(({ type, status: is }) => `${type}=${is}`)).toEqual([
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=True',
      'ContainersReady=True',
      'PodScheduled=True',
    ])
    expect(await fetchPod('10.0.0.20', 80)).toContain('Neargate stand-in for nginx:1.25\npod: shop/web\n')
    const reasons = events.map((text) => text.split(':')[0])
    expect(reasons.slice(-5)).toEqual(['NodeReady', 'Pulling', 'Pulled', 'Created', 'Started'])
  })

  it('ends gracefully when it is deleted, and only then is its name free', async () => {
    createPod('web')
    await until('readiness', isReady('web'))
    await client.delete(pods, { namespace: 'shop', name: 'web' })
    expect(
      (await client.get(pods, { namespace: 'shop', name: 'web' })).metadata.deletionTimestamp,
    ).toBeDefined()
    await until('the pod to go', () => pod('web') === undefined)
    expect(events).toContain('Killing: Stopping container web')
    await expect(dialer.dial('10.0.0.20', 80)).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
    expect(addresses.given.size).toBe(0)
    expect(await runtime.list()).toEqual([])
  })

  it('is the same after a restart: address, container, restarts', async () => {
    createPod('web')
    await until('readiness', isReady('web'))
    const before = pod('web')?.status
    await agents.stop()
    await runtime.close()
    await expect(dialer.dial('10.0.0.20', 80)).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
    await start()
    await until('the address', async () =>
      (await fetchPod('10.0.0.20', 80).catch(() => '')).includes('stand-in'),
    )
    expect(pod('web')?.status?.containerStatuses).toEqual(before?.containerStatuses)
    expect(await runtime.list()).toHaveLength(1)
  })

  it('that was deleted while nobody looked is removed after a restart', async () => {
    createPod('web')
    await until('readiness', isReady('web'))
    await agents.stop()
    await runtime.close()
    await client.delete(pods, { namespace: 'shop', name: 'web' })
    await start()
    await until('the pod to go', () => pod('web') === undefined)
    expect(await runtime.list()).toEqual([])
  })

  it('counts a container that is gone after a restart as ended', async () => {
    createPod('web')
    await until('readiness', isReady('web'))
    await agents.stop()
    await runtime.close()
    records = new MemoryRecords()
    await start()
    await until('a restart', () => pod('web')?.status?.containerStatuses?.[0]?.restartCount === 1)
    await until('readiness', isReady('web'))
    expect(pod('web')?.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 137 })
  })

  it('runs its init containers first and its sidecars beside', async () => {
    createPod('web', {
      initContainers: [
        { name: 'setup', image: 'busybox' },
        { name: 'proxy', image: 'envoy', restartPolicy: 'Always' },
      ],
    })
    await until('readiness', isReady('web'))
    const [setup, proxy] = pod('web')?.status?.initContainerStatuses ?? []
    expect(setup?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' })
    expect(proxy?.state?.running).toBeDefined()
    expect(events.filter((text) => text.startsWith('Started'))).toEqual([
      'Started: Started container setup',
      'Started: Started container proxy',
      'Started: Started container web',
    ])
  })

  it('that runs to completion succeeds', async () => {
    createPod('job', { restartPolicy: 'Never', containers: [{ name: 'work', image: 'busybox' }] })
    await until('success', () => pod('job')?.status?.phase === 'Succeeded')
    expect(condition('job', 'Ready')).toMatchObject({ status: 'False', reason: 'PodCompleted' })
    await until('the address to be given back', () => addresses.given.size === 0)
  })

  it('waits for a ConfigMap that it refers to', async () => {
    const env = [{ name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } }]
    createPod('web', { containers: [{ ...web, env }] })
    await until('the reason', () => {
      const waiting = pod('web')?.status?.containerStatuses?.[0]?.state?.waiting
      return (
        waiting?.reason === 'CreateContainerConfigError' &&
        waiting.message === 'configmap "settings" not found'
      )
    })
    client.seed(configMaps, {
      metadata: { namespace: 'shop', name: 'settings' },
      data: { colour: 'blue' },
    })
    await until('readiness', isReady('web'), 15_000)
  })

  it('is not ready until its probe says so', async () => {
    const readinessProbe = { httpGet: { path: '/', port: 80 }, periodSeconds: 1 }
    const broken = { tcpSocket: { port: 'nope' } }
    createPod('good', { containers: [{ ...web, readinessProbe }] })
    createPod('bad', { containers: [{ ...web, readinessProbe: broken }] })
    await until('readiness', isReady('good'))
    await until('the status of the other', () => condition('bad', 'Ready') !== undefined)
    expect(condition('bad', 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [web]',
    })
    const text = "Unhealthy: Readiness probe errored and resulted in unknown state: couldn't find port: nope"
    await until('the event', () => events.includes(text))
  })

  it('waits for its readiness gates', async () => {
    createPod('web', { readinessGates: [{ conditionType: 'example.com/gate' }] })
    await until('its containers', () => condition('web', 'ContainersReady')?.status === 'True')
    expect(condition('web', 'Ready')?.message).toBe(
      'corresponding condition of pod readiness gate "example.com/gate" does not exist.',
    )
    const current = pod('web')!
    const gate = { type: 'example.com/gate', status: 'True' }
    const status = { ...current.status, conditions: [...(current.status?.conditions ?? []), gate] }
    await client.updateStatus(pods, { ...current, status })
    await until('readiness', isReady('web'))
  })

  it.each([
    ['cpu', { cpu: '5' }, 'requested: 5000, used: 0, capacity: 3920'],
    ['memory', { memory: '17Gi' }, 'requested: 18253611008, used: 0, capacity: 16138633216'],
  ])('is refused when the node has too little %s', async (resource, requests, amounts) => {
    createPod('big', { containers: [{ ...web, resources: { requests } }] })
    await until('the refusal', () => pod('big')?.status?.phase === 'Failed')
    expect(pod('big')?.status?.reason).toBe(`OutOf${resource}`)
    expect(events).toContain(`OutOf${resource}: Node didn't have enough resource: ${resource}, ${amounts}`)
  })

  it('with an image that is none waits with InvalidImageName', async () => {
    createPod('web', { containers: [{ ...web, image: 'UPPER case' }] })
    const reason = (): string | undefined =>
      pod('web')?.status?.containerStatuses?.[0]?.state?.waiting?.reason
    await until('the reason', () => reason() === 'InvalidImageName')
  })
})

describe('the kubelet gateway', () => {
  const reference = () => ({
    namespace: 'shop',
    name: 'web',
    uid: pod('web')?.metadata.uid ?? '',
    container: 'web',
  })
  const query = { follow: false, previous: false, timestamps: false, signal: new AbortController().signal }

  it('reads logs, connects ports, and says why a stand-in runs no command', async () => {
    createPod('web')
    await until('readiness', isReady('web'))
    const chunks: Uint8Array[] = []
    for await (const chunk of agents.kubelet.logs(reference(), query)) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('stand-in for nginx:1.25 listening on 80\n')
    const stream = await agents.kubelet.portForward(reference(), 80)
    stream.destroy()
    const exec = { command: ['sh'], tty: false, stdin: undefined, onOutput: () => undefined }
    await expect(agents.kubelet.exec(reference(), exec)).rejects.toThrow('exec needs a container engine')
  })

  it('says that the log of a container is lost that the runtime does not have any more', async () => {
    createPod('job', { restartPolicy: 'Never', containers: [{ name: 'work', image: 'busybox' }] })
    await until('success', () => pod('job')?.status?.phase === 'Succeeded')
    const read = async (): Promise<string> => {
      const job = { namespace: 'shop', name: 'job', uid: pod('job')?.metadata.uid ?? '', container: 'work' }
      const chunks: Uint8Array[] = []
      for await (const chunk of agents.kubelet.logs(job, query)) chunks.push(chunk)
      return Buffer.concat(chunks).toString()
    }
    expect(await read()).toBe('stand-in for busybox: ran nothing, ended with exit code 0\n')
    await agents.stop()
    await runtime.close()
    await start()
    const id = pod('job')?.status?.containerStatuses?.[0]?.containerID
    await expect(read()).rejects.toMatchObject({
      reason: 'BadRequest',
      message: `unable to retrieve container logs for ${id}`,
    })
  })

  it('answers for a pod that does not run with NotFound', async () => {
    const stranger = { namespace: 'shop', name: 'nobody', uid: 'x', container: 'web' }
    await expect(agents.kubelet.portForward(stranger, 80)).rejects.toMatchObject({ reason: 'NotFound' })
  })
})
