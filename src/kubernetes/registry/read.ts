// Owns get and list: resourceVersion semantics, paging with consistent tokens, selectors.
// Source: kubernetes.io/docs/reference/using-api/api-concepts (resource versions, chunking).
import { StatusError } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import { qualifiedResource } from '../../rules/kubernetes/resource-names.ts'
import type { KubernetesObject, ListOptions, ObjectKey } from '../client/client.ts'
import type { Kind } from '../resources/kind.ts'
import { selectionOf } from './selection.ts'
import type { Storage } from './storage.ts'

export interface ReadListOptions extends ListOptions {
  readonly resourceVersionMatch?: string
}

export interface ListResult {
  readonly items: readonly KubernetesObject[]
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

const MATCHES: ReadonlySet<string> = new Set(['Exact', 'NotOlderThan'])

interface Token {
  readonly revision: number
  readonly startKey: string
}

/** Lists a kind. @throws StatusError BadRequest, Expired, Timeout (version from the future). */
export function readList(storage: Storage, kind: Kind, options: ReadListOptions): ListResult {
  const selects = selectionOf(kind, options)
  const { namespace, limit } = options
  if (kind.computed) {
    // All at once: what is computed anew cannot be paged through consistently.
    const inNamespace = kind
      .computed()
      .filter(({ metadata }) => !namespace || metadata.namespace === namespace)
    return { items: inNamespace.filter(selects), resourceVersion: '' }
  }
  const token = options.continue ? parseToken(options.continue) : undefined
  checkVersions(options, token)
  const revision = token?.revision ?? exactRevision(storage, options)
  const items: KubernetesObject[] = []
  let startKey = token?.startKey
  for (;;) {
    const page = readPage(storage, kind, {
      ...(namespace ? { namespace } : {}),
      ...(limit ? { limit: limit - items.length } : {}),
      ...(startKey === undefined ? {} : { startKey }),
      ...(revision === undefined ? {} : { revision }),
    })
    for (const item of page.items) if (selects(item)) items.push(item)
    const resourceVersion = String(page.revision)
    if (page.nextKey === undefined) return { items, resourceVersion }
    if (limit && items.length >= limit) {
      const next = formatToken({ revision: page.revision, startKey: page.nextKey })
      const filtered = options.labelSelector || options.fieldSelector
      return {
        items,
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
  page: Parameters<Storage['list']>[1] & object,
): ReturnType<Storage['list']> {
  try {
    return storage.list(kind, page)
  } catch (error) {
    if (error instanceof StatusError && error.reason === 'Expired' && page.startKey !== undefined) {
      throw new StatusError(
        'Expired',
        'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
      )
    }
    throw error
  }
}

// apimachinery ValidateListOptions.
function checkVersions(options: ReadListOptions, token: Token | undefined): void {
  const { resourceVersion, resourceVersionMatch: match } = options
  if (token && !match && resourceVersion && resourceVersion !== '0') {
    throw new StatusError('BadRequest', 'specifying resource version is not allowed when using continue')
  }
  if (!match) return
  const field = 'resourceVersionMatch'
  const problems = [
    ...(resourceVersion ? [] : [`Forbidden: ${field} is forbidden unless resourceVersion is provided`]),
    ...(token ? [`Forbidden: ${field} is forbidden when continue is provided`] : []),
    ...(MATCHES.has(match)
      ? []
      : [`Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`]),
    ...(match === 'Exact' && resourceVersion === '0'
      ? [`Forbidden: ${field} "exact" is forbidden for resourceVersion "0"`]
      : []),
  ].map((problem) => `${field}: ${problem}`)
  if (problems.length === 0) return
  const text = problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`
  throw new StatusError('Invalid', `ListOptions.meta.k8s.io "" is invalid: ${text}`)
}

function exactRevision(storage: Storage, options: ReadListOptions): number | undefined {
  const { resourceVersion, resourceVersionMatch, limit } = options
  if (!resourceVersion || resourceVersion === '0') return undefined
  const revision = parseResourceVersion(resourceVersion)
  // Without a match rule, a limit makes the version exact (legacy rule of the same page).
  if (resourceVersionMatch === 'Exact' || (!resourceVersionMatch && limit)) return revision
  storage.requireReached(revision)
  return undefined
}

/** @throws StatusError BadRequest when the text is no version. */
export function parseResourceVersion(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new StatusError(
    'BadRequest',
    `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
  )
}

function formatToken(token: Token): string {
  return Buffer.from(
    JSON.stringify({ v: 'meta.k8s.io/v1', rv: token.revision, start: token.startKey }),
  ).toString('base64url')
}

function parseToken(text: string): Token {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (isObject(parsed) && typeof parsed['rv'] === 'number' && typeof parsed['start'] === 'string') {
      return { revision: parsed['rv'], startKey: parsed['start'] }
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new StatusError('BadRequest', 'continue key is not valid: encoded token cannot be decoded')
}
