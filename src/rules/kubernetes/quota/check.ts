// Owns whether a write fits into the quotas of its namespace, and what it leaves of them.
// Source of rules and wording: apiserver pkg/admission/plugin/resourcequota/controller.go (CheckRequest).
import type { ResourceQuota } from '../../../../generated/kubernetes.d.ts'
import {
  addLists,
  exceededNames,
  excessOf,
  maskList,
  printList,
  type ResourceList,
} from '../resource-list.ts'
import { scopesOf } from './scopes.ts'
import type { Evaluator, QuotaWrite } from './usage.ts'

export type QuotaVerdict =
  | { readonly refusal: string }
  /** The quotas in the same order, those that the write uses up with more used. */
  | { readonly quotas: readonly ResourceQuota[] }

/** Judges one write by quotas as they are now; the object is one of the evaluator's resource. */
export function checkQuotas(
  quotas: readonly ResourceQuota[],
  write: QuotaWrite,
  { evaluator, nowMs }: { readonly evaluator: Evaluator<unknown>; readonly nowMs: number },
): QuotaVerdict {
  const charges: (ResourceList | undefined)[] = []
  for (const quota of quotas) {
    const tracked = Object.keys(quota.status?.hard ?? {}).filter((name) => evaluator.tracks(name))
    if (!concerns(quota, tracked, { evaluator, object: write.object })) {
      charges.push(undefined)
      continue
    }
    const refusal = refusalOf(quota, tracked, evaluator.missing?.(tracked, write.object))
    if (refusal !== undefined) return { refusal }
    charges.push(chargeOf(quota, tracked, { write, evaluator, nowMs }))
  }
  const next: ResourceQuota[] = []
  for (const [index, quota] of quotas.entries()) {
    const charge = charges[index] ?? {}
    const excess = write.subresource === 'status' ? undefined : excessText(quota, charge)
    if (excess !== undefined) return { refusal: excess }
    next.push(Object.keys(charge).length > 0 ? charged(quota, charge) : quota)
  }
  return { quotas: next }
}

function concerns(
  { spec }: ResourceQuota,
  tracked: readonly string[],
  { evaluator, object }: { evaluator: Evaluator<unknown>; object: unknown },
): boolean {
  return tracked.length > 0 && scopesOf(spec).every((scope) => evaluator.matches(scope, object))
}

function refusalOf(
  { metadata, status }: ResourceQuota,
  tracked: readonly string[],
  missing: string | undefined,
): string | undefined {
  if (missing !== undefined) return `failed quota: ${metadata.name}: ${missing}`
  if (tracked.every((name) => status?.used?.[name] !== undefined)) return undefined
  return `status unknown for quota: ${metadata.name}, resources: ${tracked.toSorted().join(',')}`
}

/** What the write uses beyond what the object used before, as far as the quota counts it. */
function chargeOf(
  quota: ResourceQuota,
  tracked: readonly string[],
  about: { write: QuotaWrite; evaluator: Evaluator<unknown>; nowMs: number },
): ResourceList {
  const { write, evaluator, nowMs } = about
  const usage = evaluator.usage(write.object, nowMs)
  const isCounted =
    write.operation === 'UPDATE' && concerns(quota, tracked, { evaluator, object: write.oldObject })
  const before = isCounted ? evaluator.usage(write.oldObject, nowMs) : {}
  return excessOf(maskList(usage, tracked), before)
}

function excessText({ metadata, status = {} }: ResourceQuota, charge: ResourceList): string | undefined {
  const { hard = {}, used = {} } = status
  const next = maskList(addLists(used, charge), Object.keys(charge))
  const exceeded = exceededNames(next, hard)
  if (exceeded.length === 0) return undefined
  const parts = [charge, used, hard].map((list) => printList(maskList(list, exceeded)))
  return `exceeded quota: ${metadata.name}, requested: ${parts[0]}, used: ${parts[1]}, limited: ${parts[2]}`
}

function charged(quota: ResourceQuota, charge: ResourceList): ResourceQuota {
  return { ...quota, status: { ...quota.status, used: { ...addLists(quota.status?.used ?? {}, charge) } } }
}
