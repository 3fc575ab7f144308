// Conditions, actions and their order, as aws-load-balancer-controller v3.5.0 has them in pkg/gateway/routeutils.
import { describe, expect, it } from 'vitest'

import { BuildError } from '../annotations.ts'
import type { Route, RouteRule } from './api.ts'
import type { ListenerRuleConfigurationSpec } from './configuration.ts'
import { rulesInOrder, type RuleUnit } from './precedence.ts'
import { actionOf, conditionsOf, transformsOf } from './rules.ts'

function routeOf(name: string, kind: Route['kind'], rules: readonly RouteRule[]): Route {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind,
    metadata: { namespace: 'shop', name, uid: name, creationTimestamp: '2026-01-01T00:00:00Z' } as never,
    spec: { rules },
  }
}

function unit(rule: RouteRule, more: { kind?: Route['kind']; config?: ListenerRuleConfigurationSpec } = {}) {
  const { kind = 'HTTPRoute', config } = more
  const loaded = { rule, backends: [], config }
  const [found] = rulesInOrder(
    [{ route: routeOf('web', kind, [rule]), rules: [loaded], problems: [] }],
    () => [],
  )
  return found as RuleUnit
}

const paths = (Values: string[]) => [{ Field: 'path-pattern', PathPatternConfig: { Values } }]

