// Owns the ControllerRevision kind: one state of the template of a workload.
import type { ControllerRevision } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { parseGroupVersion } from '../../rules/kubernetes/resource-names.ts'
import { controllerRevisions } from '../client/resources.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { invalid, required } from './field-error.ts'
import { defineKind } from './kind.ts'
import { atLeastZero } from './field-rules.ts'

/** `statefulset.apps/web`, or `<none>` (formatResourceName of pkg/printers). */
function controllerOf({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find((reference) => reference.controller)
  if (!owner) return '<none>'
  const { group } = parseGroupVersion(owner.apiVersion)
  return `${owner.kind.toLowerCase()}${group ? `.${group}` : ''}/${owner.name}`
}

export const controllerRevisionKind = defineKind<ControllerRevision>({
  resource: controllerRevisions,
  type: 'apps/v1.ControllerRevision',
  columns: [
    nameColumn,
    { name: 'Controller', type: 'string', cell: controllerOf },
    { name: 'Revision', type: 'string', cell: ({ revision }) => revision },
    ageColumn,
  ],
  // pkg/apis/apps/validation ValidateControllerRevision.
  validate: ({ data, revision }) => [
    ...(data === undefined || data === null ? [required('data', 'data is mandatory')] : []),
    ...atLeastZero('revision', revision),
  ],
  validateUpdate: ({ data }, old) =>
    deepEqual(data, old.data) ? [] : [invalid('data', data, 'field is immutable')],
})
