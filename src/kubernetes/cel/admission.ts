// Owns what expressions of admission can see: the objects, the request, parameters, the authorizer, their variables.
// Source: apiserver pkg/admission/plugin/cel/{compile,composition}.go.
import { deepEqual } from '../../base/json.ts'
import { CelEnvironment } from './environment.ts'
import { AUTHORIZER_TYPE, registerAuthorizer } from './library/authorizer.ts'

export interface AdmissionVariables {
  readonly hasParams: boolean
  readonly hasAuthorizer: boolean
  /** Types of `variables.NAME`, where the expression may use them. */
  readonly variables?: Readonly<Record<string, string>>
  /** What is known of the objects; without it they may be anything. */
  readonly typed?: TypedObjects
}

/** Names of types, and the environment that knows them. */
export interface TypedObjects {
  readonly environment: CelEnvironment
  readonly object: string
  readonly params?: string | undefined
}

/** The value of `variables`: each of them is worked out when it is first asked for. */
export class LazyVariables {
  constructor(values: Readonly<Record<string, () => unknown>>) {
    for (const [name, value] of Object.entries(values)) {
      let result: { readonly value: unknown } | undefined
      Object.defineProperty(this, name, {
        enumerable: true,
        get: () => (result ??= { value: value() }).value,
      })
    }
  }
}

// By name, those that are parts of others first.
const TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'kubernetes.GroupVersionKind': { group: 'string', version: 'string', kind: 'string' },
  'kubernetes.GroupVersionResource': { group: 'string', version: 'string', resource: 'string' },
  'kubernetes.UserInfo': {
    username: 'string',
    uid: 'string',
    groups: 'list<string>',
    extra: 'map<string, list<string>>',
  },
  'kubernetes.AdmissionRequest': {
    kind: 'kubernetes.GroupVersionKind',
    resource: 'kubernetes.GroupVersionResource',
    subResource: 'string',
    requestKind: 'kubernetes.GroupVersionKind',
    requestResource: 'kubernetes.GroupVersionResource',
    requestSubResource: 'string',
    name: 'string',
    namespace: 'string',
    operation: 'string',
    userInfo: 'kubernetes.UserInfo',
    dryRun: 'bool',
    options: 'dyn',
  },
  'kubernetes.NamespaceSpec': { finalizers: 'list<string>' },
  'kubernetes.NamespaceCondition': {
    status: 'string',
    type: 'string',
    lastTransitionTime: 'google.protobuf.Timestamp',
    message: 'string',
    reason: 'string',
  },
  'kubernetes.NamespaceStatus': { conditions: 'list<kubernetes.NamespaceCondition>', phase: 'string' },
  'kubernetes.NamespaceMetadata': {
    name: 'string',
    generateName: 'string',
    namespace: 'string',
    labels: 'map<string, string>',
    annotations: 'map<string, string>',
    UID: 'string',
    creationTimestamp: 'google.protobuf.Timestamp',
    deletionGracePeriodSeconds: 'int',
    deletionTimestamp: 'google.protobuf.Timestamp',
    generation: 'int',
    resourceVersion: 'string',
    finalizers: 'list<string>',
  },
  'kubernetes.Namespace': {
    metadata: 'kubernetes.NamespaceMetadata',
    spec: 'kubernetes.NamespaceSpec',
    status: 'kubernetes.NamespaceStatus',
  },
}
const VARIABLES_TYPE = 'kubernetes.variables'

// Those without variables are few, and the same for everybody.
const shared = new Map<string, CelEnvironment>()

/** The environment that an expression of admission is compiled in. */
export function admissionEnvironment(options: AdmissionVariables): CelEnvironment {
  const { hasParams, hasAuthorizer, variables, typed } = options
  if (variables || typed) return build(options)
  const key = `${hasParams} ${hasAuthorizer}`
  const environment = shared.get(key) ?? build(options)
  shared.set(key, environment)
  return environment
}

function isSame(a: unknown, b: unknown): boolean {
  return deepEqual(plain(a), plain(b))
}

// The library has values of a type in maps.
function plain(value: unknown): unknown {
  if (!(value instanceof Map)) return value
  return Object.fromEntries(Array.from(value, ([key, item]) => [String(key), plain(item)]))
}

function build({ hasParams, hasAuthorizer, variables, typed }: AdmissionVariables): CelEnvironment {
  return new CelEnvironment(
    {},
    {
      from: typed?.environment,
      isExact: true,
      extend: (environment) => {
        for (const [name, fields] of Object.entries(TYPES)) {
          environment
            .registerType(name, { fields })
            .registerOperator(`${name} == ${name}`, isSame)
            // Either way round.
            .registerOperator(`${name} == null`, (a: unknown, b: unknown) => a === null && b === null)
        }
        environment
          .registerVariable('object', typed?.object ?? 'dyn')
          .registerVariable('oldObject', typed?.object ?? 'dyn')
          .registerVariable('namespaceObject', 'kubernetes.Namespace')
          .registerVariable('request', 'kubernetes.AdmissionRequest')
        if (hasParams) environment.registerVariable('params', typed?.params ?? 'dyn')
        if (hasAuthorizer) {
          registerAuthorizer(environment)
          environment.registerVariable('authorizer', AUTHORIZER_TYPE)
        }
        if (variables) {
          environment
            .registerType(VARIABLES_TYPE, { ctor: LazyVariables, fields: { ...variables } })
            .registerVariable('variables', VARIABLES_TYPE)
        }
      },
    },
  )
}
