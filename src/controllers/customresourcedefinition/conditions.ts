// Owns the conditions of custom resource definitions.
// Source: apiextensions-apiserver pkg/apihelpers/helpers.go.
import type { CustomResourceDefinition } from '../../../generated/kubernetes.d.ts'

export type Status = NonNullable<CustomResourceDefinition['status']>
export type Condition = NonNullable<Status['conditions']>[number]
export type Names = NonNullable<Status['acceptedNames']>

/** A finding about a definition; when it came about is filled in. */
export interface Finding {
  readonly type: Condition['type']
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
}

/** The condition of a type, where there is one. */
export function conditionOf({ status }: CustomResourceDefinition, type: string): Condition | undefined {
  return status?.conditions?.find((one) => one.type === type)
}

/** A copy of conditions with a finding among them; the time moves when its status does. */
export function withFinding(
  conditions: readonly Condition[] | undefined | null,
  finding: Finding,
  now: string,
): Condition[] {
  const before = conditions ?? []
  const known = before.find(({ type }) => type === finding.type)
  const lastTransitionTime = known?.status === finding.status ? (known.lastTransitionTime ?? now) : now
  const next: Condition = { ...finding, lastTransitionTime }
  return known ? before.map((one) => (one === known ? next : one)) : [...before, next]
}
