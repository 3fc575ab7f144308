// Owns the Namespace kind.
import type { Namespace } from '../../../generated/kubernetes.d.ts'
import { namespaces } from '../client/resources.ts'
import { fill, structAt, type Fields } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { invalid } from './field-error.ts'
import { defineKind } from './kind.ts'

/** Every namespace carries its own name as this label (NamespaceDefaultLabelName). */
const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name'

function withNameLabel(namespace: Namespace): Namespace {
  const labels = { ...namespace.metadata.labels, [NAMESPACE_NAME_LABEL]: namespace.metadata.name }
  return { ...namespace, metadata: { ...namespace.metadata, labels } }
}

/** pkg/apis/core/v1/defaults.go SetDefaults_Namespace, SetDefaults_NamespaceStatus: the name as a label. */
function defaultNamespace(namespace: Fields): void {
  const metadata = structAt(namespace, 'metadata')
  const name = metadata['name']
  if (typeof name === 'string' && name !== '')
    fill(structAt(metadata, 'labels'), { 'kubernetes.io/metadata.name': name })
  fill(structAt(namespace, 'status'), { phase: 'Active' })
}

export const namespaceKind = defineKind<Namespace>({
  resource: namespaces,
  type: 'core/v1.Namespace',
  defaults: defaultNamespace,
  shortNames: ['ns'],
  nameRule: 'label',
  // Namespaces go one by one, as upstream has it.
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  status: true,
  subresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
  columns: [
    nameColumn,
    { name: 'Status', type: 'string', cell: (namespace) => namespace.status?.phase ?? '' },
    ageColumn,
  ],
  fields: (namespace) => ({ 'status.phase': namespace.status?.phase ?? '' }),
  // The kubernetes finalizer holds the namespace until the namespace controller has emptied it.
  prepareForCreate: (namespace) =>
    withNameLabel({ ...namespace, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }),
  isHeld: ({ spec }) => (spec?.finalizers?.length ?? 0) > 0,
  prepareForDelete: (namespace) => ({ ...namespace, status: { ...namespace.status, phase: 'Terminating' } }),
  // The capital is Kubernetes' own.
  validateStatus: ({ metadata, status }) => {
    const phase = metadata.deletionTimestamp ? 'Terminating' : 'Active'
    const when = metadata.deletionTimestamp ? 'not empty' : 'empty'
    const text = `may only be '${phase}' if \`deletionTimestamp\` is ${when}`
    return status?.phase === phase ? [] : [invalid('status.Phase', status?.phase ?? '', text)]
  },
  // Only the finalize subresource changes spec.finalizers.
  prepareForUpdate: (namespace, old) => withNameLabel({ ...namespace, spec: old.spec }),
})
