// Owns the ReplicaSet kind.
import type { ReplicaSet } from '../../../generated/kubernetes.d.ts'
import { replicaSets } from '../client/resources.ts'
import { ageColumn, containerColumns, nameColumn } from './columns.ts'
import { podNameWarnings, templateWarnings } from './pod-warnings.ts'
import { replicaStatus } from './replica-status-rules.ts'
import { defineKind } from './kind.ts'
import { atLeastZero } from './field-rules.ts'
import { formatLabelSelector } from '../../rules/scheduling/label-selector.ts'
import { fill, structAt, type Fields } from '../schema/default-fill.ts'
import { defaultTemplate } from './pod-defaults.ts'
import { immutableSelector, validateWorkload } from './workload.ts'
import { replicasScale } from './replicas-scale.ts'

/** pkg/apis/apps/v1/defaults.go SetDefaults_ReplicaSet. */
function defaultReplicaSet(replicaSet: Fields): void {
  const spec = structAt(replicaSet, 'spec')
  fill(spec, { replicas: 1 })
  defaultTemplate(spec)
}

export const replicaSetKind = defineKind<ReplicaSet>({
  resource: replicaSets,
  type: 'apps/v1.ReplicaSet',
  warnings: (object, old) => [...podNameWarnings(object, old), ...templateWarnings(object, old)],
  defaults: defaultReplicaSet,
  shortNames: ['rs'],
  categories: ['all'],
  status: true,
  generation: true,
  scale: replicasScale(({ spec }) => formatLabelSelector(spec.selector)),
  columns: [
    nameColumn,
    { name: 'Desired', type: 'integer', cell: ({ spec }) => spec.replicas ?? 1 },
    { name: 'Current', type: 'integer', cell: ({ status }) => status?.replicas ?? 0 },
    { name: 'Ready', type: 'integer', cell: ({ status }) => status?.readyReplicas ?? 0 },
    ageColumn,
    ...containerColumns<ReplicaSet>(({ spec }) => spec.template?.spec?.containers ?? []),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      cell: ({ spec }) => formatLabelSelector(spec.selector),
    },
  ],
  prepareForCreate: (set) => ({ ...set, status: { replicas: 0 } }),
  validate: ({ spec }) => [
    ...atLeastZero('spec.replicas', spec.replicas),
    ...atLeastZero('spec.minReadySeconds', spec.minReadySeconds),
    ...validateWorkload(spec, 'ReplicaSet'),
  ],
  validateUpdate: (set, old) => immutableSelector(set.spec, old.spec),
  validateStatus: replicaStatus({
    counts: [
      'replicas',
      'fullyLabeledReplicas',
      'readyReplicas',
      'availableReplicas',
      'observedGeneration',
      'terminatingReplicas',
    ],
    parts: ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'],
    ready: 'readyReplicas',
  }),
})
