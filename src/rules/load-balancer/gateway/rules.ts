// Owns what a rule of an HTTPRoute or a GRPCRoute asks of ELBv2: conditions, transforms and its action.
// Source: aws-load-balancer-controller v3.5.0, pkg/gateway/routeutils/route_rule_condition.go, route_rule_transform.go,
// route_rule_action.go.
import { BuildError } from '../annotations.ts'
import type { ActionModel } from '../application.ts'
import type { ForwardGroup } from '../target-group.ts'
import type { GrpcMatch, HeaderMatch, HttpMatch, PathModifier, RequestRedirect } from './api.ts'
import { notEmulated, refusedActions, type RuleAction } from './configuration.ts'
import type { RuleUnit } from './precedence.ts'

/** Conditions as ELBv2 takes them, all of which have to hold. @throws BuildError with the controller's text */
export function conditionsOf({ route, match, hostname, loaded, matchIndex }: RuleUnit): object[] {
  const ofMatch = route.kind === 'GRPCRoute' ? grpcConditions(match) : httpConditions(match)
  const sources = (loaded.config?.conditions ?? []).flatMap(({ field, sourceIPConfig, matchIndexes }) => {
    if (field !== 'source-ip' || !sourceIPConfig) return []
    if (matchIndexes && !matchIndexes.includes(matchIndex)) return []
    return [{ Field: field, SourceIpConfig: { Values: sourceIPConfig.values } }]
  })
  return [
    ...(hostname === undefined ? [] : [{ Field: 'host-header', HostHeaderConfig: { Values: [hostname] } }]),
    ...ofMatch,
    ...sources,
  ]
}

function httpConditions({ path, headers = [], queryParams = [], method }: HttpMatch): object[] {
  return [
    ...(path ? [pathCondition(path)] : []),
    ...headers.map(headerCondition),
    ...queryParams.map(({ name, value }) => ({
      Field: 'query-string',
      QueryStringConfig: { Values: [{ Key: name, Value: value }] },
    })),
    ...(method === undefined
      ? []
      : [{ Field: 'http-request-method', HttpRequestMethodConfig: { Values: [method] } }]),
  ]
}

function paths(Values: readonly string[]): object {
  return { Field: 'path-pattern', PathPatternConfig: { Values } }
}

function pathCondition({ type = 'PathPrefix', value = '/' }: NonNullable<HttpMatch['path']>): object {
  if (type === 'RegularExpression')
    return { Field: 'path-pattern', PathPatternConfig: { RegexValues: [value] } }
  if (type === 'Exact') return paths([value])
  if (/[*?]/.test(value)) throw new BuildError(`prefix path shouldn't contain wildcards: ${value}`)
  if (value === '/') return paths(['/*'])
  const bare = value.replace(/\/$/, '')
  return paths([bare, `${bare}/*`])
}

function headerCondition({ type, name: HttpHeaderName, value }: HeaderMatch): object {
  const values = type === 'RegularExpression' ? { RegexValues: [value] } : { Values: valuesOf(value) }
  return { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName, ...values } }
}

// A comma parts the values that ELBv2 is to take, and a backslash takes the meaning from what comes behind it.
function valuesOf(text: string): string[] {
  const tokens = text.match(/\\[^]|[^]/g) ?? []
  const values = ['']
  for (const token of tokens) {
    if (token === ',') values.push('')
    else values.push(`${values.pop()}${token.length > 1 ? token.slice(1) : token}`)
  }
  return values
}

function grpcConditions({ method, headers = [] }: GrpcMatch): object[] {
  const values = headers.map(({ name, value }) => headerCondition({ name, value }))
  if (!method) return [paths(['/*']), ...values]
  const { service = '*', method: name = '*' } = method
  return [paths([`/${service}/${name}`]), ...values]
}

/** Transforms as ELBv2 takes them; those of GRPCRoutes are none. */
export function transformsOf({ route, loaded, match }: RuleUnit): object[] {
  if (route.kind !== 'HTTPRoute') return []
  const { path } = match
  return (loaded.rule.filters ?? []).flatMap(({ urlRewrite, requestRedirect }) => [
    ...(urlRewrite?.path ? [pathRewrite(urlRewrite.path, path)] : []),
    ...(urlRewrite?.hostname === undefined
      ? []
      : [rewrite('host-header-rewrite', '.*', urlRewrite.hostname)]),
    ...(requestRedirect?.path?.replacePrefixMatch === undefined
      ? []
      : [pathRewrite(requestRedirect.path, path)]),
  ])
}

function rewrite(Type: 'url-rewrite' | 'host-header-rewrite', Regex: string, Replace: string): object {
  const member = Type === 'url-rewrite' ? 'UrlRewriteConfig' : 'HostHeaderRewriteConfig'
  return { Type, [member]: { Rewrites: [{ Regex, Replace }] } }
}

