// Owns definitions of the Gateway API for tests: names, versions and defaults of its release 1.6, and every field let in.
// What its published definitions refuse is not tried here.
import {
  define,
  listOf,
  open,
  STRING,
  type Definition,
  type Schema,
} from '../../src/rules/load-balancer/chart/definition.ts'

const GROUP = 'gateway.networking.k8s.io'

/** An object with more than what is said. */
const some = (properties: Schema): Schema => ({ ...open, properties })
const preset = (value: unknown, schema: Schema = STRING): Schema => ({ ...schema, default: value })

const UNKNOWN = {
  lastTransitionTime: '1970-01-01T00:00:00Z',
  message: 'Waiting for controller',
  reason: 'Pending',
  status: 'Unknown',
}
const waiting = (...types: readonly string[]): Schema => {
  const conditions = types.map((type) => ({ ...UNKNOWN, type }))
  return preset({ conditions }, some({ conditions: preset(conditions, listOf(open)) }))
}

const listeners = listOf(
  some({
    allowedRoutes: preset(
      { namespaces: { from: 'Same' } },
      some({
        namespaces: preset({ from: 'Same' }, some({ from: preset('Same') })),
        kinds: listOf(some({ group: preset(GROUP) })),
      }),
    ),
    tls: some({ mode: preset('Terminate') }),
  }),
)
const parent = some({ group: preset(GROUP), kind: preset('Gateway') })
const backends = listOf(
  some({ group: preset(''), kind: preset('Service'), weight: preset(1, { type: 'integer' }) }),
)
const exact = listOf(some({ type: preset('Exact') }))
const everything = { path: { type: 'PathPrefix', value: '/' } }

/** The rules of a kind of routes. */
const RULES: Readonly<Record<string, Schema>> = {
  HTTPRoute: preset(
    [{ matches: [everything] }],
    listOf(
      some({
        matches: preset(
          [everything],
          listOf(
            some({
              path: preset(everything.path, some({ type: preset('PathPrefix'), value: preset('/') })),
              headers: exact,
              queryParams: exact,
            }),
          ),
        ),
        filters: listOf(some({ requestRedirect: some({ statusCode: preset(302, { type: 'integer' }) }) })),
        backendRefs: backends,
      }),
    ),
  ),
  GRPCRoute: listOf(
    some({
      matches: listOf(some({ method: some({ type: preset('Exact') }), headers: exact })),
      backendRefs: backends,
    }),
  ),
  TCPRoute: listOf(some({ backendRefs: backends })),
  UDPRoute: listOf(some({ backendRefs: backends })),
  TLSRoute: listOf(some({ backendRefs: backends })),
}

function kind(
  name: string,
  spec: Schema,
  more: { readonly status?: Schema; readonly scope?: 'Cluster' } = {},
): Definition {
  const { scope = 'Namespaced', status = open } = more
  const plural = name === 'GatewayClass' ? 'gatewayclasses' : `${name.toLowerCase()}s`
  const version = name === 'ReferenceGrant' ? 'v1beta1' : 'v1'
  const { metadata, ...definition } = define(
    { group: GROUP, kind: name, plural, scope, version },
    { spec, status, columns: [] },
  )
  // The server wants this of everything in the group.
  const annotations = {
    'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api/pull/4906',
  }
  return { ...definition, metadata: { ...metadata, annotations } } as Definition
}

/** All kinds that the load balancer controller reads. */
export const gatewayApi: readonly Definition[] = [
  kind('GatewayClass', open, { status: waiting('Accepted'), scope: 'Cluster' }),
  kind(
    'Gateway',
    some({
      listeners,
      allowedListeners: some({ namespaces: preset({ from: 'None' }, some({ from: preset('None') })) }),
    }),
    { status: waiting('Accepted', 'Programmed') },
  ),
  kind('ListenerSet', some({ parentRef: parent, listeners }), { status: waiting('Accepted', 'Programmed') }),
  ...Object.entries(RULES).map(([name, rules]) => kind(name, some({ parentRefs: listOf(parent), rules }))),
  kind('ReferenceGrant', open),
]
