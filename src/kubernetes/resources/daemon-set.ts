// Owns the DaemonSet kind.
import type { DaemonSet } from '../../../generated/kubernetes.d.ts'
import { daemonSets } from '../client/resources.ts'
import { deepEqual } from '../../base/json.ts'
import { ageColumn, containerColumns, formatPairs, nameColumn } from './columns.ts'
import { strategyErrors, validateIntOrPercent } from './deployment.ts'
import { invalid, required, type FieldError } from './field-error.ts'
import { podWarnings } from './pod-warnings.ts'
import { replicaStatus } from './replica-status-rules.ts'
import { defineKind } from './kind.ts'
import { atLeastZero } from './field-rules.ts'
import { formatLabelSelector } from '../../rules/scheduling/label-selector.ts'
import { fill, structAt, type Fields } from '../schema/default-fill.ts'
import { defaultTemplate } from './pod-defaults.ts'
import { immutableSelector, validateWorkload } from './workload.ts'

/** pkg/apis/apps/v1/defaults.go SetDefaults_DaemonSet. */
function defaultDaemonSet(daemonSet: Fields): void {
  const spec = structAt(daemonSet, 'spec')
  fill(spec, { revisionHistoryLimit: 10 })
  const strategy = structAt(spec, 'updateStrategy')
  fill(strategy, { type: 'RollingUpdate' })
  if (strategy['type'] === 'RollingUpdate') {
    fill(structAt(strategy, 'rollingUpdate'), { maxUnavailable: 1, maxSurge: 0 })
  }
  defaultTemplate(spec)
}

// One of the two says how a rollout goes; which of them, the other's zero tells.
function validateSurge({ updateStrategy }: DaemonSet['spec']): FieldError[] {
  const { maxUnavailable = 0, maxSurge = 0 } = updateStrategy?.rollingUpdate ?? { maxUnavailable: 1 }
  const isNone = (value: number | string): boolean => value === 0 || value === '0%'
  const at = 'spec.updateStrategy.rollingUpdate'
  if (isNone(maxUnavailable) && isNone(maxSurge)) {
    return [required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')]
  }
  if (isNone(maxUnavailable) || isNone(maxSurge)) return []
  return [invalid(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')]
}

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation'

function templateGeneration({ metadata }: DaemonSet): number {
  return Number(metadata.annotations?.[TEMPLATE_GENERATION] ?? 0) || 0
}

/** The set with the count of its templates, which apps/v1 keeps in an annotation (pkg/apis/apps/v1/conversion.go). */
function withTemplateGeneration(set: DaemonSet, generation: number): DaemonSet {
  const annotations = { ...set.metadata.annotations, [TEMPLATE_GENERATION]: String(generation) }
  return { ...set, metadata: { ...set.metadata, annotations } }
}

// pkg/registry/apps/daemonset/strategy.go: the server counts, whatever an update says.
function countTemplate(set: DaemonSet, old: DaemonSet): DaemonSet {
  const isChanged = !deepEqual(set.spec.template, old.spec.template)
  return withTemplateGeneration(set, templateGeneration(old) + (isChanged ? 1 : 0))
}

export const daemonSetKind = defineKind<DaemonSet>({
  resource: daemonSets,
  type: 'apps/v1.DaemonSet',
  // Its generation of templates decides, not that of the whole spec.
  warnings: ({ spec }, old) =>
    old && deepEqual(old.spec?.template, spec?.template)
      ? []
      : podWarnings(spec?.template ?? {}, 'spec.template'),
  defaults: defaultDaemonSet,
  shortNames: ['ds'],
  categories: ['all'],
  status: true,
  generation: true,
  columns: [
    nameColumn,
    { name: 'Desired', type: 'integer', cell: ({ status }) => status?.desiredNumberScheduled ?? 0 },
    { name: 'Current', type: 'integer', cell: ({ status }) => status?.currentNumberScheduled ?? 0 },
    { name: 'Ready', type: 'integer', cell: ({ status }) => status?.numberReady ?? 0 },
    { name: 'Up-to-date', type: 'integer', cell: ({ status }) => status?.updatedNumberScheduled ?? 0 },
    { name: 'Available', type: 'integer', cell: ({ status }) => status?.numberAvailable ?? 0 },
    {
      name: 'Node Selector',
      type: 'string',
      cell: ({ spec }) => formatPairs(spec.template.spec?.nodeSelector),
    },
    ageColumn,
    ...containerColumns<DaemonSet>(({ spec }) => spec.template.spec?.containers ?? []),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      cell: ({ spec }) => formatLabelSelector(spec.selector),
    },
  ],
  prepareForCreate: (set) => ({
    ...withTemplateGeneration(set, Math.max(1, templateGeneration(set))),
    status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  }),
  prepareForUpdate: countTemplate,
  validate: ({ spec }) => [
    ...atLeastZero('spec.minReadySeconds', spec.minReadySeconds),
    ...validateWorkload(spec, 'DaemonSet'),
    ...strategyErrors('spec.updateStrategy', spec.updateStrategy?.type, ['RollingUpdate', 'OnDelete']),
    ...validateIntOrPercent(
      'spec.updateStrategy.rollingUpdate.maxUnavailable',
      spec.updateStrategy?.rollingUpdate?.maxUnavailable,
    ),
    ...validateSurge(spec),
  ],
  validateUpdate: (set, old) => immutableSelector(set.spec, old.spec),
  validateStatus: replicaStatus({
    counts: [
      'currentNumberScheduled',
      'numberMisscheduled',
      'desiredNumberScheduled',
      'numberReady',
      'observedGeneration',
      'updatedNumberScheduled',
      'numberAvailable',
      'numberUnavailable',
      'collisionCount',
    ],
  }),
})
