// Owns the OpenAPI v3 documents of the API server: the index and one document a group and version.
import { apiRoot, groupVersionOf, parseGroupVersion } from '../../rules/kubernetes/resource-names.ts'
import { createHash } from 'node:crypto'

import { typeNameOf, hasType } from './fields.ts'
import { schemaOf, type ObjectSchema } from './object-schema.ts'
import { refTo, schemaRef, schemasOf } from './openapi-schema.ts'

type Json = Record<string, unknown>

/** What the documents need to know of a served resource; the kinds of resources/ have this shape. */
export interface ServedResource {
  readonly resource: {
    /** `''` for the core group. */
    readonly group: string
    readonly version: string
    readonly plural: string
    readonly kind: string
    readonly namespaced: boolean
  }
  readonly schema: ObjectSchema
  readonly status: boolean
  /** What can be done with its objects, e.g. `list`. */
  readonly verbs: readonly string[]
  /** Set when there is a scale subresource. */
  readonly scale?: unknown
  readonly subresources: readonly {
    readonly name: string
    readonly kind: string
    readonly group?: string
    readonly version?: string
    readonly verbs: readonly string[]
  }[]
}

/** A schema that the document refers to. */
interface Body {
  readonly ref: Json
  readonly groupVersionKind: Json
}

interface Target {
  readonly served: ServedResource
  /** Schema of the body. */
  readonly body: Body
  readonly path: string
  /** `Namespaced` and the like are part of operation ids. */
  readonly id: string
}

const MEDIA_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']
const SCALE = 'autoscaling/v1.Scale'
const STATUS = schemaRef('meta/v1.Status')
const STRATEGIC = 'application/strategic-merge-patch+json'
const PATCH_MEDIA_TYPES = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  STRATEGIC,
]

// Every kubectl asks for the index, and the schemas of custom kinds are long: each is digested once.
const customDigests = new WeakMap<ObjectSchema, string>()

function customDigest(schema: ObjectSchema): string | undefined {
  if (!schema.custom) return undefined
  const known = customDigests.get(schema) ?? digest(schema.custom.openApi().schemas)
  customDigests.set(schema, known)
  return known
}

function digest(value: unknown): string {
  return createHash('sha512').update(JSON.stringify(value)).digest('hex')
}

/** The body of `/openapi/v3`: the path of each document, with a hash so that clients may cache it. */
export function openApiIndex(resources: readonly ServedResource[]): Json {
  const paths: Json = {}
  for (const [root, served] of byRoot(resources)) {
    const names = served.map(({ resource, status, scale, subresources, schema }) => [
      resource,
      status,
      scale !== undefined,
      subresources.map(({ name, kind, verbs }) => [name, kind, verbs]),
      customDigest(schema),
    ])
    const hash = digest(names).toUpperCase()
    paths[root] = { serverRelativeURL: `/openapi/v3/${root}?hash=${hash}` }
  }
  return { paths }
}

/**
 * The document of one root, `api/v1` or `apis/apps/v1` (the part of the path after `/openapi/v3/`); undefined
 * when nothing of it is served. Enough for `kubectl explain`, for the client-side decision to validate on the
 * server, and for schema-reading clients.
 */
export function openApiDocument(root: string, resources: readonly ServedResource[]): Json | undefined {
  const served = byRoot(resources).get(root)
  if (!served) return undefined
  const paths: Json = {}
  const own: Json = {}
  const types = new Set<string>(
    ['meta/v1.Status', 'meta/v1.DeleteOptions', 'meta/v1.WatchEvent'].filter(hasType),
  )
  for (const one of served) {
    const { type, custom } = one.schema
    if (custom) Object.assign(own, custom.openApi().schemas)
    if (type !== undefined) types.add(type)
    if (hasType(`${type}List`)) types.add(`${type}List`)
    addResource(paths, root, one)
    for (const target of subresourceTargets(root, one)) {
      if (target.type !== undefined) types.add(target.type)
      paths[target.path] = subresourceItem(target)
    }
  }
  if (Object.keys(own).length > 0) OF_CUSTOM.forEach((type) => types.add(type))
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths: Object.fromEntries(Object.entries(paths).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    components: { schemas: { ...schemasOf(types), ...patchSchema, ...own } },
  }
}

