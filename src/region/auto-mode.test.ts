// EKS Auto Mode in one cluster: definitions, pools and classes, and the machines that pods get and lose.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { builtinPool, defaultNodeClass, type NodePool } from '../rules/auto-mode/node-pool.ts'
import { AwsError } from '../base/errors.ts'
import { silentLog } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import { autoModeDefinitions } from '../aws/services/eks/auto-mode/definitions.ts'
import {
  createAutoCompute,
  type AutoMachines,
  type MachineRequest,
} from '../controllers/autocompute/index.ts'
import { builtinControllers } from '../controllers/index.ts'
import { createRehearsalKubelet } from '../controllers/testing/kubelet.ts'
import { requesting, sampleDeployment, templateOf } from '../controllers/testing/samples.ts'
import { nodeClaims, nodeClasses, nodePools } from '../kubernetes/client/auto-mode-resources.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import {
  customResourceDefinitions,
  deployments,
  events,
  nodes,
  pods,
  serviceAccounts,
} from '../kubernetes/client/resources.ts'
import { createApiFixture } from '../kubernetes/server/testing/api-fixture.ts'
import { createControllerContext } from '../reconcile/context.ts'
import { runController } from '../reconcile/run-controller.ts'
import { autoNode } from '../rules/auto-mode/auto-node.ts'
import { autoModeTypes } from '../rules/auto-mode/instance-labels.ts'

const REGION = 'us-east-1'
const ZONES = ['us-east-1a', 'us-east-1b']

/** Machines that come up as nodes at once. */
class Machines implements AutoMachines {
  readonly launched: MachineRequest[] = []
  readonly states = new Map<string, string>()
  refusal: AwsError | undefined
  readonly #client: KubernetesClient

  constructor(client: KubernetesClient) {
    this.#client = client
  }

  async launch(request: MachineRequest) {
    if (this.refusal) throw this.refusal
    this.launched.push(request)
    const instanceId = `i-${String(this.launched.length).padStart(3, '0')}`
    const auto = autoModeTypes().find(({ type }) => type.name === request.instanceType)
    if (!auto) throw new TypeError(`unknown type ${request.instanceType}`)
    const zone = ZONES.find((name) => request.subnetId.endsWith(name)) ?? ''
    const { labels, taints, nodePool: pool, capacityType } = request
    const node = autoNode({ pool, auto, region: REGION, zone, capacityType, labels, taints }, instanceId)
    const { metadata, spec, status } = node
    this.states.set(instanceId, 'running')
    const made = await this.#client.create(nodes, {
      metadata: { name: metadata.name, labels: metadata.labels ?? {} },
      // As the API has it of a new node, until the control loop of nodes has seen that it is ready.
      spec: {
        ...spec,
        taints: [...(spec.taints ?? []), { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }],
        providerID: `aws:///${zone}/${instanceId}`,
      },
    })
    // Heard from for as long as the case may take: nobody sends heartbeats here.
    const ready = { type: 'Ready', status: 'True' as const, lastHeartbeatTime: '2099-01-01T00:00:00Z' }
    await this.#client.updateStatus(nodes, { ...made, status: { ...status, conditions: [ready] } })
    return { instanceId, imageId: 'ami-1' }
  }

  async terminate(instanceId: string) {
    this.states.set(instanceId, 'terminated')
  }

  state = async (instanceId: string) => this.states.get(instanceId)
  subnets = async () => ZONES.map((zone) => ({ id: `subnet-${zone}`, zone }))
  securityGroups = async () => [{ id: 'sg-1', name: 'cluster' }]
  instanceProfile = async (roleName: string) => `profile-${roleName}`
}

let clock: FakeClock
let client: KubernetesClient
let machines: Machines
let supervisor: Supervisor
let mayStart: boolean

