// Owns the control planes of a region: which clusters there are, their keys and ports, and their starting and ending.
import type { ClusterAccess } from '../aws/services/eks/index.ts'
import type { ClusterEndpoint, ClusterHost, ClusterHostSpec } from '../aws/services/eks/ports.ts'
import { addressRange } from '../base/address-range.ts'
import { InternalError } from '../base/errors.ts'
import type { ClusterCertificates } from '../kubernetes/server/certificates.ts'
import { pods } from '../kubernetes/client/resources.ts'
import type { Store } from '../store/store.ts'
import { Table } from '../store/table.ts'
import type { ClusterWorld, RunningCluster } from './cluster.ts'
import type { AskingPod } from './pod-identity-agent.ts'
import { hasAgent } from './pod-session.ts'
import type { IssuerKey } from './web-identity.ts'

/** What is remembered of a control plane. */
interface ClusterHostRecord {
  readonly spec: ClusterHostSpec
  readonly certificates: ClusterCertificates
  readonly port: number
}

function hostRecords(store: Store): Table<ClusterHostRecord> {
  return new Table(store, 'region/hosts')
}

/** The public keys behind issuers of service account tokens, of whatever clusters the stores know. */
export function issuerKeys(stores: () => readonly Store[]): IssuerKey {
  return (issuer) =>
    stores()
      .flatMap((store) => hostRecords(store).list())
      .find(({ spec }) => spec.oidcIssuer === issuer)?.certificates.serviceAccountKeys.publicKey
}

// Keys that the store deletes in one transaction.
const DELETE_BATCH = 500

// Loaded by need: it is more than half of the program, and a region may have no cluster.
async function controlPlane() {
  const { createClusterCertificates } = await import('../kubernetes/server/certificates.ts')
  const { nodeTables, registryPrefix, startCluster } = await import('./cluster.ts')
  return { createClusterCertificates, nodeTables, registryPrefix, startCluster }
}

/** Runs the control planes of the region's clusters. */
export class Clusters implements ClusterHost {
  readonly #world: ClusterWorld
  readonly #access: ClusterAccess
  readonly #records: Table<ClusterHostRecord>
  readonly #running = new Map<string, Promise<RunningCluster>>()
  readonly #ready = new Map<string, RunningCluster>()

  /** The network of an engine has IPv4 alone (ADR 28). */
  get ipFamilies(): ClusterHost['ipFamilies'] {
    return this.#world.engine ? ['ipv4'] : ['ipv4', 'ipv6']
  }

  constructor(world: ClusterWorld & { readonly access: (host: ClusterHost) => ClusterAccess }) {
    this.#world = world
    this.#access = world.access(this)
    this.#records = hostRecords(world.store)
  }

  /** Starts every cluster that ran before. */
  async resume(): Promise<void> {
    await Promise.all(this.#records.list().map(({ spec }) => this.#start(spec)))
  }

  async ensure(spec: ClusterHostSpec): Promise<ClusterEndpoint> {
    const cluster = await this.#start(spec)
    await this.#upgrade(cluster, spec)
    const record = this.#records.get(spec.name)
    if (!record) throw new InternalError(`cluster ${spec.name} was removed while it started`)
    return {
      endpoint: `https://127.0.0.1:${record.port}`,
      certificateAuthorityData: Buffer.from(record.certificates.ca).toString('base64'),
    }
  }

  async remove(name: string): Promise<void> {
    const running = await this.#running.get(name)
    this.#running.delete(name)
    this.#ready.delete(name)
    await running?.stop(true)
    await this.#forget(name)
    await this.#records.delete(name)
  }

  client(name: string): RunningCluster['client'] {
    return this.get(name).client
  }

  /** @throws InternalError when the cluster does not run. */
  get(name: string): RunningCluster {
    const running = this.#ready.get(name)
    if (!running) throw new InternalError(`cluster ${name} does not run`)
    return running
  }

  find(name: string): RunningCluster | undefined {
    return this.#ready.get(name)
  }

  /** The pod that has an address in a VPC, of whatever cluster; undefined when none has. */
  podAt(vpcId: string, ip: string): AskingPod | undefined {
    for (const { name, vpcId: own, context } of this.#ready.values()) {
      const pod =
        own === vpcId &&
        context
          .informer(pods)
          .list()
          .find(({ status }) => status?.podIP === ip)
      const nodeName = pod ? pod.spec.nodeName : undefined
      if (nodeName === undefined) continue
      return { clusterName: name, nodeName, hasAgent: () => hasAgent(context, nodeName) }
    }
    return undefined
  }

  /** Ends all control planes and keeps what they hold. */
  async stop(): Promise<void> {
    const running = await Promise.allSettled(this.#running.values())
    await Promise.all(
      running.map(async (result) => (result.status === 'fulfilled' ? result.value.stop() : undefined)),
    )
  }

  #start(spec: ClusterHostSpec): Promise<RunningCluster> {
    const present = this.#running.get(spec.name)
    if (present) return present
    const starting = this.#launch(spec)
    this.#running.set(spec.name, starting)
    // A start that failed is tried again by the reconciler that asked for it.
    starting.catch(() => this.#running.delete(spec.name))
    return starting
  }

  /** What is remembered changes first: after a kill in between, the next start has the newer version. */
  async #upgrade({ api, name }: RunningCluster, spec: ClusterHostSpec): Promise<void> {
    const before = this.#records.get(name)?.spec.version
    if (before === undefined || before === spec.version) return
    await this.#records.update(name, (record) => ({ ...record, spec }))
    api.setVersion(spec.version)
  }

  async #launch(spec: ClusterHostSpec): Promise<RunningCluster> {
    const known = this.#records.get(spec.name)
    const { clock, ids } = this.#world
    // Clients in pods know the API by the cluster address of its Service, the first of the block.
    const names = [addressRange(spec.serviceCidr).at(1)]
    const { createClusterCertificates, startCluster } = await controlPlane()
    const certificates = known?.certificates ?? (await createClusterCertificates({ clock, ids, names }))
    if (!known) await this.#records.put(spec.name, { spec, certificates, port: 0 })
    const cluster = await startCluster(this.#world, {
      access: this.#access,
      spec,
      certificates,
      port: known?.port ?? 0,
    })
    await this.#records.put(spec.name, { spec, certificates, port: cluster.port })
    this.#ready.set(spec.name, cluster)
    return cluster
  }

  async #forget(name: string): Promise<void> {
    const { store } = this.#world
    const { nodeTables, registryPrefix } = await controlPlane()
    const tables = nodeTables(store, name)
    for (const table of Object.values(tables)) {
      for (const { key } of table.rows()) await table.delete(key)
    }
    for (;;) {
      const { entries } = store.range({ prefix: registryPrefix(name), limit: DELETE_BATCH })
      if (entries.length === 0) return
      await store.commit({ operations: entries.map(({ key }) => ({ type: 'delete', key })) })
    }
  }
}
