// Owns what expressions of admission can see: the objects, the request, parameters, the authorizer, their variables.
// Source: apiserver pkg/admission/plugin/cel/{compile,composition}.go.
import { CelEnvironment } from './environment.ts'
import { AUTHORIZER_TYPE, registerAuthorizer } from './library/authorizer.ts'

export interface AdmissionVariables {
  readonly hasParams: boolean
  readonly hasAuthorizer: boolean
  /** Types of `variables.NAME`, where the expression may use them. */
  readonly variables?: Readonly<Record<string, string>>
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

const kindType = { group: 'string', version: 'string', kind: 'string' }
const resourceType = { group: 'string', version: 'string', resource: 'string' }
const requestType = {
  kind: kindType,
  resource: resourceType,
  subResource: 'string',
  requestKind: kindType,
  requestResource: resourceType,
  requestSubResource: 'string',
  name: 'string',
  namespace: 'string',
  operation: 'string',
  userInfo: {
    username: 'string',
    uid: 'string',
    groups: 'list<string>',
    extra: 'map<string, list<string>>',
  },
  dryRun: 'bool',
  options: 'dyn',
}
const VARIABLES_TYPE = 'kubernetes.variables'

// Those without variables are few, and the same for everybody.
const shared = new Map<string, CelEnvironment>()

/** The environment that an expression of admission is compiled in. */
export function admissionEnvironment(options: AdmissionVariables): CelEnvironment {
  const { hasParams, hasAuthorizer, variables } = options
  if (variables) return build(options)
  const key = `${hasParams} ${hasAuthorizer}`
  const environment = shared.get(key) ?? build(options)
  shared.set(key, environment)
  return environment
}

function build({ hasParams, hasAuthorizer, variables }: AdmissionVariables): CelEnvironment {
  return new CelEnvironment(
    { object: 'dyn', oldObject: 'dyn', namespaceObject: 'dyn', ...(hasParams ? { params: 'dyn' } : {}) },
    (environment) => {
      environment.registerVariable({ name: 'request', schema: requestType })
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
  )
}
