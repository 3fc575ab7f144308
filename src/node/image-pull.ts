// Owns making the image of a container present: the pull policy, the keys to its registry, and the kubelet's words and
// waits when that does not work. Source: kubernetes pkg/kubelet/images/image_manager.go.
import type { Pod, Secret } from '../../generated/kubernetes.d.ts'
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { isObject } from '../base/json.ts'
import { RuntimeError, type ImagePull, type RegistryCredential, type Runtime } from '../runtime/runtime.ts'
import type { ContainerState, PullBackoff } from './container-state.ts'
import { fullImageName } from './image.ts'
import { StartFault } from './start-fault.ts'

const FIRST_MS = 10_000
const LONGEST_MS = 300_000

export interface PullOptions {
  readonly pod: Pod
  readonly container: ContainerState
  readonly clock: Clock
  readonly runtime: Runtime
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
    throw new StartFault('ImagePullBackOff', message, { reason: 'BackOff', text, pull: backoff })
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
  const took = `${clock.now() - startMs}ms`
  const pulled = `Successfully pulled image "${image}" in ${took} (${took} including waiting)`
  event('Normal', 'Pulled', isPulled ? pulled : `Container image "${image}" already present on machine`)
  return imageId
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

/** The keys in secrets that fit an image, in their order. */
export function registryCredentials(secrets: readonly Secret[], image: string): RegistryCredential[] {
  const name = fullImageName(image) ?? ''
  return secrets.flatMap((secret) => {
    const auths = authsOf(secret)
    return Object.entries(auths).flatMap(([server, entry]) => {
      if (!covers(server, name) || !isObject(entry)) return []
      const [username, password] = keysOf(entry)
      return username === undefined || password === undefined
        ? []
        : [{ username, password, serverAddress: server }]
    })
  })
}

function authsOf({ type, data = {} }: Secret): Record<string, unknown> {
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

// `https://index.docker.io/v1/`, `registry.example.com`, `registry.example.com/team`.
function covers(server: string, image: string): boolean {
  const path = server
    .replace(/^https?:\/\//, '')
    .replace(/\/(v[12]\/?)?$/, '')
    .replace(/^index\.docker\.io/, 'docker.io')
  return image === path || image.startsWith(`${path}/`)
}

function keysOf(entry: Readonly<Record<string, unknown>>): readonly (string | undefined)[] {
  const { auth, username, password } = entry
  if (typeof username === 'string' && typeof password === 'string') return [username, password]
  if (typeof auth !== 'string') return []
  const text = Buffer.from(auth, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? [] : [text.slice(0, colon), text.slice(colon + 1)]
}
