// Owns the images of an engine: which are there, and how those that are not come from a registry.
import { aggregateText, messageOf } from '../../base/errors.ts'
import type { RegistryCredential } from '../../rules/kubernetes/registry-keys.ts'
import { RuntimeError, type ImagePull } from '../runtime.ts'
import type { EngineApi } from './api.ts'
import { PAUSE_IMAGE, pauseImage } from './pause.ts'

interface ImageAnswer {
  readonly Id: string
  readonly RepoDigests?: readonly string[] | null
  readonly Config?: { readonly User?: string } | null
}

/** Keys to the registry of an image that every pod may use: those of the machine itself. */
export type MachineKeys = (image: string) => Promise<readonly RegistryCredential[]>

/** The images of one engine. */
export class EngineImages {
  readonly #api: EngineApi
  readonly #machineKeys: MachineKeys
  #pause: Promise<void> | undefined

  constructor(api: EngineApi, machineKeys: MachineKeys = async () => []) {
    this.#api = api
    this.#machineKeys = machineKeys
  }

  /** Makes an image present. @returns what a status shows of it: its digest in a registry, or its id */
  async ensure(image: string, { policy, credentials, onPull }: ImagePull): Promise<string> {
    const present = policy === 'Always' ? undefined : await this.find(image)
    if (present !== undefined) return present
    // The words of pkg/kubelet/images.
    if (policy === 'Never') {
      throw new RuntimeError(
        'ImageNeverPulled',
        `Container image "${image}" is not present with pull policy of Never`,
      )
    }
    onPull?.()
    await this.#pullWithAny(image, credentials)
    const pulled = await this.find(image)
    if (pulled === undefined) throw new RuntimeError('ImageNotFound', `image "${image}" was not pulled`)
    return pulled
  }

  /** What a status shows of an image that is there. */
  async find(image: string): Promise<string | undefined> {
    const answer = await this.#inspect(image)
    if (!answer) return undefined
    const id = answer.Id.startsWith('sha256:') ? answer.Id : `sha256:${answer.Id}`
    return answer.RepoDigests?.find((digest) => digest.includes('@sha256:')) ?? id
  }

  /** The user that an image names, empty for none; undefined when it is not there. */
  async userOf(image: string): Promise<string | undefined> {
    const answer = await this.#inspect(image)
    return answer && (answer.Config?.User ?? '')
  }

  async #inspect(image: string): Promise<ImageAnswer | undefined> {
    try {
      return await this.#api.json<ImageAnswer>('GET', `/images/${encodeURI(image)}/json`)
    } catch (error) {
      if (error instanceof RuntimeError && error.code === 'NotFound') return undefined
      throw error
    }
  }

  /** Loads the image of the pause container unless it is there. */
  async ensurePause(): Promise<void> {
    this.#pause ??= this.#loadPause()
    // An engine that was not there is asked again.
    this.#pause.catch(() => (this.#pause = undefined))
    return await this.#pause
  }

  async #loadPause(): Promise<void> {
    if ((await this.find(PAUSE_IMAGE)) !== undefined) return
    const { Architecture } = await this.#api.json<{ Architecture: string }>('GET', '/info')
    await this.#api.text('POST', '/images/load', { body: pauseImage(Architecture) })
  }

  // Those of the pod first, then those of its node; without a key only where there is none
  // (kubernetes pkg/kubelet/kuberuntime/kuberuntime_image.go).
  async #pullWithAny(image: string, ofPod: readonly RegistryCredential[]): Promise<void> {
    const failures: string[] = []
    // A helper that fails keeps no image from being pulled that needs no key of this machine, as the kubelet has it.
    const ofMachine = await this.#machineKeys(image).catch((error: unknown) => {
      failures.push(messageOf(error))
      return []
    })
    const credentials = [...ofPod, ...ofMachine]
    for (const credential of credentials.length > 0 ? credentials : [undefined]) {
      try {
        return await this.#pull(image, credential)
      } catch (error) {
        if (error instanceof RuntimeError && error.code === 'Unavailable') throw error
        failures.push(messageOf(error))
      }
    }
    throw new RuntimeError('ImageNotFound', aggregateText(failures))
  }

  async #pull(image: string, credential: RegistryCredential | undefined): Promise<void> {
    const headers = credential && { 'x-registry-auth': encoded(credential) }
    try {
      const text = await this.#api.text('POST', '/images/create', {
        query: { fromImage: image },
        ...(headers && { headers }),
      })
      // A pull that fails after it has begun says so in one of the lines.
      const failed = text.split('\n').find((line) => line.includes('"error"'))
      if (failed === undefined) return
      const { error } = JSON.parse(failed) as { error?: string }
      if (error) throw new RuntimeError('ImageNotFound', error)
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code === 'Unavailable') throw error
      throw new RuntimeError('ImageNotFound', error.message, { cause: error })
    }
  }
}

function encoded({ username, password, serverAddress }: RegistryCredential): string {
  const key = username === '<token>' ? { identitytoken: password } : { username, password }
  const text = Buffer.from(JSON.stringify({ ...key, serveraddress: serverAddress })).toString('base64')
  // For URLs, and filled up: engines refuse one that is not (RFC 4648, section 5).
  return text.replaceAll('+', '-').replaceAll('/', '_')
}
