// Owns the order of the rules of one listener: each match of each rule under each hostname, the narrowest first.
// Source: aws-load-balancer-controller v3.5.0, pkg/gateway/routeutils/route_rule_precedence.go.
import type { GrpcMatch, HttpMatch, Route } from './api.ts'
import type { LoadedRoute, LoadedRule } from './backends.ts'

/** One rule of a listener to be. */
export interface RuleUnit {
  readonly route: Route
  readonly loaded: LoadedRule
  /** Of a GRPCRoute or an HTTPRoute, by the kind of the route. */
  readonly match: HttpMatch & GrpcMatch
  /** Undefined: all hosts. */
  readonly hostname: string | undefined
  /** Of the match in its rule; infinite for a rule that has none. */
  readonly matchIndex: number
}

/** All rules of a listener, by priority. */
export function rulesInOrder(
  routes: readonly LoadedRoute[],
  hostnamesOf: (route: Route) => readonly string[],
): RuleUnit[] {
  const units = routes.flatMap(({ route, rules }) => {
    const hosts = hostnamesOf(route)
    const hostnames = hosts.length > 0 ? hosts : [undefined]
    return rules.flatMap((loaded, ruleIndex) =>
      matchesOf(loaded).flatMap(({ match, matchIndex }) =>
        hostnames.map((hostname) => {
          const unit = { route, loaded, match, hostname, matchIndex }
          return { unit, rank: rankOf(unit, ruleIndex) }
        }),
      ),
    )
  })
  return units.toSorted((a, b) => compareRanks(a.rank, b.rank)).map(({ unit }) => unit)
}

function matchesOf({ rule }: LoadedRule): { match: HttpMatch & GrpcMatch; matchIndex: number }[] {
  const matches = rule.matches ?? []
  if (matches.length === 0) return [{ match: {}, matchIndex: Infinity }]
  // The two kinds of matches have `method` alone in common, and the kind of the route says which it is.
  return matches.map((match, matchIndex) => ({ match: match as HttpMatch & GrpcMatch, matchIndex }))
}

/** Numbers and texts that are compared one after the other; smaller ones come first. */
type Rank = readonly (number | string)[]

function rankOf({ route, match, hostname, matchIndex }: RuleUnit, ruleIndex: number): Rank {
  const specifics = route.kind === 'GRPCRoute' ? grpcSpecifics(match) : httpSpecifics(match)
  const { creationTimestamp, namespace, name } = route.metadata
  return [
    ...hostnameRank(hostname),
    // More of each of these is narrower.
    ...specifics.map((value) => -value),
    Date.parse(creationTimestamp) || 0,
    `${namespace}/${name}`,
    ruleIndex,
    matchIndex,
    hostname ?? '',
  ]
}

// All hosts come last, wildcards before them; then more labels, then more letters.
function hostnameRank(hostname: string | undefined): number[] {
  if (hostname === undefined) return [2, 0, 0]
  return [hostname.startsWith('*.') ? 1 : 0, -hostname.split('.').length, -hostname.length]
}

const PATH_TYPES: Readonly<Record<string, number>> = { Exact: 3, PathPrefix: 2, RegularExpression: 1 }

function httpSpecifics({ path, method, headers = [], queryParams = [] }: HttpMatch): number[] {
  return [
    path ? (PATH_TYPES[path.type ?? 'PathPrefix'] ?? 0) : 0,
    path?.value?.length ?? 0,
    0,
    method === undefined ? 0 : 1,
    headers.length,
    queryParams.length,
  ]
}

function grpcSpecifics({ method, headers = [] }: GrpcMatch): number[] {
  return [
    method ? (PATH_TYPES[method.type ?? 'Exact'] ?? 0) : 0,
    method?.service?.length ?? 0,
    method?.method?.length ?? 0,
    0,
    headers.length,
    0,
  ]
}

function compareRanks(a: Rank, b: Rank): number {
  for (const [index, own] of a.entries()) {
    const other = b[index] ?? ''
    if (own !== other) return own < other ? -1 : 1
  }
  return 0
}
