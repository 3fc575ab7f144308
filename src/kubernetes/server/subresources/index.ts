// Owns the table of subresources that answer with an object, for clients over HTTP and in the same process alike.
// Those that stream (logs, commands, connections) have no answer to hand over in process: see dispatch and upgrade.
import type { ObjectKey } from '../../client/client.ts'
import type { WriteContext } from '../../registry/parts.ts'
import type { Kind } from '../../resources/kind.ts'
import type { Api } from '../api.ts'
import { isObject, own } from '../../../base/json.ts'
import { groupVersionOf } from '../../../rules/kubernetes/resource-names.ts'
import type { GroupVersionKind } from '../../registry/admission.ts'
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
  /** What the body is, where it is no object of the resource: admission sees it as the creation of one. */
  readonly body?: GroupVersionKind
  /** @throws StatusError in the words of the API server. */
  answer(api: Api, call: SubresourceCall): Promise<object>
}

const table: Readonly<Record<string, Subresource>> = {
  'create pods/binding': {
    status: 201,
    body: { group: '', version: 'v1', kind: 'Binding' },
    answer: bindPod,
  },
  'create pods/eviction': {
    status: 201,
    body: { group: 'policy', version: 'v1', kind: 'Eviction' },
    answer: evictPod,
  },
  'create serviceaccounts/token': {
    status: 201,
    body: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
    answer: requestToken,
  },
  'update namespaces/finalize': { status: 200, answer: finalizeNamespace },
}

/** What answers a verb on a subresource of a kind; undefined when nothing here does. */
export function findSubresource(kind: Kind, verb: string, name: string): Subresource | undefined {
  const { group, plural } = kind.resource
  return group === '' ? own(table, `${verb} ${plural}/${name}`) : undefined
}

/** Answers a request to a subresource, once admission has let its body pass. @throws StatusError */
export async function answerSubresource(
  api: Api,
  {
    kind,
    name,
    subresource,
  }: { readonly kind: Kind; readonly name: string; readonly subresource: Subresource },
  call: SubresourceCall,
): Promise<object> {
  const { body, key, context } = call
  const { body: objectKind } = subresource
  // What is no object is refused by whoever reads it.
  if (!objectKind || !isObject(body)) return subresource.answer(api, call)
  const typed = { apiVersion: groupVersionOf(objectKind), kind: objectKind.kind, ...body }
  const { namespace = '' } = key
  const metadata = isObject(body['metadata']) ? body['metadata'] : {}
  const object = { ...typed, metadata: { name: key.name, ...(namespace ? { namespace } : {}), ...metadata } }
  const about = { operation: 'CREATE', subresource: name, namespace, name: key.name } as const
  const admitted = await api.registry.admit(kind, { ...about, object, objectKind, context })
  const rest = { ...admitted, metadata: isObject(body['metadata']) ? admitted.metadata : undefined }
  return subresource.answer(api, { key, body: rest, context: { ...context, admitted: true } })
}
