// Owns the table of subresources that answer with an object, for clients over HTTP and in the same process alike.
// Those that stream (logs, commands, connections) have no answer to hand over in process: see dispatch and upgrade.
import type { ObjectKey } from '../../client/client.ts'
import type { WriteContext } from '../../registry/parts.ts'
import type { Kind } from '../../resources/kind.ts'
import type { Api } from '../api.ts'
import { own } from '../../../base/json.ts'
import { bindPod } from './binding.ts'
import { evictPod } from './eviction.ts'
import { finalizeNamespace } from './finalize.ts'
import { requestToken } from './token.ts'

/** One request to a subresource. */
export interface SubresourceCall {
  readonly key: ObjectKey
  /** As parsed: not decoded. */
  readonly body: unknown
  readonly context: WriteContext
}

export interface Subresource {
  /** HTTP status of an answer. */
  readonly status: 200 | 201
  /** @throws StatusError in the words of the API server. */
  answer(api: Api, call: SubresourceCall): Promise<object>
}

const table: Readonly<Record<string, Subresource>> = {
  'create pods/binding': { status: 201, answer: bindPod },
  'create pods/eviction': { status: 201, answer: evictPod },
  'create serviceaccounts/token': { status: 201, answer: requestToken },
  'update namespaces/finalize': { status: 200, answer: finalizeNamespace },
}

/** What answers a verb on a subresource of a kind; undefined when nothing here does. */
export function findSubresource(kind: Kind, verb: string, name: string): Subresource | undefined {
  const { group, plural } = kind.resource
  return group === '' ? own(table, `${verb} ${plural}/${name}`) : undefined
}
