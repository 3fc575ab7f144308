// Owns get and list: resourceVersion semantics, paging with consistent tokens, selectors.
// Source: kubernetes.io/docs/reference/using-api/api-concepts (resource versions, chunking).
import { StatusError } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import { qualifiedResource } from '../../rules/kubernetes/resource-names.ts'
import type { Entry } from '../../store/store.ts'
import type { KubernetesObject, ListOptions, ObjectKey } from '../client/client.ts'
import type { Kind } from '../resources/kind.ts'
import { jsonSyntaxError } from '../schema/json-syntax.ts'
import { selectionOf } from './selection.ts'
import type { Storage } from './storage.ts'

export interface ReadListOptions extends ListOptions {
  readonly resourceVersionMatch?: string
}

export interface ListResult {
  readonly items: readonly KubernetesObject[]
  /** What each of them was read from, word for word, where there is such a text. */
  readonly sources: readonly (Entry | undefined)[]
  readonly resourceVersion: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

/** @throws StatusError NotFound with the words of the API server. */
export function readObject<T extends KubernetesObject>(storage: Storage, kind: Kind<T>, key: ObjectKey): T {
  return (
    (kind.computed ? computedOne(kind.computed(), key) : storage.get(kind, key)) ??
    throwNotFound(kind, key.name)
  )
}

function computedOne<T extends KubernetesObject>(objects: readonly T[], key: ObjectKey): T | undefined {
  return objects.find(
    ({ metadata }) => metadata.name === key.name && (metadata.namespace ?? '') === (key.namespace ?? ''),
  )
}

/** Throws `deployments.apps "x" not found`. */
export function throwNotFound(kind: Kind, name: string): never {
  const { group, plural } = kind.resource
  throw new StatusError('NotFound', `${qualifiedResource(kind.resource)} ${JSON.stringify(name)} not found`, {
    name,
    ...(group ? { group } : {}),
    kind: plural,
  })
}

interface Token {
  /** Undefined for a list that goes on with what there is now. */
  readonly revision: number | undefined
  /** Below the prefix of what is listed. */
  readonly startKey: string
}

/** Lists a kind. @throws StatusError BadRequest, Expired, Timeout (version from the future). */
export function readList(storage: Storage, kind: Kind, options: ReadListOptions): ListResult {
  const selects = selectionOf(kind, options)
  const { namespace } = options
  if (kind.computed) {
    // All at once: what is computed anew cannot be paged through consistently.
    const inNamespace = kind
      .computed()
      .filter(({ metadata }) => !namespace || metadata.namespace === namespace)
    return { items: inNamespace.filter(selects), sources: [], resourceVersion: '' }
  }
  const prefix = storage.prefixOf(kind, namespace)
  const token = options.continue ? parseToken(options.continue, options) : undefined
  // Any state will do, and it comes from the cache of the API server, which does not page.
  const limit = options.resourceVersion === '0' && !token ? undefined : options.limit
  const revision = token ? token.revision : exactRevision(storage, options)
  const items: KubernetesObject[] = []
  const sources: (Entry | undefined)[] = []
  let startKey = token && prefix + token.startKey
  for (;;) {
    const page = readPage(storage, kind, {
      prefix,
      ...(namespace ? { namespace } : {}),
      ...(limit ? { limit: limit - items.length } : {}),
      ...(startKey === undefined ? {} : { startKey }),
      ...(revision === undefined ? {} : { revision }),
    })
    for (const [index, item] of page.items.entries()) {
      if (!selects(item)) continue
      items.push(item)
      sources.push(page.sources[index])
    }
    const resourceVersion = String(page.revision)
    if (page.nextKey === undefined) return { items, sources, resourceVersion }
    if (limit && items.length >= limit) {
      const next = formatToken({ revision: page.revision, startKey: page.nextKey.slice(prefix.length) })
      const filtered = options.labelSelector || options.fieldSelector
      return {
        items,
        sources,
        resourceVersion,
        continue: next,
        // Not known when a selector hides an unknown part of the rest.
        ...(filtered ? {} : { remainingItemCount: page.remaining }),
      }
    }
    startKey = page.nextKey
  }
}

function readPage(
  storage: Storage,
  kind: Kind,
  { prefix, ...page }: Parameters<Storage['list']>[1] & { readonly prefix: string },
): ReturnType<Storage['list']> {
  try {
    return storage.list(kind, page)
  } catch (error) {
    if (!(error instanceof StatusError) || error.reason !== 'Expired' || page.startKey === undefined)
      throw error
    // apiserver pkg/storage/etcd3/errors.go: -1 goes on with what there is now.
    throw new StatusError(
      'Expired',
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
      { continue: formatToken({ revision: undefined, startKey: page.startKey.slice(prefix.length) }) },
    )
  }
}

function exactRevision(storage: Storage, options: ReadListOptions): number | undefined {
  const { resourceVersion, resourceVersionMatch, limit } = options
  if (!resourceVersion || resourceVersion === '0') return undefined
  const revision = parseListVersion(resourceVersion)
  storage.requireReached(revision)
  // Without a match rule, a limit makes the version exact (legacy rule of the same page).
  if (resourceVersionMatch === 'Exact' || (!resourceVersionMatch && limit)) return revision
  return undefined
}

function parseListVersion(text: string): number {
  try {
    return parseResourceVersion(text)
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    throw new StatusError('BadRequest', `invalid resource version: ${error.message}`)
  }
}

/** @throws StatusError BadRequest when the text is no version. */
export function parseResourceVersion(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new StatusError(
    'BadRequest',
    `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
  )
}

const TOKEN_VERSION = 'meta.k8s.io/v1'

function formatToken({ revision = -1, startKey }: Token): string {
  const text = JSON.stringify({ v: TOKEN_VERSION, rv: revision, start: startKey })
  return Buffer.from(text).toString('base64url')
}

// apiserver pkg/storage/continue.go.
function parseToken(text: string, { resourceVersion }: ReadListOptions): Token {
  const bytes = Buffer.from(text, 'base64url')
  const refuse = (why: string): StatusError =>
    new StatusError('BadRequest', `invalid continue token: continue key is not valid${why}`)
  const wrong = jsonSyntaxError(bytes)
  if (wrong !== undefined) throw refuse(`: ${wrong}`)
  const parsed: unknown = JSON.parse(bytes.toString())
  const { v, rv, start } = isObject(parsed) ? parsed : {}
  if (v !== TOKEN_VERSION) {
    throw refuse(`: server does not recognize this encoded version ${typeof v === 'string' ? v : ''}`)
  }
  if (typeof rv !== 'number' || rv === 0)
    throw refuse(': incorrect encoded start resourceVersion (version meta.k8s.io/v1)')
  if (typeof start !== 'string' || start === '') {
    throw refuse(': encoded start key empty (version meta.k8s.io/v1)')
  }
  // It comes back from a client: it may not lead out of what is listed.
  const isClean = !start.split('/').some((part) => part === '' || part === '.' || part === '..')
  if (!isClean) throw refuse(`: ${start}`)
  if (resourceVersion && resourceVersion !== '0') {
    throw new StatusError('BadRequest', 'specifying resource version is not allowed when using continue')
  }
  return { revision: rv < 0 ? undefined : rv, startKey: start }
}
