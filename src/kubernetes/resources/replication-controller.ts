// Owns the ReplicationController kind.
import type { ReplicationController } from '../../../generated/kubernetes.d.ts'
import { deepCopy, isObject } from '../../base/json.ts'
import { replicationControllers } from '../client/resources.ts'
import { ageColumn, containerColumns, formatPairs, nameColumn } from './columns.ts'
import { invalid, required, type FieldError } from './field-error.ts'
import { replicaStatus } from './replica-status-rules.ts'
import { defineKind } from './kind.ts'
import { podNameWarnings, templateWarnings } from './pod-warnings.ts'
import { atLeastZero } from './field-rules.ts'
import { validateTemplate } from './pod-spec.ts'
import { matchesLabels } from '../../rules/scheduling/label-selector.ts'
import { fill, structAt, type Fields } from '../schema/default-fill.ts'
import { defaultTemplate } from './pod-defaults.ts'
import { replicasScale } from './replicas-scale.ts'

/** pkg/apis/core/v1/defaults.go SetDefaults_ReplicationController. */
function defaultReplicationController(controller: Fields): void {
  const spec = structAt(controller, 'spec')
  fill(spec, { replicas: 1 })
  if (!isObject(spec['template'])) return
  defaultTemplate(spec)
  const { metadata } = spec['template']
  const labels = isObject(metadata) ? metadata['labels'] : undefined
  if (!isObject(labels) || Object.keys(labels).length === 0) return
  fillMap(spec, 'selector', labels)
  fillMap(structAt(controller, 'metadata'), 'labels', labels)
}

function fillMap(target: Fields, name: string, pairs: Fields): void {
  const present = target[name]
  if (!isObject(present) || Object.keys(present).length === 0) target[name] = deepCopy(pairs)
}

/** pkg/apis/core/validation ValidateReplicationControllerSpec. */
function validateSpec({ spec }: ReplicationController): FieldError[] {
  const { selector = {}, template } = spec
  const errors = atLeastZero('spec.minReadySeconds', spec.minReadySeconds)
  const selectsAll = Object.keys(selector).length === 0
  if (selectsAll) errors.push(required('spec.selector'))
  errors.push(...atLeastZero('spec.replicas', spec.replicas))
  if (!template) return [...errors, required('spec.template')]
  const labels = template.metadata?.labels
  if (!selectsAll && !matchesLabels(selector, labels)) {
    const detail = '`selector` does not match template `labels`'
    errors.push(invalid('spec.template.metadata.labels', labels ?? null, detail))
  }
  return [...errors, ...validateTemplate(template, 'spec.template', 'ReplicationController')]
}

export const replicationControllerKind = defineKind<ReplicationController>({
  resource: replicationControllers,
  type: 'core/v1.ReplicationController',
  storedUnder: 'controllers',
  // The strategy hands on old and new the wrong way round: a change is told what the old template was like.
  warnings: (controller, old) =>
    old === undefined
      ? [...podNameWarnings(controller, old), ...templateWarnings(controller, old)]
      : templateWarnings(old, controller),
  defaults: defaultReplicationController,
  shortNames: ['rc'],
  categories: ['all'],
  status: true,
  generation: true,
  orphansDependents: true,
  scale: replicasScale(({ spec }) => formatPairs(spec.selector)),
  columns: [
    nameColumn,
    { name: 'Desired', type: 'integer', cell: ({ spec }) => spec.replicas ?? 1 },
    { name: 'Current', type: 'integer', cell: ({ status }) => status?.replicas ?? 0 },
    { name: 'Ready', type: 'integer', cell: ({ status }) => status?.readyReplicas ?? 0 },
    ageColumn,
    ...containerColumns<ReplicationController>(({ spec }) => spec.template?.spec?.containers ?? []),
    { name: 'Selector', type: 'string', priority: 1, cell: ({ spec }) => formatPairs(spec.selector) },
  ],
  fields: ({ status }) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
  prepareForCreate: (controller) => ({ ...controller, status: { replicas: 0 } }),
  validate: validateSpec,
  validateStatus: replicaStatus({
    counts: ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'],
    parts: ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'],
    ready: 'readyReplicas',
  }),
})