beforeEach(async () => {
  mayStart = true
  clock = new FakeClock()
  const fixture = await createApiFixture({ clock })
  ;({ client } = fixture)
  const { server } = fixture
  supervisor = new Supervisor(silentLog)
  const context = createControllerContext({
    client,
    clock,
    log: silentLog,
    supervisor,
    served: server.resources,
  })
  machines = new Machines(client)
  const start = (all: Parameters<typeof runController>[0][]): void => {
    for (const controller of all) runController(controller, { clock, log: silentLog, supervisor })
  }
  start([
    ...builtinControllers(context, {
      caPem: 'PEM',
      issueToken: async () => 'token',
      served: server.resources,
    }),
    createRehearsalKubelet(context),
  ])
  for (const definition of autoModeDefinitions) await client.create(customResourceDefinitions, definition)
  await until(
    'the account of pods',
    async () => (await client.list(serviceAccounts, { namespace: 'default' })).items.length > 0,
  )
  await until('the definitions to be served', () =>
    ['nodepools', 'nodeclaims', 'nodeclasses'].every((plural) =>
      server.resources.all.some((each) => each.plural === plural),
    ),
  )
  await client.create(
    nodeClasses,
    defaultNodeClass({
      roleName: 'node',
      subnetIds: ZONES.map((zone) => `subnet-${zone}`),
      securityGroupId: 'sg-1',
    }),
  )
  await client.create(nodePools, builtinPool('general-purpose'))
  start(createAutoCompute({ context, machines, region: REGION, mayStart: () => mayStart }))
})

afterEach(() => supervisor.stop())

