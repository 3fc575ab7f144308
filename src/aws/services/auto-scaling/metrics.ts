// Owns which metrics of a group are collected. They are named in its description; there is no CloudWatch to read them from.
import type {
  DisableMetricsCollectionQuery,
  EnableMetricsCollectionQuery,
} from '@aws-sdk/client-auto-scaling'

import { operation } from '../../protocol/operation.ts'
import { validationError, type AutoScalingState } from './state.ts'

const NUMBERS = ['DesiredCapacity', 'TotalCapacity']
const STATES = ['InService', 'Pending', 'Standby', 'Terminating', 'Total']
/** Auto Scaling user guide, "Auto Scaling group metrics". */
const METRICS: readonly string[] = [
  ...['MinSize', 'MaxSize', 'DesiredCapacity'].map((metric) => `Group${metric}`),
  ...STATES.flatMap((state) => [`Group${state}Instances`, `Group${state}Capacity`]),
  ...NUMBERS.map((metric) => `GroupAndWarmPool${metric}`),
  ...[
    'DesiredCapacity',
    'MinSize',
    'PendingCapacity',
    'TerminatingCapacity',
    'TotalCapacity',
    'WarmedCapacity',
  ].map((metric) => `WarmPool${metric}`),
]

function chosen(metrics: readonly string[] | undefined): readonly string[] {
  const unknown = metrics?.find((metric) => !METRICS.includes(metric))
  if (unknown !== undefined) throw validationError(`Invalid metric: ${unknown}`)
  return metrics?.length ? metrics : METRICS
}

/** All metrics when none is named. @throws AwsError ValidationError */
export const enableMetricsCollection = operation<AutoScalingState, EnableMetricsCollectionQuery, void>()({
  honours: ['AutoScalingGroupName', 'Metrics', 'Granularity'],
  handle: async (input, state) => {
    const metrics = chosen(input.Metrics)
    // API_EnableMetricsCollection: the only valid value.
    if (input.Granularity !== '1Minute')
      throw validationError(`Invalid granularity: ${input.Granularity ?? ''}`)
    const { name } = state.group(input.AutoScalingGroupName)
    await state.groups.update(name, (group) => ({
      ...group,
      metrics: [...new Set([...(group.metrics ?? []), ...metrics])],
    }))
  },
})

/** All metrics when none is named. @throws AwsError ValidationError */
export const disableMetricsCollection = operation<AutoScalingState, DisableMetricsCollectionQuery, void>()({
  honours: ['AutoScalingGroupName', 'Metrics'],
  handle: async (input, state) => {
    const metrics = chosen(input.Metrics)
    const { name } = state.group(input.AutoScalingGroupName)
    await state.groups.update(name, (group) => ({
      ...group,
      metrics: (group.metrics ?? []).filter((metric) => !metrics.includes(metric)),
    }))
  },
})
