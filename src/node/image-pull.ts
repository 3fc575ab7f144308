// Owns making the image of a container present: the pull policy, the keys to its registry, and the kubelet's words and
// waits when that does not work. Source: kubernetes pkg/kubelet/images/image_manager.go.
import type { Pod, Secret } from '../../generated/kubernetes.d.ts'
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { isObject } from '../base/json.ts'
import { fullImageName } from '../rules/kubernetes/image-name.ts'
import type { RegistryAuths, RegistryCredential } from '../rules/kubernetes/registry-keys.ts'
import { RuntimeError, type ImagePull, type Runtime } from '../runtime/runtime.ts'
import { goDuration } from './backoff.ts'
import type { ContainerState, PullBackoff } from './container-state.ts'
import { StartFault } from './start-fault.ts'
import { minorOf } from '../rules/eks/version-skew.ts'

const FIRST_MS = 10_000
const LONGEST_MS = 300_000

export interface PullOptions {
  readonly pod: Pod
  readonly container: ContainerState
  readonly clock: Clock
  readonly runtime: Runtime
  /** `v1.35.0-eks-…` */
  readonly kubeletVersion: string
  /** The node runs Windows, and the pod does not ask for it: its images are those of Linux. */
  readonly isForeign?: boolean
  /** Keys to registries, of the pod's imagePullSecrets. */
  credentials(): Promise<readonly RegistryCredential[]>
  readonly event: (type: 'Normal' | 'Warning', reason: string, message: string) => void
}

/** Makes the image of a container present. @returns its id @throws StartFault */
export async function pulledImage(options: PullOptions): Promise<string> {
  const { pod, container, clock, runtime, event } = options
  const image = container.spec.image ?? ''
  if (!fullImageName(image)) {
    const text = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`
    throw new StartFault('InvalidImageName', text, { reason: 'InspectFailed', text })
  }
  const backoff = container.pull
  if (backoff && clock.now() < backoff.untilMs) {
    const text = `Back-off pulling image "${image}"`
    const message = `${text}: ${backoff.failure}`
    throw new StartFault('ImagePullBackOff', message, {
      type: 'Normal',
      reason: 'BackOff',
      text,
      pull: backoff,
    })
  }
  // An image that this container ran before is there: the kubelet does not announce it again.
  const isFirst = container.imageId === ''
  const policy = pullPolicyOf(container)
  const startMs = clock.now()
  let isPulled = false
  const onPull = (): void => {
    isPulled = isFirst || policy === 'Always'
    if (isPulled) event('Normal', 'Pulling', `Pulling image "${image}"`)
  }
  if (options.isForeign === true) {
    onPull()
    const message = 'no matching manifest for windows/amd64 in the manifest list entries: not found'
    const error = new RuntimeError('ImageNotFound', message)
    throw faultOf(error, image, { before: backoff, nowMs: clock.now() })
  }
  const imageId = await runtime
    .ensureImage(image, {
      sandboxId: pod.metadata.uid,
      policy,
      credentials: await options.credentials(),
      onPull,
    })
    .catch((error: unknown) => {
      throw faultOf(error, image, { before: backoff, nowMs: clock.now() })
    })
  const took = goDuration(clock.now() - startMs)
  const pulled = `Successfully pulled image "${image}" in ${took} (${took} including waiting)`
  event('Normal', 'Pulled', isPulled ? pulled : presentText(image, options.kubeletVersion))
  return imageId
}

// The kubelet of 1.35 has looked whether the pod may use it.
function presentText(image: string, kubeletVersion: string): string {
  const text = `Container image "${image}" already present on machine`
  return minorOf(kubeletVersion) >= 35 ? `${text} and can be accessed by the pod` : text
}

function faultOf(
  error: unknown,
  image: string,
  { before, nowMs }: { readonly before: PullBackoff | undefined; readonly nowMs: number },
): StartFault {
  const message = messageOf(error)
  const code = error instanceof RuntimeError ? error.code : undefined
  if (code === 'ImageNeverPulled') {
    return new StartFault('ErrImageNeverPull', message, { reason: 'ErrImageNeverPull', text: message })
  }
  const text = `Failed to pull image "${image}": ${message}`
  const event = { reason: 'Failed', text }
  if (code !== 'ImageNotFound') return new StartFault('ImageInspectError', text, event)
  const waitMs = before ? Math.min(LONGEST_MS, before.waitMs * 2) : FIRST_MS
  const failure = `ErrImagePull: ${message}`
  const pull = { waitMs, untilMs: nowMs + waitMs, failure }
  return new StartFault('ErrImagePull', message, { ...event, pull })
}

/** API reference, Container: imagePullPolicy. */
function pullPolicyOf({ spec }: ContainerState): ImagePull['policy'] {
  // The API takes these three.
  if (spec.imagePullPolicy) return spec.imagePullPolicy as ImagePull['policy']
  return fullImageName(spec.image ?? '')?.endsWith(':latest') ? 'Always' : 'IfNotPresent'
}

/** What the secrets of a pod hold for registries, in their order. */
export function registryAuths(secrets: readonly Secret[]): RegistryAuths[] {
  return secrets.map(authsOf)
}

function authsOf({ type, data = {} }: Secret): RegistryAuths {
  const isJson = type === 'kubernetes.io/dockerconfigjson'
  const text = Buffer.from(data[isJson ? '.dockerconfigjson' : '.dockercfg'] ?? '', 'base64').toString()
  try {
    const config: unknown = JSON.parse(text)
    const auths = isJson && isObject(config) ? config['auths'] : config
    return isObject(auths) ? auths : {}
  } catch {
    return {}
  }
}