// What the schemas of custom resources refer to.
const OF_CUSTOM = ['meta/v1.ObjectMeta', 'meta/v1.ListMeta']

const PATCH_NAME = 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch'
const patchSchema: Json = { [PATCH_NAME]: { type: 'object' } }

function byRoot(resources: readonly ServedResource[]): Map<string, ServedResource[]> {
  const roots = new Map<string, ServedResource[]>()
  for (const served of resources) {
    // Without the slash that it begins with.
    const root = apiRoot(served.resource).slice(1)
    const list = roots.get(root)
    if (list) list.push(served)
    else roots.set(root, [served])
  }
  return new Map([...roots].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function addResource(paths: Json, root: string, served: ServedResource): void {
  const { plural, kind, namespaced } = served.resource
  const base = namespaced ? `/${root}/namespaces/{namespace}/${plural}` : `/${root}/${plural}`
  const id = `${namespaced ? 'Namespaced' : ''}${kind}`
  const target = (path: string): Target => ({ served, body: bodyOf(served.schema), path, id })
  const list = listOf(served.schema)
  if (namespaced) {
    const all = target(`/${root}/${plural}`)
    paths[all.path] = { get: operation(all, 'list', { answer: list, id: `${kind}ForAllNamespaces` }) }
  }
  const collection = target(base)
  const may = (verb: string, method: Json): Json => (served.verbs.includes(verb) ? method : {})
  paths[base] = {
    get: operation(collection, 'list', { answer: list }),
    ...may('create', { post: operation(collection, 'post', { body: true }) }),
    ...may('deletecollection', {
      delete: operation(collection, 'deletecollection', { answer: STATUS }),
    }),
    ...pathParameters(namespaced, false),
  }
  const item = target(`${base}/{name}`)
  paths[item.path] = {
    get: operation(item, 'get', {}),
    ...may('update', { put: operation(item, 'put', { body: true }) }),
    ...may('patch', { patch: operation(item, 'patch', { body: true }) }),
    ...may('delete', { delete: operation(item, 'delete', { answer: STATUS }) }),
    ...pathParameters(namespaced, true),
  }
}

/** The body that an object of a schema is. */
function bodyOf(schema: ObjectSchema): Body {
  const { apiVersion, kind, type, custom } = schema
  const ref = custom ? refTo(custom.openApi().name) : schemaRef(type ?? kind)
  return { ref, groupVersionKind: { ...parseGroupVersion(apiVersion), kind } }
}

function listOf({ type, custom }: ObjectSchema): Json {
  if (custom) return refTo(custom.openApi().listName)
  const name = type ?? ''
  return schemaRef(hasType(`${name}List`) ? `${name}List` : name)
}

function subresourceTargets(root: string, served: ServedResource): (Target & { readonly type?: string })[] {
  const { plural, kind, namespaced } = served.resource
  const base = namespaced ? `/${root}/namespaces/{namespace}/${plural}/{name}` : `/${root}/${plural}/{name}`
  const id = (name: string): string =>
    `${namespaced ? 'Namespaced' : ''}${kind}${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const targets: (Target & { readonly type?: string })[] = []
  if (served.status)
    targets.push({ served, body: bodyOf(served.schema), path: `${base}/status`, id: id('status') })
  if (served.scale !== undefined) {
    targets.push({ served, ...ofType(SCALE), path: `${base}/scale`, id: id('scale') })
  }
  for (const { name, kind: bodyKind, group, version } of served.subresources) {
    const owner = served.resource
    const bodyGroup = group ?? owner.group
    const bodyVersion = version ?? owner.version
    const type = typeNameOf(groupVersionOf({ group: bodyGroup, version: bodyVersion }), bodyKind)
    if (type && !targets.some((target) => target.path === `${base}/${name}`)) {
      targets.push({ served, ...ofType(type), path: `${base}/${name}`, id: id(name) })
    }
  }
  return targets
}

function ofType(type: string): { readonly type: string; readonly body: Body } {
  return { type, body: bodyOf(schemaOf(type)) }
}

function subresourceItem(target: Target): Json {
  const name = target.path.slice(target.path.lastIndexOf('/') + 1)
  const declared = target.served.subresources.find((subresource) => subresource.name === name)
  const verbs = declared?.verbs ?? ['get', 'update', 'patch']
  return {
    ...(verbs.includes('get') ? { get: operation(target, 'get', {}) } : {}),
    ...(verbs.includes('create') ? { post: operation(target, 'post', { body: true }) } : {}),
    ...(verbs.includes('update') ? { put: operation(target, 'put', { body: true }) } : {}),
    ...(verbs.includes('patch') ? { patch: operation(target, 'patch', { body: true }) } : {}),
    ...pathParameters(target.served.resource.namespaced, true),
  }
}

const OPERATION_IDS: Readonly<Record<string, string>> = {
  list: 'list',
  get: 'read',
  post: 'create',
  put: 'replace',
  patch: 'patch',
  delete: 'delete',
  deletecollection: 'deleteCollection',
}

interface OperationOptions {
  readonly body?: boolean
  /** Reference to the schema of the answer; the target's own by default. */
  readonly answer?: Json
  readonly id?: string
}

function operation(target: Target, action: string, options: OperationOptions): Json {
  const { group, version } = target.served.resource
  const tag = `${group === '' ? 'core' : (group.split('.')[0] ?? '')}_${version}`
  const idTag = tag
    .split('_')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')
  const answer = { schema: options.answer ?? target.body.ref }
  const isWrite = action === 'post' || action === 'put' || action === 'patch'
  return {
    tags: [tag],
    operationId: `${OPERATION_IDS[action]}${idTag}${options.id ?? target.id}`,
    ...(isWrite ? { parameters: writeParameters(action) } : {}),
    ...(options.body ? { requestBody: requestBody(target, action) } : {}),
    responses: {
      '200': { description: 'OK', content: Object.fromEntries(MEDIA_TYPES.map((media) => [media, answer])) },
      '401': { description: 'Unauthorized' },
    },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': target.body.groupVersionKind,
  }
}

function requestBody(target: Target, action: string): Json {
  if (action !== 'patch') return { content: { '*/*': { schema: target.body.ref } }, required: true }
  const schema = { $ref: `#/components/schemas/${PATCH_NAME}` }
  // kubectl apply sends a strategic patch to whatever is said to take one; custom resources do not.
  const taken = target.served.schema.custom
    ? PATCH_MEDIA_TYPES.filter((media) => media !== STRATEGIC)
    : PATCH_MEDIA_TYPES
  return { content: Object.fromEntries(taken.map((media) => [media, { schema }])), required: true }
}

/** kubectl decides by these whether the server can validate fields and dry-run. */
function writeParameters(action: string): Json[] {
  const names = ['dryRun', 'fieldManager', 'fieldValidation']
  const parameters: Json[] = names.map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string', uniqueItems: true },
  }))
  if (action === 'patch')
    parameters.push({ name: 'force', in: 'query', schema: { type: 'boolean', uniqueItems: true } })
  return parameters
}

function pathParameters(namespaced: boolean, named: boolean): Json {
  const names = [...(named ? ['name'] : []), ...(namespaced ? ['namespace'] : [])]
  const parameters: Json[] = names.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', uniqueItems: true },
  }))
  return {
    parameters: [
      ...parameters,
      { name: 'pretty', in: 'query', schema: { type: 'string', uniqueItems: true } },
    ],
  }
}
