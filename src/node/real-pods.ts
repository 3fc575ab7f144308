// Owns what a node does for pods whose containers are real processes, beyond what stand-ins need: their volumes on this
// machine, their surroundings, the keys to their images.
import type { Pod, ServiceAccountTokenProjection } from '../../generated/kubernetes.d.ts'
import { isNotFound } from '../base/errors.ts'
import {
  configMaps,
  persistentVolumeClaims,
  persistentVolumes,
  secrets,
  serviceAccounts,
} from '../kubernetes/client/resources.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import { registryCredentials, type RegistryCredential } from '../rules/kubernetes/registry-keys.ts'
import type { ProcessSpec } from '../runtime/runtime.ts'
import type { ContainerState } from './container-state.ts'
import { EnvironmentError } from './environment.ts'
import { registryAuths } from './image-pull.ts'
import type { Machine } from './ports.ts'
import { processSpec, securityProblem } from './process-spec.ts'
import type { NameServers } from './sandbox-environment.ts'
import { mountsOf, refreshVolumes, type PodDirectories, type VolumeSourcesOfPod } from './volume-files.ts'

/** What the nodes of a cluster need to run real processes. */
export interface RealPods {
  readonly directories: PodDirectories
  readonly names: NameServers
  /** What every container has in its environment unless it says otherwise itself. */
  readonly variables: Readonly<Record<string, string>>
  readonly tokens: TokenCache
}

interface Issued {
  readonly token: string
  readonly renewAtMs: number
}

/** Tokens of pods, each used until it is time for the next (pkg/kubelet/token: after 80 % of its life, or a day). */
export class TokenCache {
  readonly #issued = new Map<string, Issued>()

  async get(key: string, nowMs: number, issue: () => Promise<Issued>): Promise<string> {
    const known = this.#issued.get(key)
    if (known && nowMs < known.renewAtMs) return known.token
    const issued = await issue()
    this.#issued.set(key, issued)
    return issued.token
  }

  /** Forgets those of a pod. */
  drop(podUid: string): void {
    for (const key of this.#issued.keys()) if (key.startsWith(`${podUid}/`)) this.#issued.delete(key)
  }
}

/** One pod on one node. */
export interface PodOnNode {
  readonly cluster: ControllerContext
  readonly machine: Machine
  readonly pod: Pod
  readonly ip: string
}

/** Brings the files of a pod's volumes up to date: ConfigMaps, Secrets, tokens, fields of the pod. */
export async function refreshFiles(real: RealPods, of: PodOnNode): Promise<void> {
  await refreshVolumes(real.directories, volumeSources(real, of))
}

/** Where the volumes of a pod get what is in them. */
export function volumeSources(
  { tokens }: Pick<RealPods, 'tokens'>,
  { cluster, machine, pod, ip }: PodOnNode,
): VolumeSourcesOfPod {
  const { client } = cluster
  const { namespace = '' } = pod.metadata
  return {
    pod,
    podIp: ip,
    hostIp: machine.ip,
    nodeName: machine.nodeName,
    allocatable: machine.allocatable,
    configMap: (name) => client.get(configMaps, { namespace, name }).catch(absent),
    secret: (name) => client.get(secrets, { namespace, name }).catch(absent),
    token(projection) {
      const key = `${pod.metadata.uid}/${projection.audience}/${projection.expirationSeconds}`
      return tokens.get(key, cluster.clock.now(), () => serviceAccountToken({ cluster, pod }, projection))
    },
    async persistentVolume(claim) {
      const found = await client.get(persistentVolumeClaims, { namespace, name: claim }).catch(absent)
      const name = found?.spec?.volumeName
      return name ? await client.get(persistentVolumes, { name }).catch(absent) : undefined
    },
  }
}

/** What says how the process of a container runs. */
interface ProcessSources extends PodOnNode {
  readonly environment: Readonly<Record<string, string>>
  /** The user that an image names; undefined where that is not known. */
  readonly imageUser: (image: string) => Promise<string | undefined>
}

/** How a container's process runs. @throws EnvironmentError when its volumes or its security context do not allow it */
export async function processOf(
  real: RealPods,
  container: ContainerState,
  { environment, imageUser, ...of }: ProcessSources,
): Promise<ProcessSpec> {
  const problem = await securityProblem(of.pod, container.spec, imageUser)
  if (problem !== undefined) throw new EnvironmentError(problem)
  const sources = volumeSources(real, of)
  const mounts = await mountsOf(container.spec, { directories: real.directories, sources, environment })
  return processSpec(of.pod, container.spec, mounts)
}

/** Keys that the pod's imagePullSecrets have to the registry of an image; secrets that are not there are passed over. */
export async function pullCredentials(
  { cluster, pod }: Pick<PodOnNode, 'cluster' | 'pod'>,
  image: string,
): Promise<RegistryCredential[]> {
  const { namespace = '' } = pod.metadata
  const found = await Promise.all(
    (pod.spec.imagePullSecrets ?? []).map(({ name = '' }) =>
      cluster.client.get(secrets, { namespace, name }).catch(absent),
    ),
  )
  return registryCredentials(registryAuths(found.filter((secret) => secret !== undefined)), image)
}

const DEFAULT_TOKEN_SECONDS = 3600
const RENEW_AFTER = 0.8
const LONGEST_USE_MS = 24 * 3_600_000

async function serviceAccountToken(
  { cluster, pod }: Pick<PodOnNode, 'cluster' | 'pod'>,
  { audience, expirationSeconds = DEFAULT_TOKEN_SECONDS }: ServiceAccountTokenProjection,
): Promise<Issued> {
  const { namespace = '', name, uid } = pod.metadata
  const account = { namespace, name: pod.spec.serviceAccountName ?? 'default' }
  // The API answers a TokenRequest with a TokenRequest.
  const answer = (await cluster.client.createSubresource(serviceAccounts, account, 'token', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      ...(audience === undefined ? {} : { audiences: [audience] }),
      expirationSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
    },
  })) as { readonly status: { readonly token: string } }
  const lifeMs = Math.min(expirationSeconds * 1000 * RENEW_AFTER, LONGEST_USE_MS)
  return { token: answer.status.token, renewAtMs: cluster.clock.now() + lifeMs }
}

function absent(error: unknown): undefined {
  if (isNotFound(error)) return undefined
  throw error
}