async function until(what: string, holds: () => boolean | Promise<boolean>, seconds = 120): Promise<void> {
  for (let half = 0; half < seconds * 2; half += 1) {
    if (await holds()) return
    await clock.advance(500)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { items } = await client.list(events)
  throw new Error(
    `waited in vain for ${what}: ${items.map(({ reason, message }) => `${reason} ${message}`).join('\n')}`,
  )
}

async function deploy(replicas: number, cpu = '1'): Promise<void> {
  const template = { ...templateOf('nginx'), spec: requesting({ cpu }) }
  await client.create(deployments, sampleDeployment({ replicas, template }))
}

async function running(): Promise<number> {
  const { items } = await client.list(pods)
  return items.filter(({ spec, status }) => spec.nodeName && status?.phase === 'Running').length
}

const claimCount = async (): Promise<number> => (await client.list(nodeClaims)).items.length

describe('Auto Mode', () => {
  it('says that its pool and class are ready', async () => {
    await until('the pool', async () => {
      const pool = await client.get(nodePools, { name: 'general-purpose' })
      return JSON.stringify(pool.status ?? {}).includes('"type":"Ready","status":"True"') || isReady(pool)
    })
    const { status } = await client.get(nodeClasses, { name: 'default' })
    expect(status).toMatchObject({
      subnets: [{ zone: 'us-east-1a' }, { zone: 'us-east-1b' }],
      securityGroups: [{ id: 'sg-1' }],
      instanceProfile: 'profile-node',
    })
  })

  it('starts one machine for pods that fit nowhere, and runs them on it', async () => {
    await deploy(5)
    await until('the pods to run', async () => (await running()) === 5)
    expect(machines.launched).toHaveLength(1)
    const [claim] = (await client.list(nodeClaims)).items
    expect(claim?.metadata.labels).toMatchObject({
      'karpenter.sh/nodepool': 'general-purpose',
      'karpenter.sh/capacity-type': 'on-demand',
      'node.kubernetes.io/instance-type': machines.launched[0]?.instanceType,
    })
    const node = await client.get(nodes, { name: 'i-001' })
    expect(node.metadata.finalizers).toContain('karpenter.sh/termination')
    expect(node.metadata.labels).toMatchObject({
      'karpenter.sh/registered': 'true',
      'eks.amazonaws.com/compute-type': 'auto',
    })
    const said = (await client.list(events)).items.filter(({ reason }) => reason === 'Nominated')
    expect(said[0]?.message).toBe(`Pod should schedule on: nodeclaim/${claim?.metadata.name}`)
  })

  it('starts nothing more while what is on its way has room', async () => {
    await deploy(2)
    await until('a claim', async () => (await claimCount()) === 1)
    await clock.advance(60_000)
    expect(await claimCount()).toBe(1)
  })

  it('ends a machine that stays empty, and its node and claim with it', async () => {
    await deploy(1)
    await until('the pod to run', async () => (await running()) === 1)
    await client.delete(deployments, { namespace: 'default', name: 'web' })
    await until('the claim to go', async () => (await claimCount()) === 0)
    expect(machines.states.get('i-001')).toBe('terminated')
    expect((await client.list(nodes)).items).toEqual([])
  })

  it('leaves a new machine to the pods that it was started for, even where none waits', async () => {
    const current = await client.get(nodePools, { name: 'general-purpose' })
    const spec = { ...current.spec, disruption: { consolidateAfter: '0s' } }
    await client.update(nodePools, { ...current, spec })
    await deploy(1)
    await until('the pod to run', async () => (await running()) === 1)
    await clock.advance(60_000)
    expect(machines.launched).toHaveLength(1)
    expect(machines.states.get('i-001')).toBe('running')
  })

  it('moves what is left to a cheaper machine', async () => {
    await deploy(6)
    await until('the pods to run', async () => (await running()) === 6)
    const deployment = await client.get(deployments, { namespace: 'default', name: 'web' })
    await client.update(deployments, { ...deployment, spec: { ...deployment.spec, replicas: 1 } })
    await until(
      'the smaller machine',
      async () => machines.launched.length === 2 && (await claimCount()) === 1,
    )
    await until('the pod to run', async () => (await running()) === 1)
    const cores = machines.launched.map(
      ({ instanceType }) => autoModeTypes().find(({ type }) => type.name === instanceType)?.type.vcpu ?? 0,
    )
    expect(cores[1]).toBeLessThan(cores[0] ?? 0)
    expect(machines.states.get('i-001')).toBe('terminated')
  })

  it('says why AWS gave no machine, and asks again', async () => {
    machines.refusal = new AwsError(
      'UnauthorizedOperation',
      'You are not authorized to perform this operation.',
    )
    await deploy(1)
    await until('the claim to say so', async () => {
      const [claim] = (await client.list(nodeClaims)).items
      return claim?.status?.conditions?.some(({ reason }) => reason === 'LaunchFailed') ?? false
    })
    machines.refusal = undefined
    await until('the pod to run', async () => (await running()) === 1)
  })

  it('lets go of a claim whose machine somebody else has ended', async () => {
    await deploy(1)
    await until('the pod to run', async () => (await running()) === 1)
    machines.states.set('i-001', 'terminated')
    await until('a new machine', async () => machines.launched.length === 2)
    await until('the old claim to go', async () => (await claimCount()) === 1)
  })

  it('replaces a machine that has expired', async () => {
    const pool = builtinPool('general-purpose')
    const { template } = pool.spec
    const current = await client.get(nodePools, { name: 'general-purpose' })
    const spec = { ...current.spec, template: { ...template, spec: { ...template.spec, expireAfter: '5m' } } }
    await client.update(nodePools, { ...current, spec })
    await deploy(1)
    await until('the pod to run', async () => (await running()) === 1)
    await until('another machine', async () => machines.launched.length === 2, 600)
    await until('the first to end', () => machines.states.get('i-001') === 'terminated')
  })

  it('leaves pools of Karpenter to Karpenter', async () => {
    const { metadata, spec, ...rest } = builtinPool('general-purpose')
    const nodeClassRef = { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: 'default' }
    const template = { ...spec.template, spec: { ...spec.template.spec, nodeClassRef } }
    await client.create(nodePools, {
      ...rest,
      metadata: { ...metadata, name: 'own' },
      spec: { ...spec, template },
    })
    await client.delete(nodePools, { name: 'general-purpose' })
    await deploy(1)
    await clock.advance(60_000)
    expect(machines.launched).toEqual([])
    expect((await client.get(nodePools, { name: 'own' })).status).toBeUndefined()
  })

  it('starts nothing while it is turned off', async () => {
    mayStart = false
    await deploy(1)
    await clock.advance(60_000)
    expect(await claimCount()).toBe(0)
  })

  it('says what no pool can hold', async () => {
    await deploy(1, '5000')
    await until('the event', async () =>
      (await client.list(events)).items.some(({ message }) =>
        message?.includes(
          'incompatible with nodepool "general-purpose", no instance type satisfied resources and requirements',
        ),
      ),
    )
    expect(machines.launched).toEqual([])
  })
})

function isReady({ status }: NodePool): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: readonly { type: string; status: string }[] }
  return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True')
}
