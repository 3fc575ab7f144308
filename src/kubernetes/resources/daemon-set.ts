// Owns the DaemonSet kind.
import type { DaemonSet } from '../../../generated/kubernetes.d.ts'
import { daemonSets } from '../client/resources.ts'
import { ageColumn, containerColumns, formatPairs, nameColumn } from './columns.ts'
import { validateIntOrPercent } from './deployment.ts'
import { defineKind } from './kind.ts'
import { atLeastZero, choice } from './pod-spec.ts'
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

export const daemonSetKind = defineKind<DaemonSet>({
  resource: daemonSets,
  type: 'apps/v1.DaemonSet',
  roles: { read: 'view', write: 'edit' },
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
    ...set,
    status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  }),
  validate: ({ spec }) => [
    ...atLeastZero('spec.minReadySeconds', spec.minReadySeconds),
    ...validateWorkload(spec),
    ...choice('spec.updateStrategy.type', spec.updateStrategy?.type, ['RollingUpdate', 'OnDelete']),
    ...validateIntOrPercent(
      'spec.updateStrategy.rollingUpdate.maxUnavailable',
      spec.updateStrategy?.rollingUpdate?.maxUnavailable,
    ),
  ],
  validateUpdate: (set, old) => immutableSelector(set.spec, old.spec),
})
