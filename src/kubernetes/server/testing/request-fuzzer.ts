// Owns random requests to a Kubernetes API, the same for the same seed: right ones, wrong ones and damaged ones.
import { readFileSync } from 'node:fs'

import { stringify } from 'yaml'

import { isObject } from '../../../base/json.ts'
import { apiRoot } from '../../../rules/kubernetes/resource-names.ts'
import type { Kind } from '../../resources/kind.ts'
import { typeNames } from '../../schema/fields.ts'
import { encodeProtobuf, hasProtobuf } from '../../schema/protobuf.ts'
import { sampleObject, seededRandom, type Random } from '../../schema/testing/sample.ts'
import {
  ACCEPTS,
  BODY_TYPES,
  KEYS,
  NAMES,
  NAMESPACES,
  NASTY,
  PATCH_TYPES,
  PATHS,
  QUERY,
  RAW_TEXTS,
  REVIEWS,
  REVIEW_TYPES,
  SELECTORS,
  SUBRESOURCES,
  SUBRESOURCE_TYPES,
  VALUES,
  YAML_TEXTS,
} from './fuzz-data.ts'

export interface FuzzRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

type Json = Record<string, unknown>

const PLAIN_POD = {
  containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }], env: [{ name: 'A', value: 'b' }] }],
}

/** A body that the API server takes, by kind: what it stored is in the same file. */
function acceptedObjects(): ReadonlyMap<string, Json> {
  accepted ??= new Map(
    readFileSync(new URL('../../resources/testing/stored.jsonl', import.meta.url), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly kind: string; readonly sent: Json })
      .map(({ kind, sent }) => [kind, sent]),
  )
  return accepted
}

let accepted: ReadonlyMap<string, Json> | undefined

/** An endless supply of requests for what an API server serves. */
export class RequestFuzzer {
  readonly #random: Random
  readonly #kinds: readonly Kind[]

  constructor(seed: number, kinds: readonly Kind[]) {
    this.#random = seededRandom(seed)
    this.#kinds = kinds
  }

  next(): FuzzRequest {
    const kind = this.#pick(this.#kinds)
    const way = this.#random()
    if (way < 0.22) return this.#request('POST', this.#collection(kind), this.#objectBody(kind))
    if (way < 0.34) return this.#write('PUT', kind, '')
    if (way < 0.56) return this.#write('PATCH', kind, '')
    if (way < 0.66) return this.#request('GET', this.#collection(kind))
    if (way < 0.7) return this.#request('GET', this.#item(kind))
    if (way < 0.76) return this.#request('GET', this.#withQuery(this.#collection(kind), 'watch=1'))
    if (way < 0.82) return this.#delete(kind)
    if (way < 0.92) return this.#subresource(kind)
    if (way < 0.95) return this.#request('POST', this.#pick(REVIEWS), this.#typed(this.#pick(REVIEW_TYPES)))
    if (way < 0.98) return this.#request(this.#chance(0.8) ? 'GET' : 'POST', this.#pick(PATHS))
    const method = this.#pick(['OPTIONS', 'HEAD', 'TRACE', 'constructor', 'PUT', 'DELETE'])
    return this.#request(method, this.#collection(kind), this.#objectBody(kind))
  }

  #pick<T>(list: readonly T[]): T {
    // Lists here are never empty.
    return list[Math.floor(this.#random() * list.length)] as T
  }

  #chance(share: number): boolean {
    return this.#random() < share
  }

  #request(method: string, url: string, body?: Body): FuzzRequest {
    return {
      method,
      url: this.#chance(0.25) ? this.#withQuery(url, this.#query()) : url,
      headers: { ...this.#headers(), ...(body ? { 'content-type': body.type } : {}) },
      ...(body ? { body: body.bytes } : {}),
    }
  }

  #collection({ resource }: Kind): string {
    const { plural, namespaced } = resource
    const root = apiRoot(resource)
    const inNamespace = this.#chance(0.95) ? namespaced : !namespaced
    return `${root}${inNamespace ? `/namespaces/${encodeURIComponent(this.#pick(NAMESPACES))}` : ''}/${plural}`
  }

  #item(kind: Kind, name = this.#name()): string {
    return `${this.#collection(kind)}/${this.#chance(0.98) ? encodeURIComponent(name) : '%E0%A4'}`
  }

