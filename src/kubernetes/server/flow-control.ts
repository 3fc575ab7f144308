// Owns which flow a request belongs to: the first flow schema that matches it, and how that tells requests apart.
// Source: apiserver pkg/util/flowcontrol/{rule.go,formatting.go,apf_controller.go}.
import type {
  FlowSchema,
  FlowcontrolSubject,
  NonResourcePolicyRule,
  PriorityLevelConfiguration,
  ResourcePolicyRule,
} from '../../../generated/kubernetes.d.ts'
import { onAbort } from '../../base/abort.ts'
import type { Storage } from '../registry/storage.ts'
import { flowSchemaKind } from '../resources/flow-schema.ts'
import { priorityLevelConfigurationKind } from '../resources/priority-level-configuration.ts'
import type { RequestAttributes, UserInfo } from './ports.ts'

/** Where a request waits, and what its answer says of that. */
export interface Flow {
  /** Requests of one key wait in one line. */
  readonly key: string
  /** How many requests may wait in the line; Infinity for those that are never refused. */
  readonly maximumWaiting: number
  readonly headers: Readonly<Record<string, string>>
}

interface Level {
  readonly schema: FlowSchema
  readonly level: PriorityLevelConfiguration
}

// For the moments in which there are no flow schemas: while a cluster starts.
const NO_FLOW: Omit<Flow, 'key'> = { maximumWaiting: 300, headers: {} }
const DEFAULT_PRECEDENCE = 1000
// Such a level has nobody wait for a seat; but here everybody waits for the end of a turn.
const UNQUEUED = 50

/** Sorts requests by the flow schemas that are stored. */
export class FlowControl {
  readonly #storage: Storage
  #schemas: readonly Level[] | undefined

  constructor(storage: Storage, closing: AbortSignal) {
    this.#storage = storage
    for (const kind of [flowSchemaKind, priorityLevelConfigurationKind]) {
      const stop = storage.watch(kind, { afterRevision: storage.revision }, () => (this.#schemas = undefined))
      onAbort(closing, stop)
    }
  }

  /** The flow of a request. */
  classify(attributes: RequestAttributes): Flow {
    this.#schemas ??= this.#read()
    const found = this.#schemas.find(({ schema }) => matchesSchema(schema, attributes))
    if (!found) return { ...NO_FLOW, key: attributes.user.username }
    const { schema, level } = found
    const { distinguisherMethod } = schema.spec ?? {}
    return {
      key: `${schema.metadata.name}/${distinguisher(distinguisherMethod?.type, attributes)}`,
      maximumWaiting: maximumWaiting(level),
      headers: {
        'x-kubernetes-pf-flowschema-uid': schema.metadata.uid,
        'x-kubernetes-pf-prioritylevel-uid': level.metadata.uid,
      },
    }
  }

  #read(): readonly Level[] {
    const levels = new Map(
      this.#storage.list(priorityLevelConfigurationKind).items.map((level) => [level.metadata.name, level]),
    )
    const precedence = ({ spec }: FlowSchema): number => spec?.matchingPrecedence ?? DEFAULT_PRECEDENCE
    return this.#storage
      .list(flowSchemaKind)
      .items.toSorted((a, b) => precedence(a) - precedence(b) || (a.metadata.name < b.metadata.name ? -1 : 1))
      .flatMap((schema) => {
        const level = levels.get(schema.spec?.priorityLevelConfiguration.name ?? '')
        return level ? [{ schema, level }] : []
      })
  }
}

function distinguisher(method: string | undefined, { user, namespace }: RequestAttributes): string {
  if (method === 'ByUser') return user.username
  return method === 'ByNamespace' ? namespace : ''
}

// A flow is dealt a hand of queues, each of which holds so many.
function maximumWaiting({ spec }: PriorityLevelConfiguration): number {
  if (spec?.type === 'Exempt') return Infinity
  const { queuing } = spec?.limited?.limitResponse ?? {}
  if (!queuing) return UNQUEUED
  return (queuing.handSize ?? 0) * (queuing.queueLengthLimit ?? 0)
}

function matchesSchema({ spec }: FlowSchema, attributes: RequestAttributes): boolean {
  return (spec?.rules ?? []).some(
    ({ subjects, resourceRules = [], nonResourceRules = [] }) =>
      subjects.some((subject) => matchesSubject(subject, attributes.user)) &&
      (attributes.path === undefined
        ? resourceRules.some((rule) => matchesResource(rule, attributes))
        : nonResourceRules.some((rule) => matchesPath(rule, attributes))),
  )
}

function matchesSubject(subject: FlowcontrolSubject, { username, groups }: UserInfo): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.user?.name === '*' || subject.user?.name === username
    case 'Group':
      return subject.group?.name === '*' || groups.includes(subject.group?.name ?? '')
    case 'ServiceAccount': {
      const { namespace = '', name = '' } = subject.serviceAccount ?? {}
      const prefix = `system:serviceaccount:${namespace}:`
      return name === '*' ? username.startsWith(prefix) : username === `${prefix}${name}`
    }
    default:
      return false
  }
}

function includes(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value)
}

function matchesResource(rule: ResourcePolicyRule, attributes: RequestAttributes): boolean {
  const { verb, group, resource, subresource, namespace } = attributes
  const full = subresource === '' ? resource : `${resource}/${subresource}`
  const isInScope = namespace === '' ? rule.clusterScope === true : includes(rule.namespaces ?? [], namespace)
  return (
    isInScope &&
    includes(rule.verbs, verb) &&
    includes(rule.apiGroups, group) &&
    includes(rule.resources, full)
  )
}

function matchesPath(rule: NonResourcePolicyRule, { verb, path = '' }: RequestAttributes): boolean {
  return (
    includes(rule.verbs, verb) &&
    rule.nonResourceURLs.some((url) => {
      if (url === '*' || url === path) return true
      return url.endsWith('/*') && path.startsWith(url.slice(0, -1))
    })
  )
}
