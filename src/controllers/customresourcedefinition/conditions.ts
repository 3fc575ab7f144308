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
