// Owns the PriorityLevelConfiguration kind: it is stored and shown; requests are not queued by it.
import type { PriorityLevelConfiguration } from '../../../generated/kubernetes.d.ts'
import { deepEqual, isObject } from '../../base/json.ts'
import { priorityLevelConfigurations } from '../client/resources.ts'
import { fill, type Fields } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { forbidden, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { validateConditions } from './flow-schema.ts'
import { defineKind, type Column } from './kind.ts'
import { publishedSpec } from './published-objects.ts'

type Level = PriorityLevelConfiguration
type Limited = NonNullable<NonNullable<Level['spec']>['limited']>
type Queuing = NonNullable<NonNullable<Limited['limitResponse']>['queuing']>

const MAXIMUM_QUEUES = 10_000_000
// Bits of the hash that deals hands to flows (apiserver pkg/util/shufflesharding).
const MAXIMUM_HASH_BITS = 60

function defaultLevel({ spec }: Fields): void {
  if (!isObject(spec)) return
  const { limited, exempt } = spec
  if (isObject(exempt)) fill(exempt, { nominalConcurrencyShares: 0, lendablePercent: 0 })
  if (!isObject(limited)) return
  fill(limited, { nominalConcurrencyShares: 30, lendablePercent: 0 })
  const response = limited['limitResponse']
  const queuing = isObject(response) ? response['queuing'] : undefined
  if (!isObject(queuing)) return
  queuing['queues'] ||= 64
  queuing['handSize'] ||= 8
  queuing['queueLengthLimit'] ||= 50
}

/** Bits of a flow's hash that dealing a hand out of a deck takes, estimated on the safe side. */
function entropyBits(deck: number, hand: number): number {
  return Math.ceil(Math.log2(deck) * hand)
}

function validateQueuing(
  { queues = 0, handSize = 0, queueLengthLimit = 0 }: Queuing,
  at: string,
): FieldError[] {
  const errors: FieldError[] = []
  if (queueLengthLimit <= 0)
    errors.push(invalid(`${at}.queueLengthLimit`, queueLengthLimit, 'must be positive'))
  if (queues <= 0) errors.push(invalid(`${at}.queues`, queues, 'must be positive'))
  if (queues > MAXIMUM_QUEUES) {
    errors.push(invalid(`${at}.queues`, queues, `must not be greater than ${MAXIMUM_QUEUES}`))
  }
  const problem = handProblem(queues, handSize)
  if (problem !== undefined) errors.push(invalid(`${at}.handSize`, handSize, problem))
  return errors
}

function handProblem(queues: number, handSize: number): string | undefined {
  if (handSize <= 0) return 'must be positive'
  if (handSize > queues) return `should not be greater than queues (${queues})`
  if (entropyBits(queues, handSize) <= MAXIMUM_HASH_BITS) return undefined
  return `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${MAXIMUM_HASH_BITS}`
}

function validateResponse({ limitResponse }: Limited): FieldError[] {
  const at = 'spec.limited.limitResponse'
  const { type = '', queuing } = limitResponse ?? {}
  if (type === 'Reject') {
    const detail = 'must be nil if limited.limitResponse.type is not Limited'
    return queuing ? [forbidden(`${at}.queuing`, detail)] : []
  }
  if (type !== 'Queue') return [unsupported(`${at}.type`, type, ['Queue', 'Reject'])]
  if (queuing) return validateQueuing(queuing, `${at}.queuing`)
  return [required(`${at}.queuing`, 'must not be empty if limited.limitResponse.type is Limited')]
}

function validateShares(
  { nominalConcurrencyShares: shares, lendablePercent: percent }: Partial<Limited>,
  at: string,
): FieldError[] {
  return [
    ...(shares !== undefined && shares < 0
      ? [invalid(`${at}.nominalConcurrencyShares`, shares, 'must be a non-negative integer')]
      : []),
    ...(percent !== undefined && (percent < 0 || percent > 100)
      ? [invalid(`${at}.lendablePercent`, percent, 'must be between 0 and 100, inclusive')]
      : []),
  ]
}

function validateLimited(limited: Limited): FieldError[] {
  const at = 'spec.limited'
  const { borrowingLimitPercent: borrowed } = limited
  const [shares, lendable] = [
    validateShares({ ...limited, lendablePercent: 0 }, at),
    validateShares({ ...limited, nominalConcurrencyShares: 0 }, at),
  ]
  return [
    ...shares,
    ...validateResponse(limited),
    ...lendable,
    ...(borrowed !== undefined && borrowed < 0
      ? [invalid(`${at}.borrowingLimitPercent`, borrowed, 'if specified, must be a non-negative integer')]
      : []),
  ]
}

function validateSpec({ metadata, spec }: Level): FieldError[] {
  const type = spec?.type ?? ''
  const { limited, exempt } = spec ?? {}
  const errors: FieldError[] = []
  if ((metadata.name === 'exempt') !== (type === 'Exempt')) {
    errors.push(invalid('spec.type', type, "must be 'Exempt' if and only if `name` is 'exempt'"))
  }
  if (type === 'Exempt') {
    if (limited) errors.push(forbidden('spec.limited', 'must be nil if the type is not Limited'))
    return exempt ? [...errors, ...validateShares(exempt, 'spec.exempt')] : errors
  }
  if (type !== 'Limited') return [...errors, unsupported('spec.type', type, ['Exempt', 'Limited'])]
  if (exempt) errors.push(forbidden('spec.exempt', 'must be nil if the type is Limited'))
  if (!limited) errors.push(required('spec.limited', 'must not be empty when type is Limited'))
  return limited ? [...errors, ...validateLimited(limited)] : errors
}

// Those that hold a server together: their specs are what they are, but for the shares of the exempt one.
function validateMandatory({ metadata, spec }: Level): FieldError[] {
  const { name } = metadata
  if (name !== 'exempt' && name !== 'catch-all') return []
  const fixed = publishedSpec('priorityLevelConfigurations', name)
  const { exempt: _exempt, ...rest } = spec ?? {}
  const { exempt: _fixed, ...fixedRest } = fixed
  if (name === 'exempt') {
    if (deepEqual(rest, fixedRest)) return []
    const detail = `spec of 'exempt' except the 'spec.exempt' field must equal the fixed value`
    return [invalid('spec', spec, detail)]
  }
  return deepEqual(spec, fixed) ? [] : [invalid('spec', spec, `spec of '${name}' must equal the fixed value`)]
}

function queueColumn(name: string, field: keyof Queuing): Column<Level> {
  return {
    name,
    type: 'string',
    cell: ({ spec }) => spec?.limited?.limitResponse?.queuing?.[field] ?? '<none>',
  }
}

export const priorityLevelConfigurationKind = defineKind<Level>({
  resource: priorityLevelConfigurations,
  type: 'flowcontrol/v1.PriorityLevelConfiguration',
  keptWithStatus: ['ownerReferences', 'labels', 'annotations', 'finalizers'],
  status: true,
  generation: true,
  defaults: defaultLevel,
  columns: [
    nameColumn,
    { name: 'Type', type: 'string', cell: ({ spec }) => spec?.type ?? '' },
    {
      name: 'NominalConcurrencyShares',
      type: 'string',
      cell: ({ spec }) => spec?.limited?.nominalConcurrencyShares ?? '<none>',
    },
    queueColumn('Queues', 'queues'),
    queueColumn('HandSize', 'handSize'),
    queueColumn('QueueLengthLimit', 'queueLengthLimit'),
    ageColumn,
  ],
  prepareForCreate: (level) => ({ ...level, status: {} }),
  validate: (level) => [...validateSpec(level), ...validateMandatory(level), ...validateConditions(level)],
  validateStatus: validateConditions,
})
