// Owns the Deployment kind.
import type { Deployment } from '../../../generated/kubernetes.d.ts'
import { deployments } from '../client/resources.ts'
import { ageColumn, containerColumns, nameColumn } from './columns.ts'
import { forbidden, invalid, unsupported, type FieldError } from './field-error.ts'
import { podNameWarnings, templateWarnings } from './pod-warnings.ts'
import { replicaStatus } from './replica-status-rules.ts'
import { defineKind } from './kind.ts'
import { atLeastZero } from './field-rules.ts'
import { formatLabelSelector } from '../../rules/scheduling/label-selector.ts'
import { fill, structAt, type Fields } from '../schema/default-fill.ts'
import { defaultTemplate } from './pod-defaults.ts'
import { immutableSelector, validateWorkload } from './workload.ts'
import { replicasScale } from './replicas-scale.ts'

const intOrPercent =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"

/** Findings for a number or percentage of pods. */
export function validateIntOrPercent(field: string, value: number | string | undefined): FieldError[] {
  if (typeof value === 'number') return atLeastZero(field, value)
  if (value === undefined || /^[0-9]+%$/.test(value)) return []
  return [invalid(field, value, intOrPercent)]
}

/** A finding for a strategy that there is not; Go prints it as the whole struct that it is. */
export function strategyErrors(
  field: string,
  type: string | undefined,
  supported: readonly string[],
): FieldError[] {
  if (type === undefined || supported.includes(type)) return []
  return [unsupported(field, { Type: type, RollingUpdate: null }, supported)]
}

function isZero(value: number | string | undefined): boolean {
  return value === 0 || value === '0%'
}

function validateStrategy({ spec }: Deployment): FieldError[] {
  const { type, rollingUpdate } = spec.strategy ?? {}
  const path = 'spec.strategy.rollingUpdate'
  const errors = strategyErrors('spec.strategy', type, ['Recreate', 'RollingUpdate'])
  if (!rollingUpdate) return errors
  if (type === 'Recreate') {
    errors.push(forbidden(path, "may not be specified when strategy `type` is 'Recreate'"))
    return errors
  }
  const { maxUnavailable, maxSurge } = rollingUpdate
  errors.push(...validateIntOrPercent(`${path}.maxUnavailable`, maxUnavailable))
  errors.push(...validateIntOrPercent(`${path}.maxSurge`, maxSurge))
  if (typeof maxUnavailable === 'string' && Number.parseInt(maxUnavailable, 10) > 100) {
    errors.push(invalid(`${path}.maxUnavailable`, maxUnavailable, 'must not be greater than 100%'))
  }
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    errors.push(invalid(`${path}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'))
  }
  return errors
}

function validateNumbers({ spec }: Deployment): FieldError[] {
  const { minReadySeconds = 0, progressDeadlineSeconds } = spec
  const errors = [
    ...atLeastZero('spec.replicas', spec.replicas),
    ...atLeastZero('spec.minReadySeconds', minReadySeconds),
    ...atLeastZero('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...atLeastZero('spec.progressDeadlineSeconds', progressDeadlineSeconds),
  ]
  if (progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= minReadySeconds) {
    errors.push(
      invalid(
        'spec.progressDeadlineSeconds',
        progressDeadlineSeconds,
        'must be greater than minReadySeconds',
      ),
    )
  }
  return errors
}

/** pkg/apis/apps/v1/defaults.go SetDefaults_Deployment. */
function defaultDeployment(deployment: Fields): void {
  const spec = structAt(deployment, 'spec')
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 })
  const strategy = structAt(spec, 'strategy')
  fill(strategy, { type: 'RollingUpdate' })
  if (strategy['type'] === 'RollingUpdate') {
    fill(structAt(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' })
  }
  defaultTemplate(spec)
}

export const deploymentKind = defineKind<Deployment>({
  resource: deployments,
  type: 'apps/v1.Deployment',
  keptWithStatus: ['ownerReferences', 'labels'],
  warnings: (object, old) => [...podNameWarnings(object, old), ...templateWarnings(object, old)],
  defaults: defaultDeployment,
  shortNames: ['deploy'],
  categories: ['all'],
  status: true,
  generation: true,
  scale: replicasScale(({ spec }) => formatLabelSelector(spec.selector)),
  columns: [
    nameColumn,
    {
      name: 'Ready',
      type: 'string',
      cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 1}`,
    },
    { name: 'Up-to-date', type: 'string', cell: ({ status }) => status?.updatedReplicas ?? 0 },
    { name: 'Available', type: 'string', cell: ({ status }) => status?.availableReplicas ?? 0 },
    ageColumn,
    ...containerColumns<Deployment>(({ spec }) => spec.template.spec?.containers ?? []),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      cell: ({ spec }) => formatLabelSelector(spec.selector),
    },
  ],
  prepareForCreate: ({ status: _status, ...deployment }) => ({ ...deployment, status: {} }),
  validate: (deployment) => [
    ...validateNumbers(deployment),
    ...validateWorkload(deployment.spec, 'Deployment'),
    ...validateStrategy(deployment),
  ],
  validateUpdate: (deployment, old) => immutableSelector(deployment.spec, old.spec),
  validateStatus: replicaStatus({
    counts: [
      'observedGeneration',
      'replicas',
      'updatedReplicas',
      'readyReplicas',
      'availableReplicas',
      'unavailableReplicas',
      'terminatingReplicas',
      'collisionCount',
    ],
    parts: ['updatedReplicas', 'readyReplicas', 'availableReplicas'],
    ready: 'readyReplicas',
  }),
})
