// Owns the resource type AWS::CloudFormation::WaitCondition: made once its handle has been sent enough signals.
import { AwsError } from '../../../../base/errors.ts'
import { conditionVerdict, numberOf, type Signal } from '../template/signals.ts'
import type { TemplateObject } from '../template/template.ts'
import { textAt } from './members.ts'
import { PROPERTY_VALIDATION } from './plan-change.ts'
import {
  PENDING,
  READY,
  type ResourceContext,
  type ResourceState,
  type ResourceType,
} from './resource-type.ts'

/** "The minimum value is … 0 and the maximum is 43200" (twelve hours). */
const LONGEST_SECONDS = 43_200

function refuse(message: string): AwsError {
  return new AwsError(PROPERTY_VALIDATION, message)
}

function timeoutMs(properties: TemplateObject): number {
  const seconds = numberOf(properties['Timeout'], 0)
  if (seconds > LONGEST_SECONDS) throw refuse(`Timeout ${seconds} is more than ${LONGEST_SECONDS} seconds.`)
  return seconds * 1000
}

/** `{"a":"what a said"}`, in the order of the senders' names. */
function dataOf(signals: readonly Signal[]): string {
  return JSON.stringify(Object.fromEntries(signals.map(({ uniqueId, data = '' }) => [uniqueId, data])))
}

function look(properties: TemplateObject, context: ResourceContext): ResourceState {
  const handle = textAt(properties, 'Handle')
  // One without a handle waits by its creation policy alone.
  if (handle === undefined) return READY
  const signals = context.signalsTo(handle)
  if (!signals) throw refuse(`${handle} is not the handle of a wait condition of this region.`)
  const awaited = { count: numberOf(properties['Count'], 1), timeoutMs: timeoutMs(properties) }
  const verdict = conditionVerdict(awaited, signals, context.nowMs - context.begunAtMs)
  if (verdict.state === 'failed') throw refuse(verdict.reason)
  return verdict.state === 'pending' ? PENDING : { state: 'ready', attributes: { Data: dataOf(signals) } }
}

export const waitCondition: ResourceType = {
  name: 'AWS::CloudFormation::WaitCondition',
  create: {
    operations: [],
    on: ['Handle', 'Count', 'Timeout'],
    // By analogy with other properties that must be given together: the words of AWS were not found.
    run: (properties, { stackId, logicalId }) => {
      if ('Handle' in properties && !('Timeout' in properties))
        throw refuse('Timeout is required with Handle.')
      return Promise.resolve(`${stackId}/${logicalId}`)
    },
  },
  creationPolicy: 'itself',
  // AWS refuses changes of a wait condition too: "Updates aren't supported."
  update: [],
  attributes: ['Data'],
  read: (_id, context, properties) => Promise.resolve().then(() => look(properties, context)),
  remove: () => Promise.resolve(true),
}
