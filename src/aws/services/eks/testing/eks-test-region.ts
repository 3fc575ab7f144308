// Owns the region that the tests of this service and of CloudFormation run in: real services over a store in
// memory, with a Kubernetes API and nodes that are fakes.
import { onTestFinished } from 'vitest'

import type { Clock } from '../../../../base/clock.ts'
import { isNotFound, StatusError } from '../../../../base/errors.ts'
import { deepCopy } from '../../../../base/json.ts'
import { silentLog } from '../../../../base/log.ts'
import { Supervisor } from '../../../../base/supervisor.ts'
import type { Controller } from '../../../../reconcile/controller.ts'
import { FakeClient } from '../../../../kubernetes/client/testing/fake-client.ts'
import { runController } from '../../../../reconcile/run-controller.ts'
import type * as api from '../../../../kubernetes/client/client.ts'
import { nodes } from '../../../../kubernetes/client/resources.ts'
import { createTestRegion, type TestRegion } from '../../../testing/test-region.ts'
import { createAutoScaling } from '../../auto-scaling/index.ts'
import { createEks, type EksService } from '../index.ts'
import type { ClusterHost, OfferedVersion } from '../ports.ts'

/** The annotation of a pod that no disruption budget lets go. */
export const UNEVICTABLE = 'test/unevictable'

/** Server-side apply and eviction as far as these tests need them: what is not there is made, what is there is merged. */
class ApplyingClient extends FakeClient {
  override async patch<T extends api.KubernetesObject>(
    resource: api.Resource<T>,
    key: api.ObjectKey,
    body: unknown,
    options: api.PatchOptions,
  ): Promise<T> {
    if (options.type !== 'apply') return await super.patch(resource, key, body, options)
    try {
      return await super.patch(resource, key, body, { ...options, type: 'merge' })
    } catch (error) {
      if (!isNotFound(error)) throw error
      return await this.#make(resource, deepCopy(body) as api.Draft<T>)
    }
  }

  /** No control loop of definitions is there to serve what they define. */
  async #make<T extends api.KubernetesObject>(resource: api.Resource<T>, draft: api.Draft<T>): Promise<T> {
    const made = await this.create(resource, draft)
    if (resource.plural !== 'customresourcedefinitions') return made
    const status = { conditions: [{ type: 'Established', status: 'True' }] }
    return await this.updateStatus(resource, { ...made, status })
  }

  /** No node agent is there to end the containers of a pod. */
  override async delete(
    resource: api.Resource,
    key: api.ObjectKey,
    options: api.DeleteOptions = {},
  ): Promise<void> {
    const isPod = resource.plural === 'pods'
    await super.delete(resource, key, isPod ? { ...options, gracePeriodSeconds: 0 } : options)
  }

  override async createSubresource(
    resource: api.Resource,
    key: api.ObjectKey,
    subresource: string,
    body: unknown,
  ): Promise<unknown> {
    if (subresource !== 'eviction') return await super.createSubresource(resource, key, subresource, body)
    const { metadata } = await this.get(resource, key)
    if (metadata.annotations?.[UNEVICTABLE] !== undefined)
      throw new StatusError(
        'TooManyRequests',
        "Cannot evict pod as it would violate the pod's disruption budget.",
      )
    await this.delete(resource, key)
    return undefined
  }
}

export const testVersions: OfferedVersion[] = ['1.35', '1.34', '1.33', '1.28'].map((version) => ({
  version,
  isDefault: version === '1.34',
  status: version === '1.28' ? 'UNSUPPORTED' : 'STANDARD_SUPPORT',
  releaseDate: '2026-01-28',
}))

export interface EksTestRegion extends TestRegion {
  readonly eks: EksService
  readonly vpcId: string
  /** Three private ones, in three zones. */
  readonly subnetIds: readonly string[]
  readonly publicSubnetId: string
  /** The API of a cluster that runs. */
  kubernetes(cluster: string): FakeClient
  readonly call: <Output>(service: string, operation: string, input: object) => Promise<Output>
  /** Makes a role that services may assume. @returns its ARN */
  role(name: string, service: string): Promise<string>
  /** Polls until `probe` gives something. */
  until<T>(probe: () => Promise<T | undefined | false> | T | undefined | false): Promise<T>
  run(controllers: readonly Controller[]): void
}

