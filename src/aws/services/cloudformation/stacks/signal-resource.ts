// Owns what instances and others tell a stack: SignalResource, and what is put to the handle of a wait condition.
import type { SignalResourceInput } from '@aws-sdk/client-cloudformation'

import { isObject } from '../../../../base/json.ts'
import type { AwsRequest, AwsResponse } from '../../../protocol/message.ts'
import { operation } from '../../../protocol/operation.ts'
import { recordResourceEventIn } from '../engine/events.ts'
import { handleAt, putSignalIn } from '../engine/signals.ts'
import { validationError } from '../errors.ts'
import { type CloudFormation, keyOfStack } from '../state.ts'
import type { Signal } from '../template/signals.ts'
import { findStack } from './lookup.ts'

const SIGNALED: readonly string[] = [
  'CREATE_IN_PROGRESS',
  'UPDATE_IN_PROGRESS',
  'UPDATE_ROLLBACK_IN_PROGRESS',
]

/** Counts for a creation policy, a wait condition without handle, or a rolling update. @throws AwsError ValidationError */
export const signalResource = operation<CloudFormation, SignalResourceInput, void>()({
  honours: ['StackName', 'LogicalResourceId', 'UniqueId', 'Status'],
  handle: async (input, cloudformation) => {
    const { LogicalResourceId: logicalId = '', UniqueId: uniqueId = '', Status: status } = input
    const signal = { uniqueId, isSuccess: status === 'SUCCESS' }
    await cloudformation.deps.store.transact((tx) => {
      const stack = findStack(cloudformation, input.StackName)
      if (!SIGNALED.includes(stack.status)) {
        throw validationError(`Stack ${stack.id} is in ${stack.status} state and cannot be signaled`)
      }
      const record = cloudformation.tables.resources.get(`${keyOfStack(stack.id)}/${logicalId}`)
      if (!record) {
        throw validationError(`Resource ${logicalId} does not exist for stack ${stack.name}`)
      }
      if (!record.status.endsWith('_IN_PROGRESS')) {
        throw validationError(`Resource ${logicalId} is in ${record.status} state and cannot be signaled`)
      }
      if (!putSignalIn(tx, cloudformation, { stack, record, signal })) return
      const reason = `Received ${status} signal with UniqueId ${uniqueId}`
      recordResourceEventIn(tx, cloudformation, { stack, resource: { ...record, reason } })
    })
  },
})

/** Sends a signal to a handle by its URL. @returns false where there is no such handle */
export async function signalHandle(
  cloudformation: CloudFormation,
  url: string,
  signal: Signal,
): Promise<boolean> {
  return await cloudformation.deps.store.transact((tx) => {
    const handle = handleAt(cloudformation, url)
    if (!handle) return false
    putSignalIn(tx, cloudformation, { ...handle, signal })
    return true
  })
}

/** Answers what is put to the URL of a handle: `{"Status": "SUCCESS", "UniqueId": "a", "Reason": "…", "Data": "…"}`. */
export async function receiveSignal(
  cloudformation: CloudFormation,
  { method, url, body }: AwsRequest,
): Promise<AwsResponse> {
  if (method !== 'PUT') return answer(405, 'A signal is put.')
  const signal = readSignal(Buffer.from(body).toString('utf8'))
  if (!signal) {
    return answer(400, 'A signal is an object with Status (SUCCESS or FAILURE), UniqueId, Reason and Data.')
  }
  return (await signalHandle(cloudformation, url, signal)) ? answer(200, '') : answer(403, 'AccessDenied')
}

function answer(status: number, text: string): AwsResponse {
  return { status, headers: { 'content-type': 'text/plain' }, body: text === '' ? '' : `${text}\n` }
}

function readSignal(text: string): Signal | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  const { Status: status, UniqueId: uniqueId, Reason: reason, Data: data } = value
  if (typeof uniqueId !== 'string' || uniqueId === '') return undefined
  if (status !== 'SUCCESS' && status !== 'FAILURE') return undefined
  return {
    uniqueId,
    isSuccess: status === 'SUCCESS',
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof data === 'string' ? { data } : {}),
  }
}