  #withQuery(url: string, query: string): string {
    return query ? `${url}${url.includes('?') ? '&' : '?'}${query}` : url
  }

  #query(): string {
    const count = 1 + Math.floor(this.#random() * 3)
    return Array.from({ length: count }, () => {
      const group = this.#pick(Object.values(QUERY))
      const name = this.#pick<string>(group)
      const value = group === QUERY.selectors ? this.#pick(SELECTORS) : this.#pick(VALUES)
      return `${name}=${this.#chance(0.97) ? encodeURIComponent(value.toWellFormed()) : '%'}`
    }).join('&')
  }

  #headers(): Record<string, string> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${this.#chance(0.97) ? 'admin' : 'user:x'}`,
    }
    if (this.#chance(0.1)) headers['accept'] = this.#pick(ACCEPTS)
    if (this.#chance(0.02))
      headers['impersonate-user'] = this.#pick(['x', 'system:serviceaccount:default:a', ''])
    if (this.#chance(0.01)) headers['impersonate-group'] = 'x,'
    if (this.#chance(0.01)) headers['impersonate-extra-%'] = 'x'
    if (this.#chance(0.05)) headers['user-agent'] = this.#pick(['', '/', 'x/1', 'é'.repeat(200)])
    return headers
  }

  /** A replacement or a patch; it is mostly of the object that the path names. */
  #write(method: 'PUT' | 'PATCH', kind: Kind, suffix: string): FuzzRequest {
    const name = this.#name()
    const url = this.#item(kind, name) + suffix
    if (method === 'PUT') return this.#request(method, url, this.#objectBody(kind, name))
    const body = this.#patchBody(kind, name)
    const isApply = body.type === PATCH_TYPES[3] && this.#chance(0.9)
    return this.#request(method, isApply ? this.#withQuery(url, 'fieldManager=m') : url, body)
  }

  #name(): string {
    return this.#chance(0.85) ? this.#pick(['a', 'b', 'c']) : this.#pick(NAMES)
  }

  #delete(kind: Kind): FuzzRequest {
    const url = this.#chance(0.85) ? this.#item(kind) : this.#collection(kind)
    if (this.#chance(0.5)) return this.#request('DELETE', url)
    return this.#request('DELETE', url, this.#typed('meta/v1.DeleteOptions'))
  }

  #subresource(kind: Kind): FuzzRequest {
    const own = [...kind.subresources.map(({ name }) => name), ...(kind.status ? ['status'] : [])]
    const name = own.length > 0 && this.#chance(0.8) ? this.#pick(own) : this.#pick(SUBRESOURCES)
    const url = `${this.#item(kind)}/${name}`
    const method = this.#pick(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
    if (method === 'GET') return this.#request(method, url)
    if (method === 'PATCH' || (method === 'PUT' && name === 'status'))
      return this.#write(method, kind, `/${name}`)
    const isStatus = name === 'status' && this.#chance(0.9)
    return this.#request(
      method,
      url,
      isStatus ? this.#objectBody(kind) : this.#typed(this.#pick(SUBRESOURCE_TYPES)),
    )
  }

  /** An object of the kind, now and then spoiled, in one of the media types. */
  #objectBody(kind: Kind, name = this.#name()): Body {
    if (this.#chance(0.04)) return this.#garbage()
    return this.#encode(
      this.#object(kind, this.#chance(0.9) ? name : this.#name()),
      this.#chance(0.97) ? (kind.schema.type ?? '') : this.#pick(typeNames()),
    )
  }

  #typed(type: string): Body {
    if (this.#chance(0.05)) return this.#garbage()
    return this.#encode(this.#spoiled(sampleObject(type, this.#random)), type)
  }

  #object(kind: Kind, name: string): Json {
    const object = sampleObject(kind.schema.type ?? '', this.#random)
    const metadata: Json = this.#chance(0.7)
      ? {}
      : { ...(isObject(object['metadata']) ? object['metadata'] : {}) }
    delete metadata['resourceVersion']
    delete metadata['uid']
    delete metadata['namespace']
    const named = this.#chance(0.97) ? { ...metadata, name } : { generateName: name }
    const whole: Json = { ...object, metadata: named }
    const bare = this.#chance(0.6) ? this.#plain(kind, whole) : whole
    return this.#spoiled(bare)
  }

  /** An object that validation is likely to accept: only so do updates have something to work on. */
  #plain({ resource }: Kind, { apiVersion, kind, metadata }: Json): Json {
    const head = { apiVersion, kind, metadata }
    switch (resource.plural) {
      case 'pods':
        return { ...head, spec: { ...PLAIN_POD, ...(this.#chance(0.5) ? { nodeName: 'n' } : {}) } }
      case 'configmaps':
        return { ...head, data: { a: '1', toString: 'x' } }
      case 'rolebindings':
      case 'clusterrolebindings':
        return { ...head, roleRef: { apiGroup: resource.group, kind: 'ClusterRole', name: 'view' } }
      case 'events':
        return { ...head, involvedObject: { namespace: 'default', name: 'x' }, reason: 'R' }
      case 'validatingwebhookconfigurations':
      case 'mutatingwebhookconfigurations':
        // Nobody answers to them: they would refuse everything that follows.
        return { ...head, webhooks: [] }
      default:
        return { ...structuredClone(acceptedObjects().get(String(kind)) ?? { spec: {} }), ...head }
    }
  }

  #spoiled(value: Json): Json {
    if (this.#chance(0.5)) return value
    const copy = structuredClone(value)
    const times = 1 + Math.floor(this.#random() * 3)
    for (let time = 0; time < times; time += 1) this.#spoil(copy)
    return copy
  }

  /** Changes one place somewhere below a value. */
  #spoil(root: Json): void {
    let at: Json | unknown[] = root
    for (let depth = 0; depth < 8; depth += 1) {
      const below = Object.values(at).filter((item) => typeof item === 'object' && item !== null)
      if (below.length === 0 || this.#chance(0.2)) break
      at = this.#pick(below) as Json | unknown[]
    }
    const keys = Object.keys(at)
    const key = keys.length > 0 && this.#chance(0.8) ? this.#pick(keys) : this.#pick(KEYS)
    if (Array.isArray(at)) {
      if (this.#chance(0.5)) at.push(this.#nasty())
      else at.splice(0, 1)
    } else if (this.#chance(0.3)) delete at[key]
    else
      Object.defineProperty(at, key, {
        value: this.#nasty(),
        enumerable: true,
        configurable: true,
        writable: true,
      })
  }

  #nasty(): unknown {
    return structuredClone(this.#pick(NASTY))
  }

  #encode(value: unknown, type: string): Body {
    const way = this.#random()
    if (way < 0.08 && hasProtobuf(type) && isObject(value)) return this.#protobuf(type)
    if (way < 0.16) return text('application/yaml', stringify(value))
    const body = text('application/json', JSON.stringify(value))
    return way < 0.19 ? { ...body, type: this.#pick(BODY_TYPES) } : body
  }

  #protobuf(type: string): Body {
    const bytes = encodeProtobuf(type, sampleObject(type, this.#random)).slice()
    const flips = this.#chance(0.5) ? Math.floor(this.#random() * 4) : 0
    for (let flip = 0; flip < flips; flip += 1) {
      bytes[Math.floor(this.#random() * bytes.length)] = Math.floor(this.#random() * 256)
    }
    const end = this.#chance(0.9) ? bytes.length : Math.floor(this.#random() * bytes.length)
    return { type: 'application/vnd.kubernetes.protobuf', bytes: bytes.subarray(0, end) }
  }

  #garbage(): Body {
    if (this.#chance(0.4)) return text('application/yaml', this.#pick(YAML_TEXTS))
    return text(this.#pick(BODY_TYPES), this.#pick(RAW_TEXTS))
  }

  #patchBody(kind: Kind, name: string): Body {
    const type = this.#chance(0.97) ? this.#pick(PATCH_TYPES) : this.#pick(BODY_TYPES)
    if (this.#chance(0.04)) return text(type, this.#pick(RAW_TEXTS))
    if (type === PATCH_TYPES[0]) return text(type, JSON.stringify(this.#jsonPatch()))
    const object = this.#object(kind, name)
    if (type === PATCH_TYPES[3])
      return text(type, this.#chance(0.7) ? JSON.stringify(object) : stringify(object))
    if (this.#chance(0.5)) delete object['metadata']
    return text(type, JSON.stringify(this.#chance(0.3) ? this.#directed(object) : object))
  }

  /** With directives of strategic merges, right and wrong. */
  #directed(object: Json): Json {
    const spec: Json = isObject(object['spec']) ? { ...object['spec'] } : {}
    const directives: readonly Json[] = [
      { $patch: this.#pick(['replace', 'delete', 'merge', 'swap', 1]) },
      { $retainKeys: this.#pick([['name'], 'name', [1], []]) },
      { '$setElementOrder/containers': this.#pick([[{ name: 'c' }], 'c', [1], [{}], [null]]) },
      { '$deleteFromPrimitiveList/finalizers': this.#pick([['a'], 'a', [1], null]) },
      {
        containers: [
          { $patch: 'delete', name: 'c' },
          this.#pick([{ name: 'd' }, null, 1, { $patch: 'delete' }]),
        ],
      },
      { ports: [{ $patch: this.#pick(['replace', 'x']) }] },
    ]
    const directive = this.#pick(directives)
    return this.#chance(0.5) ? { ...object, ...directive } : { ...object, spec: { ...spec, ...directive } }
  }

  #jsonPatch(): unknown {
    if (this.#chance(0.05)) return this.#nasty()
    const paths = [
      '',
      '/',
      '/metadata',
      '/metadata/name',
      '/metadata/labels/a',
      '/spec',
      '/spec/replicas',
      '/spec/template/spec/containers/0',
      '/spec/template/spec/containers/-',
      '/data/a',
      '/data/__proto__',
      '/__proto__/x',
      '/constructor/prototype/x',
      '/metadata/finalizers',
      '/kind',
      '/a/b/c',
      '/spec/ports/99',
      '~',
      '/~2',
      1,
    ]
    const count = 1 + Math.floor(this.#random() * 3)
    return Array.from({ length: count }, () => ({
      op: this.#pick(['add', 'remove', 'replace', 'move', 'copy', 'test', 'nope', 1]),
      path: this.#pick<unknown>(paths),
      ...(this.#chance(0.3) ? { from: this.#pick<unknown>(paths) } : {}),
      ...(this.#chance(0.85) ? { value: this.#nasty() } : {}),
    }))
  }
}

interface Body {
  readonly type: string
  readonly bytes: Uint8Array
}

function text(type: string, content: string): Body {
  return { type, bytes: Buffer.from(content) }
}
