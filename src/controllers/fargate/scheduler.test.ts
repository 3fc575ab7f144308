import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Pod } from '../../../generated/kubernetes.d.ts'
import { AwsError } from '../../base/errors.ts'
import { FakeClock } from '../../base/testing/fake-clock.ts'
import { silentLog } from '../../base/log.ts'
import { Supervisor } from '../../base/supervisor.ts'
import { configMaps, events, namespaces, pods } from '../../kubernetes/client/resources.ts'
import { createControllerContext } from '../../reconcile/context.ts'
import { FakeClient } from '../../kubernetes/client/testing/fake-client.ts'
import { runController } from '../../reconcile/run-controller.ts'
import { FakeCapacity, FakeProfiles } from './testing/fake-fargate.ts'
import { createFargateMachineCollector } from './machine-collector.ts'
import type { ActiveFargateProfile } from './ports.ts'
import { loggingConfiguration } from './logging.ts'
import { createFargateScheduler } from './scheduler.ts'

const LABEL = 'eks.amazonaws.com/fargate-profile'
const NODE = 'fargate-ip-10-0-0-1.eu-west-1.compute.internal'
const NO_LOGGING =
  'Warning LoggingDisabled Disabled logging because aws-logging configmap was not found. configmap "aws-logging" not found'

let clock: FakeClock
let client: FakeClient
let supervisor: Supervisor
let profiles: FakeProfiles
let capacity: FakeCapacity

beforeEach(() => {
  clock = new FakeClock()
  client = new FakeClient({ clock })
  supervisor = new Supervisor(silentLog)
  profiles = new FakeProfiles()
  capacity = new FakeCapacity()
  profiles.set(profile('web'))
})

afterEach(async () => {
  await supervisor.stop()
})

function start(): void {
  const environment = { clock, log: silentLog, supervisor }
  const context = createControllerContext({ client, ...environment })
  const logging = loggingConfiguration(context, 'eu-west-1')
  runController(createFargateScheduler(context, { profiles, capacity, logging }), environment)
  runController(createFargateMachineCollector(context, capacity), environment)
}

function profile(name: string, more: Partial<ActiveFargateProfile> = {}): ActiveFargateProfile {
  const podExecutionRoleArn = 'arn:aws:iam::111122223333:role/pods'
  const arn = `arn:aws:eks:eu-west-1:111122223333:fargateprofile/demo/${name}/1`
  return { name, arn, selectors: [{ namespace: 'ns' }], subnets: ['subnet-1'], podExecutionRoleArn, ...more }
}

/** A pod as admission leaves it. */
function createPod(name: string, spec: object = {}): Promise<Pod> {
  return client.create(pods, {
    metadata: {
      namespace: 'ns',
      name,
      labels: { [LABEL]: 'web' },
      annotations: { CapacityProvisioned: '0.25vCPU 0.5GB' },
    },
    spec: { schedulerName: 'fargate-scheduler', containers: [{ name: 'c' }], ...spec },
  })
}

function podNow(name: string): Promise<Pod> {
  return client.get(pods, { namespace: 'ns', name })
}

async function nodeOf(name: string): Promise<string | undefined> {
  return (await podNow(name)).spec.nodeName
}

async function eventsOf(name: string): Promise<string[]> {
  const { items } = await client.list(events)
  const about = items.filter((event) => event.involvedObject.name === name)
  expect(about.every((event) => event.source?.component === 'fargate-scheduler')).toBe(true)
  return about.map((event) => `${event.type} ${event.reason} ${event.message}`)
}

async function conditionOf(name: string): Promise<object | undefined> {
  return (await podNow(name)).status?.conditions?.find((condition) => condition.type === 'PodScheduled')
}

