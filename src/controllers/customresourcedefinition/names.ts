// Owns the acceptance of the names of custom resource definitions: no two of a group may have the same.
// Source: apiextensions-apiserver pkg/controller/status/naming_controller.go.
import type { CustomResourceDefinition } from '../../../generated/kubernetes.d.ts'
import { aggregateText } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import type { Finding, Names } from './conditions.ts'

export interface Acceptance {
  readonly names: Names
  readonly finding: Finding
}

/** The names of a definition that it may have, beside those that others of its group have been given. */
export function acceptNames(
  { spec, status }: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
): Acceptance {
  const taken = others.flatMap((other) => other.status?.acceptedNames ?? [])
  const resources = new Set(
    taken.flatMap(({ plural, singular, shortNames }) => [plural, singular, ...(shortNames ?? [])]),
  )
  const kinds = new Set(taken.flatMap(({ kind, listKind }) => [kind, listKind]))
  const wanted = spec.names
  const accepted: Names = status?.acceptedNames ?? { plural: '', kind: '' }
  const names: Record<string, unknown> = { ...accepted }
  let conflict: { readonly reason: string; readonly message: string } | undefined
  const claim = (
    field: 'plural' | 'singular' | 'kind' | 'listKind',
    reason: string,
    used: Set<string | undefined>,
  ): void => {
    const name = wanted[field]
    if (name !== accepted[field] && used.has(name)) conflict = { reason, message: inUse([name ?? '']) }
    else names[field] = name
  }
  claim('plural', 'PluralConflict', resources)
  claim('singular', 'SingularConflict', resources)
  if (!deepEqual(wanted.shortNames, accepted.shortNames)) {
    const clashing = (wanted.shortNames ?? []).filter(
      (name) => resources.has(name) && !accepted.shortNames?.includes(name),
    )
    if (clashing.length > 0) conflict = { reason: 'ShortNamesConflict', message: inUse(clashing) }
    else names['shortNames'] = wanted.shortNames
  }
  claim('kind', 'KindConflict', kinds)
  claim('listKind', 'ListKindConflict', kinds)
  names['categories'] = wanted.categories
  const given = Object.fromEntries(Object.entries(names).filter(([, value]) => value !== undefined))
  return {
    // Every field is one of the wanted or the accepted names.
    names: given as unknown as Names,
    finding: conflict
      ? { type: 'NamesAccepted', status: 'False', ...conflict }
      : { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
  }
}

function inUse(names: readonly string[]): string {
  return aggregateText(names.map((name) => `${JSON.stringify(name)} is already in use`))
}
