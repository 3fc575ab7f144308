// Owns the rules of one listener: the paths of its Ingresses in the controller's order, as ELBv2 takes them.
// Source: aws-load-balancer-controller, pkg/ingress/model_build_listener_rules.go and rule_optimizer.go.
import type { HTTPIngressPath, IngressRule } from '../../../../generated/kubernetes.d.ts'
import { BuildError } from '../annotations.ts'
import type { Tags } from '../target-group.ts'
import { annotationsOf, type IngressAnnotations } from './annotations.ts'
import { readBackend, type BackendAction, type BackendConditions } from './backend.ts'
import { about, type GroupMember } from './group.ts'

export interface RuleModel {
  readonly conditions: readonly object[]
  readonly action: BackendAction
  readonly transforms: readonly object[]
  readonly tags: Tags
  /** Whose backend it is. */
  readonly member: GroupMember
}

/** Where rules stand. */
export interface RuleListener {
  readonly port: number
  readonly protocol: string
  readonly members: readonly GroupMember[]
}

/** Rules by priority, from 1. @throws BuildError with the controller's text */
export function rulesOf(listener: RuleListener, tags: (member: GroupMember) => Tags): RuleModel[] {
  const rules = listener.members.flatMap((member) =>
    about(member, () => (member.ingress.spec.rules ?? []).flatMap((rule) => rulesOfHost(member, rule, tags))),
  )
  return withoutShadowed(rules.filter((rule) => !isLoop(listener, rule)))
}

function rulesOfHost(
  member: GroupMember,
  rule: IngressRule,
  tags: (member: GroupMember) => Tags,
): RuleModel[] {
  const annotations = annotationsOf(member)
  return sortPaths(rule.http?.paths ?? []).map((path) => {
    const { action, conditions, transforms } = readBackend(annotations, path.backend)
    return {
      conditions: conditionsOf(rule, path, { annotations, extra: conditions }),
      action,
      transforms,
      tags: tags(member),
      member,
    }
  })
}

// Exact ones first, then prefixes by length, then those that ELBv2's own patterns say.
function sortPaths(paths: readonly HTTPIngressPath[]): HTTPIngressPath[] {
  const of = (type: string) => paths.filter(({ pathType }) => pathType === type)
  const prefixes = of('Prefix').toSorted((a, b) => (b.path ?? '').length - (a.path ?? '').length)
  return [...of('Exact'), ...prefixes, ...of('ImplementationSpecific')]
}

function conditionsOf(
  { host }: IngressRule,
  path: HTTPIngressPath,
  { annotations, extra }: { readonly annotations: IngressAnnotations; readonly extra: BackendConditions },
): object[] {
  const own = patternsOf(path, annotations)
  const hosts = [...(host ? [host] : []), ...extra.hosts]
  const paths = [...own.values, ...extra.paths]
  const regexes = [...own.regexes, ...extra.pathRegexes]
  requireOneKind('host', hosts, extra.hostRegexes)
  requireOneKind('path', paths, regexes)
  const conditions = [
    ...extra.others,
    ...(hosts.length > 0 ? [{ Field: 'host-header', HostHeaderConfig: { Values: hosts } }] : []),
    ...(extra.hostRegexes.length > 0
      ? [{ Field: 'host-header', HostHeaderConfig: { RegexValues: extra.hostRegexes } }]
      : []),
    ...(paths.length > 0 ? [pathCondition(paths)] : []),
    ...(regexes.length > 0 ? [{ Field: 'path-pattern', PathPatternConfig: { RegexValues: regexes } }] : []),
  ]
  return conditions.length > 0 ? conditions : [pathCondition(['/*'])]
}

function pathCondition(Values: readonly string[]): object {
  return { Field: 'path-pattern', PathPatternConfig: { Values } }
}

function requireOneKind(what: string, values: readonly string[], regexes: readonly string[]): void {
  if (values.length === 0 || regexes.length === 0) return
  throw new BuildError(
    `${what} condition must specify exactly one of Values and RegexValues, got both Values [${values.join(' ')}] and RegexValues [${regexes.join(' ')}]`,
  )
}

function patternsOf(
  { path, pathType }: HTTPIngressPath,
  annotations: IngressAnnotations,
): { readonly values: readonly string[]; readonly regexes: readonly string[] } {
  if (!path) return { values: [], regexes: [] }
  const hasWildcards = /[*?]/.test(path)
  switch (pathType) {
    case 'Exact':
      if (hasWildcards) throw new BuildError(`exact path shouldn't contain wildcards: ${path}`)
      return { values: [path], regexes: [] }
    case 'Prefix': {
      if (path === '/') return { values: ['/*'], regexes: [] }
      if (hasWildcards) throw new BuildError(`prefix path shouldn't contain wildcards: ${path}`)
      const bare = path.replace(/\/$/, '')
      return { values: [bare, `${bare}/*`], regexes: [] }
    }
    default:
      // Kubernetes wants a slash in front, which a regular expression need not begin with.
      return annotations.boolean('use-regex-path-match') === true
        ? { values: [], regexes: [path.slice(1)] }
        : { values: [path], regexes: [] }
  }
}

/** A redirect to where the request already is; ELBv2 would refuse it, and the controller leaves it out. */
function isLoop({ port, protocol }: RuleListener, { action, conditions }: RuleModel): boolean {
  if (action.type !== 'redirect') return false
  const valuesOf = (member: string): readonly string[] =>
    conditions.flatMap((condition) => {
      const config: unknown = Reflect.get(condition, member)
      return config && typeof config === 'object' && 'Values' in config ? (config.Values as string[]) : []
    })
  const isSame = (name: string, placeholder: string, own: readonly string[]): boolean => {
    const value = action.config[name]
    return value === undefined || value === placeholder || own.includes(value)
  }
  return (
    isSame('Host', '#{host}', valuesOf('HostHeaderConfig')) &&
    isSame('Path', '/#{path}', valuesOf('PathPatternConfig')) &&
    isSame('Port', '#{port}', [String(port)]) &&
    isSame('Protocol', '#{protocol}', [protocol]) &&
    isSame('Query', '#{query}', [])
  )
}

// What comes behind a redirect with the same conditions, or with none but all paths, is never asked.
function withoutShadowed(rules: readonly RuleModel[]): RuleModel[] {
  return rules.filter(
    (rule, index) =>
      !rules.slice(0, index).some((earlier) => earlier.action.type === 'redirect' && covers(earlier, rule)),
  )
}

function covers(earlier: RuleModel, later: RuleModel): boolean {
  const everything = JSON.stringify(pathCondition(['/*']))
  const texts = new Set(later.conditions.map((condition) => JSON.stringify(condition)))
  return earlier.conditions.every((condition) => {
    const text = JSON.stringify(condition)
    return text === everything || texts.has(text)
  })
}