/** Long enough for a wrong write to show: every informer event and pass that is due has run. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await clock.advance(0)
}

it('gives a pod a machine of its own', async () => {
  start()
  await createPod('a', { containers: [{ name: 'c', resources: { requests: { cpu: '250m' } } }] })
  await createPod('b')
  await expect.poll(() => nodeOf('a')).toBe(NODE)
  await expect.poll(() => nodeOf('b')).toBe(NODE.replace('0-1.', '0-2.'))
  expect(capacity.requests[0]).toMatchObject({
    pod: { metadata: { name: 'a' } },
    profile: { name: 'web' },
    size: { vcpu: 0.25, memoryGB: 0.5 },
  })
  await expect
    .poll(() => eventsOf('a'))
    .toEqual([NO_LOGGING, `Normal Scheduled Successfully assigned ns/a to ${NODE}`])
  expect(client.actions.filter(({ verb, key }) => verb === 'binding' && key === 'ns/a')).toEqual([
    expect.objectContaining({
      body: {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: expect.objectContaining({ name: 'a', namespace: 'ns' }),
        target: { apiVersion: 'v1', kind: 'Node', name: NODE },
      },
    }),
  ])
})

it('takes pods that were there before it started', async () => {
  await createPod('a')
  start()
  await expect.poll(() => nodeOf('a')).toBe(NODE)
})

it.each([
  ['another scheduler', { schedulerName: 'default-scheduler' }],
  ['a node', { nodeName: 'ip-10-0-0-9.ec2.internal' }],
  ['scheduling gates', { schedulingGates: [{ name: 'wait' }] }],
])('leaves pods with %s alone', async (_, spec) => {
  start()
  await createPod('a', spec)
  await createPod('witness')
  await expect.poll(() => nodeOf('witness')).toBeDefined()
  expect(capacity.requests.map(({ pod }) => pod.metadata.name)).toEqual(['witness'])
  expect(await eventsOf('a')).toEqual([])
})

describe('with a log router', () => {
  async function configure(output: string, label = 'enabled'): Promise<void> {
    const name = 'aws-observability'
    await client.create(namespaces, { metadata: { name, labels: { 'aws-observability': label } }, spec: {} })
    const data = { 'output.conf': `[OUTPUT]\n  Name ${output}\n  Match *\n  region eu-west-1\n` }
    await client.create(configMaps, { metadata: { namespace: name, name: 'aws-logging' }, data })
  }

  const stream = '\n  log_group_name lines\n  log_stream_prefix fluent-'

  it.each([
    [
      'of CloudWatch',
      `cloudwatch_logs${stream}`,
      'Normal LoggingEnabled Successfully enabled logging for pod',
    ],
    [
      'that AWS refuses',
      'loki',
      'Warning LoggingDisabled Disabled logging for pod due to invalid configmap. ' +
        'loki is not a supported output plugin. Please fix the logging configmap',
    ],
    [
      'that is not emulated',
      'es',
      'Warning LoggingDisabled Disabled logging for pod because Neargate does not emulate the output plugin es.',
    ],
  ])('%s, the first event says so', async (_, output, event) => {
    await configure(output)
    start()
    await createPod('a')
    await expect.poll(async () => (await eventsOf('a'))[0]).toBe(event)
  })

  it('gives the machine the configuration that the pod starts with', async () => {
    await configure(`cloudwatch_logs${stream}`)
    start()
    await createPod('a')
    await expect.poll(() => nodeOf('a')).toBeDefined()
    expect(capacity.requests[0]?.logging?.['output.conf']).toContain('log_group_name lines')
  })

  it('finds no configuration in a namespace without the label', async () => {
    await configure(`cloudwatch_logs${stream}`, 'no')
    start()
    await createPod('a')
    await expect.poll(async () => (await eventsOf('a'))[0]).toBe(NO_LOGGING)
    await expect.poll(() => capacity.requests.length).toBe(1)
    expect(capacity.requests[0]).not.toHaveProperty('logging')
  })
})

describe('refusals', () => {
  const container = { name: 'c' }
  it.each([
    [
      'fields, security context and ports',
      {
        hostNetwork: true,
        containers: [{ ...container, securityContext: { privileged: true }, ports: [{ hostPort: 80 }] }],
      },
      'POD_UNSUPPORTED_ON_FARGATE',
      'Pod not supported on Fargate: fields not supported: HostNetwork, invalid SecurityContext fields: Privileged, port contains HostIP or HostPort',
    ],
    [
      'a volume',
      { volumes: [{ name: 'mntdatas3fs', hostPath: { path: '/' } }] },
      'POD_UNSUPPORTED_ON_FARGATE',
      'Pod not supported on Fargate: volumes not supported: mntdatas3fs is of an unsupported volume Type',
    ],
    [
      'a claim',
      { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'test-pvc' } }] },
      'POD_UNSUPPORTED_ON_FARGATE',
      'Pod not supported on Fargate: volumes not supported: data not supported because: persistentvolumeclaim "test-pvc" not found',
    ],
    [
      'a size',
      { containers: [{ ...container, resources: { requests: { memory: '121Gi' } } }] },
      'POD_CPU_MEM_EXCEEDS_MAX_FARGATE_SIZE',
      "Your pod's cpu/memory requirements exceed the max Fargate configuration",
    ],
  ])('of %s are said once, as event and condition', async (_, spec, reason, message) => {
    start()
    await createPod('a', spec)
    await expect.poll(() => eventsOf('a')).toEqual([`Warning FailedScheduling ${message}`])
    expect(await conditionOf('a')).toMatchObject({ status: 'False', reason, message })
    await quiet()
    const [event] = (await client.list(events)).items
    expect(event?.count).toBe(1)
    expect([await nodeOf('a'), capacity.requests]).toEqual([undefined, []])
  })
})

describe('blocked profiles', () => {
  it('say why, and launch once they are mended', async () => {
    const blocked =
      'Pod execution role is not found in auth config or does not have all required permissions for launching fargate pods.'
    profiles.set(profile('web', { blocked }))
    start()
    await createPod('a')
    const message = `Misconfigured Fargate Profile: fargate profile web blocked for new launches due to: ${blocked}`
    await expect.poll(() => eventsOf('a')).toEqual([`Warning FailedScheduling ${message}`])
    expect(await conditionOf('a')).toMatchObject({ status: 'False', message })
    profiles.set(profile('web'))
    await expect.poll(() => nodeOf('a')).toBe(NODE)
    expect(await conditionOf('a')).toMatchObject({ status: 'True' })
  })
})

describe('profiles that have gone', () => {
  it('leave their pods to the next profile by name that selects them', async () => {
    profiles.set(profile('zebra'), profile('other', { selectors: [{ namespace: 'x' }] }), profile('backup'))
    start()
    await createPod('a')
    await expect.poll(() => nodeOf('a')).toBe(NODE)
    expect((await podNow('a')).metadata.labels?.[LABEL]).toBe('backup')
    expect(capacity.requests[0]?.profile.name).toBe('backup')
  })

  it('leave their pods Pending until there is another', async () => {
    profiles.set()
    start()
    await createPod('a')
    await quiet()
    expect([await nodeOf('a'), await eventsOf('a')]).toEqual([undefined, []])
    profiles.set(profile('new'))
    await expect.poll(() => nodeOf('a')).toBe(NODE)
  })
})

it('marks a pod that named the scheduler itself', async () => {
  start()
  await client.create(pods, {
    metadata: { namespace: 'ns', name: 'a' },
    spec: { schedulerName: 'fargate-scheduler', containers: [{ name: 'c' }] },
  })
  await expect.poll(() => nodeOf('a')).toBe(NODE)
  expect((await podNow('a')).metadata).toMatchObject({
    labels: { [LABEL]: 'web' },
    annotations: { CapacityProvisioned: '0.25vCPU 0.5GB' },
  })
})

describe('failures of AWS', () => {
  it('are passed on as AWS words them, once, and tried again', async () => {
    const failure = new AwsError(
      'InvalidSecurityGroupID.NotFound',
      "The securityGroup ID 'sg-1' does not exist",
    )
    capacity.failures.push(failure, failure)
    start()
    await createPod('a')
    const message =
      "An error occurred (InvalidSecurityGroupID.NotFound) when calling the CreateNetworkInterface operation: The securityGroup ID 'sg-1' does not exist"
    await expect.poll(() => conditionOf('a')).toMatchObject({ status: 'False', message })
    await quiet()
    await expect
      .poll(async () => {
        await clock.advance(10)
        return nodeOf('a')
      })
      .toBe(NODE)
    await expect
      .poll(() => eventsOf('a'))
      .toEqual([
        NO_LOGGING,
        `Warning FailedScheduling ${message}`,
        `Normal Scheduled Successfully assigned ns/a to ${NODE}`,
      ])
  })
})

describe('machines', () => {
  it('go when their pod has gone, and not before', async () => {
    start()
    await createPod('a')
    await expect.poll(() => nodeOf('a')).toBe(NODE)
    const finished = await podNow('a')
    await client.updateStatus(pods, { ...finished, status: { phase: 'Succeeded' } })
    await client.delete(pods, { namespace: 'ns', name: 'a' })
    await clock.advance(60_000)
    expect(capacity.list()).toHaveLength(1)
    await client.delete(pods, { namespace: 'ns', name: 'a' }, { gracePeriodSeconds: 0 })
    await expect.poll(() => capacity.list()).toEqual([])
  })

  it.each([
    ['gone', async () => undefined],
    ['replaced by another of its name', async () => createPod('a', { schedulerName: 'default-scheduler' })],
  ])('go when the pod was %s while they were made', async (_, replace) => {
    let made: () => void = () => undefined
    capacity.beforeProvisioned = () => new Promise((resolve) => (made = resolve))
    start()
    await createPod('a')
    await expect.poll(() => capacity.requests.length).toBe(1)
    await client.delete(pods, { namespace: 'ns', name: 'a' })
    await replace()
    await quiet()
    made()
    await expect.poll(() => client.actions.map(({ verb }) => verb)).toContain('binding')
    await expect.poll(() => capacity.list()).toEqual([])
    expect(await eventsOf('a')).toEqual([NO_LOGGING])
  })

  it('of pods that went while the region was down go at its start', async () => {
    const pod = await createPod('a')
    await capacity.provision({ pod, profile: profile('web'), size: { vcpu: 0.25, memoryGB: 0.5 } })
    await client.delete(pods, { namespace: 'ns', name: 'a' })
    client.seed(pods, { metadata: { namespace: 'ns', name: 'b' }, spec: { nodeName: 'n', containers: [] } })
    start()
    await clock.advance(0)
    await expect
      .poll(async () => {
        await clock.advance(50)
        return capacity.list()
      })
      .toEqual([])
  })

  it('are made once for a pod, however often it is tried', async () => {
    start()
    await createPod('a')
    client.failNext('binding', 'pods', new AwsError('ServiceUnavailable', 'try again', { status: 503 }))
    await expect
      .poll(async () => {
        await clock.advance(10)
        return nodeOf('a')
      })
      .toBe(NODE)
    expect(capacity.requests.length).toBe(2)
    expect(capacity.list()).toHaveLength(1)
  })
})
