// Owns the quotas that the account has had raised.
import { Table } from '../../../store/table.ts'
import type { ServiceDeps } from '../../protocol/service.ts'
import type { Quota } from '../../../rules/quotas/quotas.ts'

/** A request for more, granted as it came. */
export interface ChangeRecord {
  readonly id: string
  readonly service: string
  readonly code: string
  readonly value: number
  readonly createdAtMs: number
  /** Who asked. */
  readonly callerArn: string
}

/** What handlers work with. */
export class QuotaState {
  readonly deps: ServiceDeps
  readonly changes: Table<ChangeRecord>

  constructor(deps: ServiceDeps) {
    this.deps = deps
    this.changes = new Table(deps.store, 'aws/service-quotas/changes')
  }

  /** The value in force: quotas are only ever raised. */
  valueOf({ service, code, value }: Quota): number {
    const granted = this.changes
      .list()
      .filter((change) => change.service === service && change.code === code)
      .map((change) => change.value)
    return Math.max(value, ...granted)
  }
}
