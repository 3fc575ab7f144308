// Owns what is told about lifecycle hooks: there are none, since PutLifecycleHook is refused.
import type { DescribeLifecycleHooksAnswer, DescribeLifecycleHooksType } from '@aws-sdk/client-auto-scaling'

import { operation } from '../../protocol/operation.ts'
import type { AutoScalingState } from './state.ts'

/** DescribeLifecycleHooks: Ansible asks it for every group. @throws AwsError ValidationError for a group that there is not */
export const describeLifecycleHooks = operation<
  AutoScalingState,
  DescribeLifecycleHooksType,
  DescribeLifecycleHooksAnswer
>()({
  honours: ['AutoScalingGroupName'],
  // They narrow what is empty.
  keeps: ['LifecycleHookNames'],
  handle: (input, state) => {
    state.group(input.AutoScalingGroupName)
    return { LifecycleHooks: [] }
  },
})
