// Owns the signals that resources of stacks are sent: keeping them, finding them again, and the URLs of handles.

import { sha256Hex } from '../../../../base/sha256.ts'
import type { Writer } from '../../../../store/store.ts'
import { decodeText } from '../../../protocol/message.ts'
import { type CloudFormation, keyOfStack, type ResourceRecord, type StackRecord } from '../state.ts'
import type { Signal } from '../template/signals.ts'

/** All signals to a resource since a moment, in the order of their senders' ids. */
export function signalsTo(
  { tables }: CloudFormation,
  { stackId, logicalId }: { readonly stackId: string; readonly logicalId: string },
  sinceMs: number,
): readonly Signal[] {
  return tables.signals.list(`${keyOfStack(stackId)}/${logicalId}/`).filter(({ atMs }) => atMs >= sinceMs)
}

/**
 * Keeps a signal to a resource, in the transaction that has found the resource.
 * @returns false when its sender has said something before, which stays
 */
export function putSignalIn(
  tx: Writer,
  cloudformation: CloudFormation,
  sent: {
    readonly stack: Pick<StackRecord, 'id'>
    readonly record: ResourceRecord
    readonly signal: Signal
  },
): boolean {
  const { stack, record, signal } = sent
  const { signals } = cloudformation.tables
  const key = `${keyOfStack(stack.id)}/${record.logicalId}/${encodeURIComponent(signal.uniqueId)}`
  const before = signals.get(key)
  if (before && before.atMs >= record.begunAtMs) return false
  signals.putIn(tx, key, { ...signal, atMs: cloudformation.deps.clock.now() })
  return true
}

/** What the path of a handle's URL begins with, as the bucket of AWS's is called. */
export function handlePrefix(region: string): string {
  return `/cloudformation-waitcondition-${region}/`
}

/** The URL by which a wait condition's handle is sent signals. Who was not given it cannot guess it. */
export function handleUrl(
  { deps, endpoint }: CloudFormation,
  stack: Pick<StackRecord, 'id'>,
  record: Pick<ResourceRecord, 'logicalId' | 'token'>,
): string {
  const name = encodeURIComponent(`${stack.id}/${record.logicalId}`)
  return `${endpoint}${handlePrefix(deps.region)}${name}?Signature=${signatureOf(record)}`
}

function signatureOf({ token }: Pick<ResourceRecord, 'token'>): string {
  return sha256Hex(`wait-condition ${token}`)
}

/** The stack and the resource that a handle's URL, or its path, leads to; undefined for any other. */
export function handleAt(
  { deps, tables }: CloudFormation,
  url: string,
): { readonly stack: StackRecord; readonly record: ResourceRecord } | undefined {
  if (!URL.canParse(url, 'http://localhost')) return undefined
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  const prefix = handlePrefix(deps.region)
  if (!pathname.startsWith(prefix)) return undefined
  const name = decodeText(pathname.slice(prefix.length))
  const stackId = name.slice(0, name.lastIndexOf('/'))
  const stack = tables.stacks.get(keyOfStack(stackId))
  const record = tables.resources.get(`${keyOfStack(stackId)}/${name.slice(stackId.length + 1)}`)
  if (!stack || !record || searchParams.get('Signature') !== signatureOf(record)) return undefined
  return { stack, record }
}