/** Builds and starts the region; everything ends with the test. */
export async function createEksTestRegion(
  options: { clock?: Clock; pace?: number } = {},
): Promise<EksTestRegion> {
  const region = await createTestRegion(options)
  const { deps } = region
  const clients = new Map<string, ApplyingClient>()
  const host: ClusterHost = {
    ipFamilies: ['ipv4', 'ipv6'],
    ensure: (spec) => {
      if (!clients.has(spec.name)) clients.set(spec.name, new ApplyingClient({ clock: deps.clock }))
      return Promise.resolve({ endpoint: 'https://127.0.0.1:6443', certificateAuthorityData: 'Q0E=' })
    },
    remove: (name) => {
      clients.delete(name)
      return Promise.resolve()
    },
    client: (name) => found(clients, name),
  }
  const eks = createEks(deps, {
    host,
    versions: testVersions,
    credentials: region.iam,
    issuers: 'https://127.0.0.1:4567',
  })
  const autoScaling = createAutoScaling(deps, { instances: region.ec2.instances })
  region.services.push(eks.service, autoScaling.service)
  const supervisor = new Supervisor(silentLog)
  const run = (controllers: readonly Controller[]): void => {
    for (const controller of controllers)
      runController(controller, { clock: deps.clock, log: silentLog, supervisor })
  }
  run([...region.ec2.controllers, ...autoScaling.controllers, ...eks.controllers])
  const end = joinNodes(region, (cluster) => clients.get(cluster))
  onTestFinished(async () => {
    end()
    await supervisor.stop()
  })
  const network = await prepare(region)
  const call: EksTestRegion['call'] = (service, operation, input) =>
    deps.caller.call(service, operation, input)
  return {
    ...region,
    ...network,
    eks,
    run,
    call,
    kubernetes: (cluster) => found(clients, cluster),
    role: async (name, service) => {
      const { Role } = await call<{ Role: { Arn: string } }>('iam', 'CreateRole', {
        RoleName: name,
        AssumeRolePolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: service },
              // Pod identity needs both.
              Action: ['sts:AssumeRole', 'sts:TagSession'],
            },
          ],
        }),
      })
      return Role.Arn
    },
    until: poll,
  }
}

function found(clients: ReadonlyMap<string, FakeClient>, name: string): FakeClient {
  const client = clients.get(name)
  if (!client) throw new Error(`the cluster ${name} does not run`)
  return client
}

async function prepare(region: TestRegion) {
  const subnets = ['a', 'b', 'c'].map((letter) => ({
    id: `subnet-0000000000000000${letter}`,
    zone: `${region.deps.region}${letter}`,
    public: false,
  }))
  const publicSubnetId = 'subnet-0000000000000000d'
  const { vpcId } = await region.ec2.prepareNetwork({
    subnets: [...subnets, { id: publicSubnetId, zone: `${region.deps.region}a`, public: true }],
  })
  return { vpcId, subnetIds: subnets.map((subnet) => subnet.id), publicSubnetId }
}

/** Stands in for node agents: an instance of a managed group that runs becomes a ready node. */
function joinNodes(region: TestRegion, clientOf: (cluster: string) => FakeClient | undefined): () => void {
  return region.ec2.instances.watch(({ value: instance }) => {
    const client = clientOf(instance.tags['eks:cluster-name'] ?? '')
    const nodegroup = instance.tags['eks:nodegroup-name']
    if (!client || nodegroup === undefined || instance.state !== 'running') return
    const metadata = { name: instance.privateDnsName, labels: { 'eks.amazonaws.com/nodegroup': nodegroup } }
    const status = { conditions: [{ type: 'Ready', status: 'True' }] }
    // A node that is there already stays as it is.
    void client.create(nodes, { metadata, status } as never).catch(() => undefined)
  })
}

async function poll<T>(probe: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  const deadline = Date.now() + 25_000
  for (;;) {
    const value = await probe()
    if (value !== undefined && value !== false) return value
    if (Date.now() > deadline) throw new Error('it did not come about in 25 seconds')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
