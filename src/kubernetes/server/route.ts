// Owns the reading of a request's path: which resource, which verb.
// Source: apiserver pkg/endpoints/request/requestinfo.go.
import { own } from '../../base/json.ts'

export interface ResourceRoute {
  readonly type: 'resource'
  readonly verb: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** What follows the subresource, as it was sent: `/` and more; empty when nothing does. */
  readonly rest: string
  /** Text of the field selector; empty for none. */
  readonly fieldSelector: string
}

export interface PathRoute {
  readonly type: 'path'
  readonly verb: string
  readonly path: string
}

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** Reads method, path and query. Paths that are no resource's are `path` routes. */
export function parseRoute(method: string, path: string, query: URLSearchParams): ResourceRoute | PathRoute {
  const parts = path.split('/').filter((part) => part !== '')
  const isCore = parts[0] === 'api'
  const head = isCore ? 2 : 3
  if ((!isCore && parts[0] !== 'apis') || parts.length <= head) {
    return { type: 'path', verb: method.toLowerCase(), path }
  }
  const [group, version] = isCore ? ['', parts[1] ?? ''] : [parts[1] ?? '', parts[2] ?? '']
  let rest = parts.slice(head).map(decodeURIComponent)
  let legacyWatch = false
  if (rest[0] === 'watch' && rest.length > 1) {
    legacyWatch = true
    rest = rest.slice(1)
  }
  const located = locate(rest)
  const verb = verbOf(method, located.name, query, legacyWatch)
  return {
    type: 'resource',
    verb,
    group,
    version,
    ...located,
    name: located.name || nameSelected(verb, query),
    // Group and version, the namespace, resource, name and subresource come before it.
    rest: restOf(path, head + (located.namespace !== '' && located.resource !== 'namespaces' ? 5 : 3)),
    fieldSelector: query.get('fieldSelector') ?? '',
  }
}

function locate(
  parts: readonly string[],
): Pick<ResourceRoute, 'namespace' | 'resource' | 'name' | 'subresource'> {
  if (parts[0] !== 'namespaces' || parts.length < 2) {
    const [resource = '', name = '', subresource = ''] = parts
    return { namespace: '', resource, name, subresource }
  }
  const [, namespace = '', third = ''] = parts
  // namespaces/x, namespaces/x/status and namespaces/x/finalize are about the namespace itself.
  if (parts.length === 2 || third === 'status' || third === 'finalize') {
    return { namespace, resource: 'namespaces', name: namespace, subresource: third }
  }
  const [, , resource = '', name = '', ...subresource] = parts
  return { namespace, resource, name, subresource: subresource[0] ?? '' }
}

function restOf(path: string, count: number): string {
  // Nearly all are shorter, and an expression costs more than all else here.
  if (path.split('/', count + 2).length <= count + 1) return ''
  return new RegExp(`^(?:/+[^/]+){${count}}(/.*)$`).exec(path)?.[1] ?? ''
}

function verbOf(method: string, name: string, query: URLSearchParams, legacyWatch: boolean): string {
  const verb = own(verbs, method) ?? method.toLowerCase()
  if (verb === 'delete') return name ? 'delete' : 'deletecollection'
  if (verb !== 'get') return verb
  if (legacyWatch || isTrue(query.get('watch'))) return 'watch'
  return name ? 'get' : 'list'
}

function nameSelected(verb: string, query: URLSearchParams): string {
  if (verb !== 'list' && verb !== 'watch' && verb !== 'deletecollection') return ''
  return selectedName(query.get('fieldSelector') ?? '')
}

/** The one name that a field selector selects, or nothing: such a list is authorized like that object. */
export function selectedName(fieldSelector: string): string {
  return /(?:^|,)metadata\.name==?([^,]+)(?:,|$)/.exec(fieldSelector)?.[1] ?? ''
}

/** True for a query parameter that is set and not negated, as Go's strconv and conversion read it. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== 'false' && value !== '0'
}