describe('conditions', () => {
  it.each([
    ['PathPrefix', '/', ['/*']],
    ['PathPrefix', '/api/', ['/api', '/api/*']],
    ['PathPrefix', '/api', ['/api', '/api/*']],
    ['Exact', '/a*', ['/a*']],
  ])('of a path %s %s', (type, value, values) => {
    expect(conditionsOf(unit({ matches: [{ path: { type, value } }] }))).toEqual(paths(values))
  })

  it('of a regular expression, headers, a query and a method', () => {
    const match = {
      path: { type: 'RegularExpression', value: '^/v[0-9]+' },
      headers: [
        { type: 'Exact', name: 'x-one', value: String.raw`a,b\,c` },
        { type: 'RegularExpression', name: 'x-two', value: 'a|b' },
      ],
      queryParams: [{ type: 'Exact', name: 'q', value: '1' }],
      method: 'POST',
    }
    expect(conditionsOf(unit({ matches: [match] }))).toEqual([
      { Field: 'path-pattern', PathPatternConfig: { RegexValues: ['^/v[0-9]+'] } },
      { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'x-one', Values: ['a', 'b,c'] } },
      { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'x-two', RegexValues: ['a|b'] } },
      { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'q', Value: '1' }] } },
      { Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['POST'] } },
    ])
  })

  it.each([
    [{ service: 'a.B', method: 'C' }, '/a.B/C'],
    [{ service: 'a.B' }, '/a.B/*'],
    [{ method: 'C' }, '/*/C'],
  ])('of a GRPCRoute %j', (method, path) => {
    expect(conditionsOf(unit({ matches: [{ method }] }, { kind: 'GRPCRoute' }))).toEqual(paths([path]))
  })

  it('of source addresses go to the matches that are named', () => {
    const config = {
      conditions: [
        { field: 'source-ip', sourceIPConfig: { values: ['10.0.0.0/8'] } },
        { field: 'source-ip', sourceIPConfig: { values: ['192.168.0.0/16'] }, matchIndexes: [1] },
      ],
    }
    const sources = conditionsOf(unit({ matches: [{}] }, { config }))
    expect(sources).toEqual([{ Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.0/8'] } }])
  })

  it('of a prefix with a wildcard are refused', () => {
    const wrong = unit({ matches: [{ path: { type: 'PathPrefix', value: '/a*' } }] })
    expect(() => conditionsOf(wrong)).toThrow("prefix path shouldn't contain wildcards: /a*")
  })
})

describe('actions', () => {
  const group = { resourceId: 'a', weight: 1 }

  it('forward with the weights of the backends', () => {
    const groups = [group, { resourceId: 'b', weight: 9 }]
    expect(actionOf(unit({}), groups)).toEqual({ Type: 'forward', groups })
  })

  it('forward with stickiness', () => {
    const targetGroupStickinessConfig = { enabled: true, durationSeconds: 60 }
    const config = { actions: [{ type: 'forward', forwardConfig: { targetGroupStickinessConfig } }] }
    expect(actionOf(unit({}, { config }), [group])).toMatchObject({
      stickiness: { Enabled: true, DurationSeconds: 60 },
    })
  })

  it.each([[[]], [[{ ...group, weight: 0 }]]])('answer 500 where nothing is to be had: %j', (groups) => {
    expect(actionOf(unit({}), groups)).toMatchObject({ FixedResponseConfig: { StatusCode: '500' } })
  })

  it('redirect with the standard port of a scheme, and the query of the configuration', () => {
    const requestRedirect = { scheme: 'https', hostname: 'a.example.com', statusCode: 301 }
    const config = { actions: [{ type: 'redirect', redirectConfig: { query: 'x=1' } }] }
    const filters = [{ type: 'RequestRedirect', requestRedirect }]
    expect(actionOf(unit({ filters }, { config }), [group])).toEqual({
      Type: 'redirect',
      RedirectConfig: {
        Host: 'a.example.com',
        Port: '443',
        Protocol: 'HTTPS',
        Query: 'x=1',
        StatusCode: 'HTTP_301',
      },
    })
  })

  it.each([
    [
      [{ type: 'RequestMirror' }],
      'HTTPRoute',
      /^Unsupported filter type: RequestMirror\. Only request redirect/,
    ],
    [
      [{ type: 'RequestHeaderModifier' }],
      'GRPCRoute',
      /^Unsupported filter type: RequestHeaderModifier\. To/,
    ],
    [[{ type: 'RequestRedirect', requestRedirect: { scheme: 'ftp' } }], 'HTTPRoute', /redirect scheme: FTP/],
  ] as const)('refuse %j', (filters, kind, message) => {
    expect(() => actionOf(unit({ filters }, { kind }), [group])).toThrow(message)
  })

  it('refuse by name what is not emulated', () => {
    const config = { actions: [{ type: 'jwt-validation' }] }
    const refused = new BuildError(
      'action jwt-validation of a ListenerRuleConfiguration is not emulated by Neargate',
      { isNotEmulated: true },
    )
    expect(() => actionOf(unit({}, { config }), [group])).toThrow(refused)
  })
})

it.each([
  [{ type: 'ReplaceFullPath', replaceFullPath: '/b' }, '^([^?]*)', '/b'],
  [{ type: 'ReplacePrefixMatch', replacePrefixMatch: '' }, '(^/a(/)?)', '/'],
  [{ type: 'ReplacePrefixMatch', replacePrefixMatch: '/b' }, '(^/a(/)?)', '/b$2'],
  [{ type: 'ReplacePrefixMatch', replacePrefixMatch: '/b/' }, '(^/a(/)?)', '/b/'],
] as const)('a path is rewritten by %j', (path, Regex, Replace) => {
  const filters = [{ type: 'URLRewrite', urlRewrite: { path, hostname: 'in.example.com' } }]
  const matches = [{ path: { type: 'PathPrefix', value: '/a' } }]
  expect(transformsOf(unit({ filters, matches }))).toEqual([
    { Type: 'url-rewrite', UrlRewriteConfig: { Rewrites: [{ Regex, Replace }] } },
    {
      Type: 'host-header-rewrite',
      HostHeaderRewriteConfig: { Rewrites: [{ Regex: '.*', Replace: 'in.example.com' }] },
    },
  ])
})

it('narrower rules come first: hostname, path type, length, method, headers, then age and name', () => {
  const rule = (match: object): RouteRule => ({ matches: [match] })
  const of = (name: string, hosts: readonly string[], ...rules: readonly RouteRule[]) => ({
    hosts,
    loaded: {
      route: routeOf(name, 'HTTPRoute', rules),
      rules: rules.map((each) => ({ rule: each, backends: [], config: undefined })),
      problems: [],
    },
  })
  const prefix = (value: string, more = {}) => rule({ path: { type: 'PathPrefix', value }, ...more })
  const all = [
    of('b-any', [], prefix('/')),
    of(
      'a-any',
      [],
      prefix('/'),
      prefix('/', { method: 'GET' }),
      rule({ path: { type: 'Exact', value: '/x' } }),
    ),
    of('wild', ['*.example.com', '*.a.example.com'], prefix('/')),
    of('exact', ['a.example.com'], prefix('/'), prefix('/longer')),
  ]
  const hostsOf = (route: Route): readonly string[] =>
    all.find(({ loaded }) => loaded.route === route)?.hosts ?? []
  const ordered = rulesInOrder(
    all.map(({ loaded }) => loaded),
    hostsOf,
  )
  expect(
    ordered.map(({ route, hostname, match }) => [
      route.metadata.name,
      hostname,
      match.path?.value,
      match.method,
    ]),
  ).toEqual([
    ['exact', 'a.example.com', '/longer', undefined],
    ['exact', 'a.example.com', '/', undefined],
    ['wild', '*.a.example.com', '/', undefined],
    ['wild', '*.example.com', '/', undefined],
    ['a-any', undefined, '/x', undefined],
    ['a-any', undefined, '/', 'GET'],
    ['a-any', undefined, '/', undefined],
    ['b-any', undefined, '/', undefined],
  ])
})
