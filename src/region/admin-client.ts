// Owns the CLI's side of the endpoints under /_neargate/: what only a near region can be asked.
import { messageOf, UserError } from '../base/errors.ts'
import type { RegionIdentity } from './identity.ts'
import type { RunningRegion } from './running.ts'
import type { NetworkRequest, NetworkResult, RegionStatus } from './admin.ts'

/** Asks a running region for what AWS has no operation for. */
export class AdminClient {
  readonly #endpoint: string
  readonly #token: string
  readonly #region: string

  constructor(running: Pick<RunningRegion, 'endpoint'>, identity: RegionIdentity) {
    this.#endpoint = running.endpoint
    this.#token = identity.adminToken
    this.#region = identity.region
  }

  /** Names of the regions that answer there; the first is that of the data directory. */
  async regions(): Promise<readonly string[]> {
    return (await this.#send<{ readonly regions: readonly string[] }>('GET', 'regions')).regions
  }

  /** Adds the region that this client is for, unless it is there. */
  async addRegion(): Promise<void> {
    await this.#send<object>('PUT', `regions/${this.#region}`)
  }

  /** Replaces what goes wrong there on purpose. @param name that of the file, for messages */
  async setFaults(text: string, name: string): Promise<void> {
    await this.#send<object>('PUT', 'faults', { text, name })
  }

  /** What runs in the region. */
  status(): Promise<RegionStatus> {
    return this.#send<RegionStatus>('GET', `regions/${this.#region}/status`)
  }

  /** Makes the VPC and the subnets that a config refers to by id, unless they are there. */
  prepareNetwork(request: NetworkRequest): Promise<NetworkResult> {
    return this.#send<NetworkResult>('PUT', `regions/${this.#region}/network`, request)
  }

  async #send<T>(method: string, path: string, body?: object): Promise<T> {
    let response: Response
    try {
      response = await fetch(`${this.#endpoint}/_neargate/${path}`, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    } catch (error) {
      throw new UserError(`the near region at ${this.#endpoint} does not answer: ${messageOf(error)}`, {
        help: 'Start it again with: neargate start',
        cause: error,
      })
    }
    // The region's own endpoint: the shape is that of admin.ts on the other side.
    const answer = (await response.json().catch(() => undefined)) as (T & { message?: string }) | undefined
    if (!response.ok)
      throw new UserError(`the near region refused: ${answer?.message ?? response.statusText}`)
    if (answer === undefined) {
      throw new UserError(`what listens at ${this.#endpoint} is no near region`, {
        help: 'Start the region again with: neargate start',
      })
    }
    return answer
  }
}