function pathRewrite(
  { type, replaceFullPath = '', replacePrefixMatch = '' }: PathModifier,
  matched: HttpMatch['path'],
): object {
  // The query stays.
  if (type === 'ReplaceFullPath') return rewrite('url-rewrite', '^([^?]*)', replaceFullPath)
  const isOpen = replacePrefixMatch !== '' && !replacePrefixMatch.endsWith('/')
  const replacement = isOpen ? `${replacePrefixMatch}$2` : replacePrefixMatch || '/'
  return rewrite('url-rewrite', `(^${matched?.value ?? '/'}(/)?)`, replacement)
}

/** What is done with a request that fits. @throws BuildError with the controller's text, or Neargate's */
export function actionOf({ route, loaded }: RuleUnit, groups: readonly ForwardGroup[]): ActionModel {
  const { rule, config = {} } = loaded
  const [refused] = refusedActions(config)
  if (refused !== undefined) throw notEmulated('ListenerRuleConfiguration', refused)
  const configured = config.actions?.find(({ type }) =>
    ['forward', 'fixed-response', 'redirect'].includes(type),
  )
  if (configured?.type === 'fixed-response') return fixedResponse(configured)
  const redirect =
    route.kind === 'HTTPRoute'
      ? redirectOf(rule.filters ?? [], configured)
      : refuseFilters(rule.filters ?? [])
  if (redirect) return redirect
  if (groups.some(({ weight }) => weight !== 0)) return forward(groups, configured)
  return { Type: 'fixed-response', FixedResponseConfig: { ContentType: 'text/plain', StatusCode: '500' } }
}

function fixedResponse({ fixedResponseConfig }: RuleAction): ActionModel {
  const { statusCode, contentType, messageBody } = fixedResponseConfig ?? { statusCode: 503 }
  return {
    Type: 'fixed-response',
    FixedResponseConfig: {
      ...(contentType !== undefined && { ContentType: contentType }),
      ...(messageBody !== undefined && { MessageBody: messageBody }),
      StatusCode: String(statusCode),
    },
  }
}

function forward(groups: readonly ForwardGroup[], configured: RuleAction | undefined): ActionModel {
  const sticky = configured?.forwardConfig?.targetGroupStickinessConfig
  if (!configured?.forwardConfig) return { Type: 'forward', groups }
  const { enabled = false, durationSeconds = 3600 } = sticky ?? {}
  return { Type: 'forward', groups, stickiness: { Enabled: enabled, DurationSeconds: durationSeconds } }
}

type Filters = NonNullable<RuleUnit['loaded']['rule']['filters']>

const ELSEWHERE = 'To specify header modification, please configure it through LoadBalancerConfiguration.'

function refuseFilters(filters: Filters): undefined {
  const other = filters.find(({ type }) => type !== 'ExtensionRef')
  if (other) throw new BuildError(`Unsupported filter type: ${other.type}. ${ELSEWHERE}`)
}

function redirectOf(filters: Filters, configured: RuleAction | undefined): ActionModel | undefined {
  const [only, ...others] = filters
  if (only?.type === 'ExtensionRef' && others.length === 0 && configured?.redirectConfig) {
    throw new BuildError(
      'HTTPRouteFilterRequestRedirect must be provided if RedirectActionConfig in ListenerRuleConfiguration is provided',
    )
  }
  for (const { type, requestRedirect } of filters) {
    if (type === 'RequestRedirect') return redirectAction(requestRedirect ?? {}, configured)
    if (type === 'ExtensionRef' || type === 'URLRewrite') continue
    throw new BuildError(`Unsupported filter type: ${type}. Only request redirect is supported. ${ELSEWHERE}`)
  }
  return undefined
}

const STANDARD_PORTS: Readonly<Record<string, string>> = { HTTP: '80', HTTPS: '443' }

function redirectAction(
  { scheme, hostname, port, path, statusCode = 302 }: RequestRedirect,
  configured: RuleAction | undefined,
): ActionModel {
  const protocol = scheme?.toUpperCase()
  const standard = protocol === undefined ? undefined : STANDARD_PORTS[protocol]
  if (protocol !== undefined && standard === undefined)
    throw new BuildError(`unsupported redirect scheme: ${protocol}`)
  const query = configured?.redirectConfig?.query
  const fullPath = pathOf(path)
  return {
    Type: 'redirect',
    RedirectConfig: {
      ...(hostname !== undefined && { Host: hostname }),
      ...(fullPath !== undefined && { Path: fullPath }),
      ...((port !== undefined || standard !== undefined) && { Port: String(port ?? standard) }),
      ...(protocol !== undefined && { Protocol: protocol }),
      ...(query !== undefined && { Query: query }),
      StatusCode: `HTTP_${statusCode}`,
    },
  }
}

// A prefix is replaced by a transform.
function pathOf({ replaceFullPath, replacePrefixMatch }: Partial<PathModifier> = {}): string | undefined {
  const [member, value] =
    replaceFullPath === undefined
      ? ['ReplacePrefixMatch', replacePrefixMatch ?? '']
      : ['ReplaceFullPath', replaceFullPath]
  if (/[*?]/.test(value)) throw new BuildError(`${member} shouldn't contain wildcards: ${value}`)
  return replaceFullPath
}
