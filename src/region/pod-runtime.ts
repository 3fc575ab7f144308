// Owns the runtime of one cluster's pods: stand-ins alone, or a container engine with stand-ins for the built-ins.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { InternalError } from '../base/errors.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { removeAllMemory } from '../node/memory-volume.ts'
import { TokenCache, type RealPods } from '../node/real-pods.ts'
import type { PodDirectories } from '../node/volume-files.ts'
import { routerAddress } from '../network/vpc/namespace.ts'
import type { VpcNetwork } from '../network/vpc/vpc-networks.ts'
import { clusterDnsIp } from '../rules/eks/cluster-network.ts'
import { createBothRuntimes } from '../runtime/both-runtimes.ts'
import { isBuiltinPod, type BuiltinWish } from '../runtime/builtin-choice.ts'
import { createEngineRuntime } from '../runtime/engine/engine-runtime.ts'
import type { FoundEngine } from '../runtime/engine/find-engine.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { BuiltinImage } from '../runtime/standin/builtins.ts'
import type { StandinRuntime } from '../runtime/standin/standin.ts'
import { resolverAddress } from './instance-metadata.ts'
import { openPodNetwork, type PodNetworkWorld } from './pod-network.ts'

/** What the clusters of a region need to run pods in an engine. */
export interface EngineWorld {
  readonly engine: FoundEngine
  readonly network: PodNetworkWorld
  /** For the files of pods; a directory a cluster. */
  readonly directory: string
  /** Whose containers these are, before the cluster's name. */
  readonly owner: string
}

export interface PodRuntime {
  readonly runtime: Runtime
  /** Undefined where nothing but stand-ins runs. */
  readonly real: RealPods | undefined
  /** What the region's own connections to pods come from; undefined without a VPC. */
  readonly router: string | undefined
  /** The network of real pods. */
  readonly network?: VpcNetwork
  /** Finds what runs from before; once, before use. */
  resume(): Promise<void>
  /** `keep` leaves what runs in an engine for the next start; `remove` leaves nothing, not even files. */
  close(end: 'keep' | 'stop' | 'remove'): Promise<void>
}

/** Stand-ins for every pod. @param cidr the first block of their VPC, where that is there */
export function standinsOnly(standin: StandinRuntime, cidr: string | undefined): PodRuntime {
  return {
    runtime: standin,
    real: undefined,
    router: cidr === undefined ? undefined : routerAddress(cidr),
    resume: () => standin.resume(),
    close: () => standin.close(),
  }
}

export interface EnginePodsOptions {
  readonly clusterName: string
  readonly vpc: { readonly id: string; readonly cidr: string }
  readonly serviceCidr: string
  readonly cluster: ControllerContext
  readonly standin: StandinRuntime
  readonly builtins: readonly BuiltinImage[]
  /** Who does the work of those. */
  readonly wish: BuiltinWish
  readonly clock: Clock
  readonly log: Log
}

/** The engine for every pod but those of built-ins that Neargate plays itself. */
export async function enginePods(world: EngineWorld, options: EnginePodsOptions): Promise<PodRuntime> {
  const { clusterName, vpc, serviceCidr, cluster, standin, builtins, wish, clock, log } = options
  const pods = await openPodNetwork(world.network, { clusterName, vpc, cluster })
  const directories = directoriesOf(join(world.directory, clusterName), `${world.owner}/${clusterName}`)
  const engine = createEngineRuntime({
    api: world.engine.api,
    name: world.engine.name,
    cgroupDriver: world.engine.cgroupDriver,
    machineKeys: world.engine.machineKeys,
    owner: `${world.owner}/${clusterName}`,
    network: pods.network,
    directory: directories.pods,
    clock,
    log,
  })
  return {
    runtime: createBothRuntimes({
      standin,
      engine,
      isBuiltin: ({ images = [] }) =>
        isBuiltinPod(images, { wish, builtins, hasImage: (image) => engine.hasImage(image) }),
    }),
    router: pods.network.router,
    network: pods.network,
    real: {
      directories,
      tokens: new TokenCache(),
      variables: pods.variables,
      names: {
        cluster: clusterDnsIp(serviceCidr),
        node: resolverAddress(vpc.cidr),
      },
    },
    async resume() {
      await Promise.all([standin.resume(), engine.resume()])
    },
    async close(end) {
      await engine.close(end === 'keep')
      await standin.close()
      await pods.close()
      // In memory are volumes alone that end with their pods; those on disk ended with the sandboxes.
      if (end !== 'keep') await removeAllMemory(directories.memory)
      if (end === 'remove') await removeAll(directories)
    },
  }
}

function directoriesOf(root: string, owner: string): PodDirectories {
  return {
    pods: join(root, 'pods'),
    nodes: join(root, 'nodes'),
    volumes: join(root, 'volumes'),
    memory: join('/dev/shm', 'neargate', owner),
  }
}

async function removeAll({ pods, nodes, volumes }: PodDirectories): Promise<void> {
  const paths = [pods, nodes, volumes]
  await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })))
}

/** As much of an answer of DescribeVpcs as is looked at. */
export interface VpcBlocks {
  readonly Vpcs?: readonly { readonly CidrBlock?: string }[]
}

/** The first block of a VPC. @throws InternalError when there is no such VPC */
export function cidrOf(answer: VpcBlocks): string {
  const cidr = answer.Vpcs?.[0]?.CidrBlock
  if (cidr === undefined) throw new InternalError('the VPC of the cluster is not there')
  return cidr
}
