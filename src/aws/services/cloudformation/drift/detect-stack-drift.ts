// Owns DetectStackDrift and DescribeStackDriftDetectionStatus: a detection is done when it is asked for.
import type {
  DescribeStackDriftDetectionStatusInput,
  DescribeStackDriftDetectionStatusOutput,
  DetectStackDriftInput,
  DetectStackDriftOutput,
} from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import { validationError } from '../errors.ts'
import { findStack } from '../stacks/lookup.ts'
import { type CloudFormation, type DetectionRecord, keyOfStack, resourcesOf } from '../state.ts'
import { inspectAll, requireCheckable } from './inspect.ts'

/** @throws AwsError ValidationError */
export const detectStackDrift = operation<CloudFormation, DetectStackDriftInput, DetectStackDriftOutput>()({
  honours: ['StackName', 'LogicalResourceIds'],
  handle: async (input, cloudformation, request) => {
    const stack = findStack(cloudformation, input.StackName)
    requireCheckable(stack)
    const wanted = input.LogicalResourceIds
    const all = resourcesOf(cloudformation, stack.id)
    const unknown = wanted?.find((logicalId) => !all.has(logicalId))
    if (unknown !== undefined) {
      throw validationError(`Resource ${unknown} does not exist for stack ${stack.name}`)
    }
    const records = [...all.values()].filter(({ logicalId }) => wanted?.includes(logicalId) ?? true)
    const asCaller = { ...stack, principal: request.principal }
    const { drifts, refused } = await inspectAll(cloudformation, asCaller, records)
    const drifted = drifts.filter(({ status }) => status !== 'IN_SYNC').length
    const { ids, clock, store } = cloudformation.deps
    const detection: DetectionRecord = {
      id: ids.uuid(),
      stackId: stack.id,
      status: refused.length > 0 ? 'DETECTION_FAILED' : 'DETECTION_COMPLETE',
      driftStatus: drifted > 0 ? 'DRIFTED' : 'IN_SYNC',
      drifted,
      atMs: clock.now(),
      ...(refused.length > 0
        ? { reason: `Failed to detect drift on resource(s) [${refused.join(', ')}]` }
        : {}),
    }
    const drift = { status: detection.driftStatus, atMs: detection.atMs }
    await store.transact((tx) => {
      cloudformation.tables.detections.putIn(tx, detection.id, detection)
      const current = cloudformation.tables.stacks.get(keyOfStack(stack.id))
      if (current) cloudformation.tables.stacks.putIn(tx, keyOfStack(stack.id), { ...current, drift })
    })
    return { StackDriftDetectionId: detection.id }
  },
})

/** @throws AwsError ValidationError */
export const describeStackDriftDetectionStatus = operation<
  CloudFormation,
  DescribeStackDriftDetectionStatusInput,
  DescribeStackDriftDetectionStatusOutput
>()({
  honours: ['StackDriftDetectionId'],
  handle: (input, cloudformation) => {
    const id = input.StackDriftDetectionId ?? ''
    const detection = cloudformation.tables.detections.get(id)
    if (!detection) throw validationError(`Drift detection ${id} does not exist`)
    return {
      StackId: detection.stackId,
      StackDriftDetectionId: id,
      StackDriftStatus: detection.driftStatus,
      DetectionStatus: detection.status,
      DetectionStatusReason: detection.reason,
      DriftedStackResourceCount: detection.drifted,
      Timestamp: new Date(detection.atMs),
    }
  },
})
