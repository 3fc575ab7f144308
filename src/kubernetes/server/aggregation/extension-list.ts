// Owns lists of what extension servers serve, for clients of this process.
import { buffer } from 'node:stream/consumers'

import { StatusError } from '../../../base/errors.ts'
import { isObject } from '../../../base/json.ts'
import { apiRoot } from '../../../rules/kubernetes/resource-names.ts'
import type { KubernetesObject, ListOptions, ObjectList, Resource } from '../../client/client.ts'
import type { ApiResponse } from '../http.ts'
import { statusWords } from '../outbound/webhook.ts'
import type { UserInfo } from '../ports.ts'
import type { Aggregator } from './aggregator.ts'

// As long as a request of a client may take.
const LIST_LIMIT_MS = 60_000

export interface ExtensionListRequest {
  readonly options: ListOptions
  readonly user: UserInfo
  readonly signal: AbortSignal
}

/**
 * Lists a resource as the server of its APIService has it.
 * @returns undefined where no APIService names a server for the version of its group.
 * @throws StatusError with the status of an answer that is no list, in the words of client-go.
 */
export async function listOfExtension<T extends KubernetesObject>(
  aggregator: Aggregator,
  resource: Resource<T>,
  { options, user, signal }: ExtensionListRequest,
): Promise<ObjectList<T> | undefined> {
  const apiService = aggregator.find(resource.group, resource.version)
  if (!apiService) return undefined
  const { namespace, labelSelector, fieldSelector } = options
  const query = new URLSearchParams({
    ...(labelSelector ? { labelSelector } : {}),
    ...(fieldSelector ? { fieldSelector } : {}),
  })
  const scope = namespace ? `/namespaces/${namespace}` : ''
  const url = `${apiRoot(resource)}${scope}/${resource.plural}?${query.toString()}`
  const headers = { accept: 'application/json' }
  const limit = AbortSignal.timeout(LIST_LIMIT_MS)
  const asked = { method: 'GET', url, headers, signal: AbortSignal.any([signal, limit]) }
  const { answer, text } = await aggregator
    .proxy(apiService, asked, user)
    .then(async (response) => ({ answer: response, text: await wholeText(response) }))
    .catch((error: unknown) => {
      throw limit.aborted ? new StatusError('Timeout', `${url} was not answered within a minute`) : error
    })
  if (answer.status !== 200) {
    const type = answer.headers['content-type']
    const words = statusWords(answer.status, text, typeof type === 'string' ? type : type?.[0])
    throw new StatusError('Unknown', words, {}, { code: answer.status })
  }
  // What it serves is as it says; who reads an extension's objects knows their type.
  const list = parsed(text) as {
    readonly items?: readonly T[]
    readonly metadata?: { readonly resourceVersion?: string }
  }
  return { items: list.items ?? [], resourceVersion: list.metadata?.resourceVersion ?? '' }
}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
  } catch {
    // Told below.
  }
  throw new StatusError('Unknown', 'the server answered something that is no list')
}

async function wholeText({ body }: ApiResponse): Promise<string> {
  const bytes =
    typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : await buffer(body)
  return bytes.toString()
}
