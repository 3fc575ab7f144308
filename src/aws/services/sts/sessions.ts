// Owns temporary credentials: making them, keeping them until they expire, finding them again.
import type { Credentials } from '@aws-sdk/client-sts'

import { Table } from '../../../store/table.ts'
import type { Credential } from '../../protocol/credentials.ts'
import type { Principal, ServiceDeps } from '../../protocol/service.ts'

interface SessionRecord {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiresAtMs: number
  readonly principal: Principal
}

export class Sessions {
  readonly #deps: ServiceDeps
  readonly #table: Table<SessionRecord>

  constructor(deps: ServiceDeps) {
    this.#deps = deps
    this.#table = new Table(deps.store, 'aws/sts/sessions')
  }

  /** Makes credentials for a principal; forgets those that have expired a day ago. */
  async issue(principal: Omit<Principal, 'accessKeyId'>, durationSeconds: number): Promise<Credentials> {
    const { clock, ids } = this.#deps
    const nowMs = clock.now()
    // A day's grace keeps ExpiredToken apart from InvalidClientTokenId for the clients that look.
    for (const old of this.#table.list().filter(({ expiresAtMs }) => expiresAtMs < nowMs - 86_400_000)) {
      await this.#table.delete(old.accessKeyId)
    }
    const accessKeyId = `ASIA${ids.upper(16)}`
    const record: SessionRecord = {
      accessKeyId,
      secretAccessKey: ids.hex(40),
      sessionToken: `near-${ids.hex(96)}`,
      expiresAtMs: nowMs + durationSeconds * 1000,
      principal: { ...principal, accessKeyId },
    }
    await this.#table.put(accessKeyId, record)
    return {
      AccessKeyId: accessKeyId,
      SecretAccessKey: record.secretAccessKey,
      SessionToken: record.sessionToken,
      Expiration: new Date(record.expiresAtMs),
    }
  }

  find(accessKeyId: string): Credential | undefined {
    return this.#table.get(accessKeyId)
  }
}
