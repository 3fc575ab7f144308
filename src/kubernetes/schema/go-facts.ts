// Owns what is true of Kubernetes' Go types beyond the tags of single fields: data/kubernetes-go.json, looked up.
import { packageText } from '../../base/package-files.ts'

interface FieldFacts {
  readonly type: string
  readonly pb?: number
  readonly required?: boolean
}

interface GoFacts {
  readonly keptZeros: Readonly<Record<string, readonly string[]>>
  readonly embedded: Readonly<Record<string, readonly string[]>>
  readonly atomicStructs: readonly string[]
  readonly stringListMessages: readonly string[]
  readonly missingTypes: Readonly<Record<string, Readonly<Record<string, FieldFacts>>>>
  readonly later: Readonly<Record<string, readonly string[]>>
  readonly off: Readonly<Record<string, readonly string[]>>
  readonly groups: Readonly<Record<string, string>>
}

const facts = JSON.parse(packageText('data/kubernetes-go.json')) as GoFacts
const atomicStructs: ReadonlySet<string> = new Set(facts.atomicStructs)

/**
 * Names of the optional scalar fields of a type whose zero value is a value of its own (pointers, no omitempty). Every
 * other optional scalar that is `""`, `0` or `false` is dropped when an object is decoded, as Go drops it when it
 * encodes the object again.
 */
export function keptZeroFields(type: string): readonly string[] {
  return facts.keptZeros[type] ?? []
}

/** True for a struct that Go embeds by value, so that it is never absent and its first field does not make it new. */
export function isEmbedded(type: string, field: string): boolean {
  return field === 'metadata' || (facts.embedded[type]?.includes(field) ?? false)
}

/** True for a field that 1.36 brought: there is none of it in the versions that are served. */
export function isLater(type: string, field: string): boolean {
  return facts.later[type]?.includes(field) ?? false
}

/**
 * True for a field of a feature that is off in 1.35, as EKS leaves it: it is known, and nothing of it is kept
 * (pkg/api/pod/util.go dropDisabledFields, the strategies of the other kinds).
 */
export function isOff(type: string, field: string): boolean {
  return facts.off[type]?.includes(field) ?? false
}

/** True for a struct of which nothing is left when all that was sent of it is off (dropContainerStopSignals). */
export function vanishes(type: string): boolean {
  return type === 'core/v1.Lifecycle'
}

/** True for types that server-side apply replaces as a whole (`+structType=atomic` on the type). */
export function isAtomicStruct(type: string): boolean {
  return atomicStructs.has(type)
}

/** Named string lists that protobuf carries as a message `{repeated string items = 1}`. */
export const stringListMessages: ReadonlySet<string> = new Set(facts.stringListMessages)

/** Types that the field table refers to without defining (apimachinery pkg/apis/meta/v1/group_version.go). */
export const missingTypes = facts.missingTypes

/** Full names of the groups that the field table abbreviates; the others are called as the table says. */
export const groupNames = facts.groups
