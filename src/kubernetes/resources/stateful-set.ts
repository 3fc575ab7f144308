// Owns the StatefulSet kind.
// Source of rules and wording: kubernetes pkg/apis/apps/{v1/defaults,validation/validation}.go.
import type { StatefulSet } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { formatLabelSelector } from '../../rules/scheduling/label-selector.ts'
import { statefulSets } from '../client/resources.ts'
import { each, fill, structAt, type Fields } from '../schema/default-fill.ts'
import { ageColumn, containerColumns, nameColumn } from './columns.ts'
import { forbidden, invalid, type FieldError } from './field-error.ts'
import { replicaStatus } from './replica-status-rules.ts'
import { defineKind } from './kind.ts'
import { nameProblems } from './naming.ts'
import { templateWarnings } from './pod-warnings.ts'
import { claimWarnings, validateClaimSpec } from './persistent-volume-claim-rules.ts'
import { defaultTemplate } from './pod-defaults.ts'
import { atLeastZero, choice } from './field-rules.ts'
import { validateWorkload } from './workload.ts'
import { replicasScale } from './replicas-scale.ts'

type Spec = StatefulSet['spec']

const IMMUTABLE =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"

function defaultStatefulSet(set: Fields): void {
  const spec = structAt(set, 'spec')
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, podManagementPolicy: 'OrderedReady', serviceName: '' })
  const strategy = structAt(spec, 'updateStrategy')
  fill(strategy, { type: 'RollingUpdate' })
  if (strategy['type'] === 'RollingUpdate') fill(structAt(strategy, 'rollingUpdate'), { partition: 0 })
  fill(structAt(spec, 'persistentVolumeClaimRetentionPolicy'), {
    whenDeleted: 'Retain',
    whenScaled: 'Retain',
  })
  each(spec['volumeClaimTemplates'], (template) => {
    fill(template, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' })
    fill(structAt(template, 'spec'), { volumeMode: 'Filesystem' })
    fill(structAt(template, 'status'), { phase: 'Pending' })
  })
  defaultTemplate(spec)
}

function validateStrategy({ updateStrategy }: Spec): FieldError[] {
  const { type, rollingUpdate } = updateStrategy ?? {}
  const at = 'spec.updateStrategy'
  // Both are printed as the structs that they are in Go.
  const printed = rollingUpdate ? { Partition: rollingUpdate.partition ?? null, MaxUnavailable: null } : null
  if (type === 'OnDelete') {
    if (!rollingUpdate) return []
    return [invalid(`${at}.rollingUpdate`, printed, "only allowed for updateStrategy 'RollingUpdate'")]
  }
  if (type === 'RollingUpdate') return atLeastZero(`${at}.rollingUpdate.partition`, rollingUpdate?.partition)
  const detail = "must be 'RollingUpdate' or 'OnDelete'"
  return [invalid(at, { Type: type ?? '', RollingUpdate: printed }, detail)]
}

function validateSpec({ spec }: StatefulSet): FieldError[] {
  const { podManagementPolicy, persistentVolumeClaimRetentionPolicy: retention } = spec
  const isPolicy = podManagementPolicy === 'OrderedReady' || podManagementPolicy === 'Parallel'
  return [
    ...(isPolicy
      ? []
      : [invalid('spec.podManagementPolicy', podManagementPolicy, "must be 'OrderedReady' or 'Parallel'")]),
    ...validateStrategy(spec),
    ...(['whenDeleted', 'whenScaled'] as const).flatMap((when) =>
      choice(`spec.persistentVolumeClaimRetentionPolicy.${when}`, retention?.[when], ['Retain', 'Delete']),
    ),
    ...atLeastZero('spec.replicas', spec.replicas),
    ...atLeastZero('spec.minReadySeconds', spec.minReadySeconds),
    ...atLeastZero('spec.ordinals.start', spec.ordinals?.start),
    ...validateWorkload({ selector: spec.selector, template: validatedTemplate(spec) }, 'StatefulSet'),
  ]
}

// The controller sets host name and subdomain itself, and adds a volume for each claim.
function validatedTemplate({ template, volumeClaimTemplates = [] }: Spec): Spec['template'] {
  if (!template?.spec) return template
  const { hostname: _hostname, subdomain: _subdomain, ...rest } = template.spec
  // What is in a template is not completed as an object of its own would be.
  const claims = volumeClaimTemplates.map(
    ({ metadata }: { metadata?: { name?: string } }) => metadata?.name ?? '',
  )
  if (claims.length === 0) return { ...template, spec: rest }
  const volumes = [
    ...[...new Set(claims)].map((name) => ({ name, persistentVolumeClaim: { claimName: `${name}-0` } })),
    ...(rest.volumes ?? []).filter(({ name }) => !claims.includes(name)),
  ]
  return { ...template, spec: { ...rest, volumes } }
}

function validateNew({ spec }: StatefulSet): FieldError[] {
  const { serviceName = '', volumeClaimTemplates = [] } = spec
  const problems = serviceName === '' ? [] : nameProblems(serviceName, 'label')
  return [
    ...volumeClaimTemplates.flatMap((template, i) =>
      validateClaimSpec(template.spec ?? {}, `spec.volumeClaimTemplates[${i}].spec`),
    ),
    ...problems.map((problem) => invalid('spec.serviceName', serviceName, problem)),
  ]
}

function fixedPart({ spec }: StatefulSet): unknown {
  const { selector, serviceName, podManagementPolicy, volumeClaimTemplates = [] } = spec
  return { selector, serviceName, podManagementPolicy, volumeClaimTemplates }
}

const ENDLESS_HISTORY =
  'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended'

export const statefulSetKind = defineKind<StatefulSet>({
  resource: statefulSets,
  type: 'apps/v1.StatefulSet',
  // Its name is part of the names and host names of pods.
  nameRule: 'label',
  warnings: (set, old) => [
    ...templateWarnings(set, old),
    ...(set.spec.volumeClaimTemplates ?? []).flatMap(({ spec }, i) =>
      claimWarnings(spec, `spec.volumeClaimTemplates[${i}]${old ? '.Spec' : ''}`),
    ),
    ...((set.spec.revisionHistoryLimit ?? 0) < 0 ? [ENDLESS_HISTORY] : []),
  ],
  defaults: defaultStatefulSet,
  shortNames: ['sts'],
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
    ageColumn,
    ...containerColumns<StatefulSet>(({ spec }) => spec.template.spec?.containers ?? []),
  ],
  prepareForCreate: (set) => ({ ...set, status: { replicas: 0, availableReplicas: 0 } }),
  validate: validateSpec,
  validateStatus: replicaStatus({
    counts: [
      'replicas',
      'readyReplicas',
      'currentReplicas',
      'updatedReplicas',
      'availableReplicas',
      'observedGeneration',
      'collisionCount',
    ],
    parts: ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'],
    ready: 'status.readyReplicas',
  }),
  validateCreate: validateNew,
  validateUpdate: (set, old) =>
    deepEqual(fixedPart(set), fixedPart(old)) ? [] : [forbidden('spec', IMMUTABLE)],
})
