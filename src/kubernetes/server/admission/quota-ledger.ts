// Owns the charging of quotas: writes of one namespace are judged one after the other, and what a batch of them uses
// is written at once. Source: apiserver pkg/admission/plugin/resourcequota/controller.go (checkQuotas).
import type { ResourceQuota } from '../../../../generated/kubernetes.d.ts'
import type { Clock } from '../../../base/clock.ts'
import { isStoreError } from '../../../store/store.ts'
import { checkQuotas } from '../../../rules/kubernetes/quota/check.ts'
import type { Evaluator } from '../../../rules/kubernetes/quota/usage.ts'
import type { AdmissionRequest } from '../../registry/admission.ts'
import type { Storage } from '../../registry/storage.ts'
import { conflict } from '../../registry/update.ts'
import { resourceQuotaKind } from '../../resources/resource-quota.ts'
import { forbiddenBy } from './refusal.ts'

interface Waiter {
  readonly request: AdmissionRequest
  readonly evaluator: Evaluator<unknown>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const ATTEMPTS = 10

/** Charges writes to the quotas of their namespaces. */
export class QuotaLedger {
  readonly #storage: Storage
  readonly #clock: Clock
  /** Writes that wait, by namespace; a namespace is in it while somebody works on it. */
  readonly #waiting = new Map<string, Waiter[]>()

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage
    this.#clock = clock
  }

  /**
   * Waits until the write is paid for in the status of every quota it concerns; undefined where there is none.
   * @throws StatusError Forbidden when it does not fit; then nothing is charged for it.
   */
  charge(request: AdmissionRequest, evaluator: Evaluator<unknown>): Promise<void> | undefined {
    const { namespace } = request
    if (this.#quotas(namespace).length === 0) return undefined
    return new Promise<void>((resolve, reject) => {
      const waiter = { request, evaluator, resolve, reject }
      const waiting = this.#waiting.get(namespace)
      if (waiting) waiting.push(waiter)
      else {
        this.#waiting.set(namespace, [waiter])
        void this.#work(namespace)
      }
    })
  }

  #quotas(namespace: string): readonly ResourceQuota[] {
    return this.#storage.list(resourceQuotaKind, { namespace }).items
  }

  async #work(namespace: string): Promise<void> {
    for (;;) {
      const batch = this.#waiting.get(namespace)?.splice(0) ?? []
      if (batch.length === 0) break
      try {
        await this.#settle(namespace, batch)
      } catch (error) {
        // Those that have been answered already don't hear of it.
        for (const waiter of batch) waiter.reject(error)
      }
    }
    this.#waiting.delete(namespace)
  }

  /** Judges a batch; where another writer interferes, what could not be written is judged anew. */
  async #settle(namespace: string, batch: readonly Waiter[]): Promise<void> {
    let open = batch
    let quotas = this.#quotas(namespace)
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { next, charged } = this.#judge(quotas, open)
      const failed = await this.#write(quotas, next)
      if (failed.length === 0) {
        for (const { resolve } of charged) resolve()
        return
      }
      // The other quotas have been charged for these writes: only the ones that failed are looked at again.
      open = charged
      quotas = this.#quotas(namespace).filter(({ metadata }) => failed.includes(metadata.name))
    }
    for (const { reject } of open) reject(conflict(resourceQuotaKind, quotas[0]?.metadata.name ?? ''))
  }

  /** Answers what is refused and what costs nothing. @returns what is to be written, and for whom. */
  #judge(
    quotas: readonly ResourceQuota[],
    waiters: readonly Waiter[],
  ): { readonly next: readonly ResourceQuota[]; readonly charged: readonly Waiter[] } {
    let next = quotas
    const charged: Waiter[] = []
    for (const waiter of waiters) {
      const { request, evaluator } = waiter
      const verdict = checkQuotas(next, request, { evaluator, nowMs: this.#clock.now() })
      if ('refusal' in verdict) {
        waiter.reject(forbiddenBy(request, verdict.refusal))
      } else if (request.dryRun || verdict.quotas.every((quota, index) => quota === next[index])) {
        waiter.resolve()
      } else {
        next = verdict.quotas
        charged.push(waiter)
      }
    }
    return { next, charged }
  }

  /** @returns the names of quotas that somebody else has written since they were read. */
  async #write(before: readonly ResourceQuota[], after: readonly ResourceQuota[]): Promise<string[]> {
    const failed: string[] = []
    await Promise.all(
      after.map(async (quota, index) => {
        const current = before[index]
        if (!current || quota === current) return
        try {
          await this.#storage.replace(resourceQuotaKind, quota, current)
        } catch (error) {
          if (!isStoreError(error, 'Conflict')) throw error
          failed.push(quota.metadata.name)
        }
      }),
    )
    return failed
  }
}
