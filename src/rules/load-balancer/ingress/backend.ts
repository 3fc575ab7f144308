// Owns what a backend of an Ingress leads to: a Service, or what annotations say of actions, conditions and transforms.
// Source: aws-load-balancer-controller, pkg/ingress/enhanced_backend_builder.go and config_types.go.
import type { HTTPIngressPath } from '../../../../generated/kubernetes.d.ts'
import { isObject } from '../../../base/json.ts'
import { BuildError } from '../annotations.ts'
import type { IngressAnnotations } from './annotations.ts'

/** One of the target groups of a forward action. */
export interface GroupReference {
  readonly service?: { readonly name: string; readonly port: string | number }
  readonly arn?: string
  readonly weight?: number
}

export type BackendAction =
  | {
      readonly type: 'forward'
      readonly groups: readonly GroupReference[]
      readonly stickiness?: { readonly Enabled?: boolean; readonly DurationSeconds?: number }
    }
  | { readonly type: 'redirect'; readonly config: Readonly<Record<string, string>> }
  | { readonly type: 'fixed-response'; readonly config: Readonly<Record<string, string>> }

/** A condition as ELBv2 takes it, apart from hosts and paths, which are merged with those of the rule. */
export interface BackendConditions {
  readonly hosts: readonly string[]
  readonly hostRegexes: readonly string[]
  readonly paths: readonly string[]
  readonly pathRegexes: readonly string[]
  readonly others: readonly object[]
}

export interface Backend {
  readonly action: BackendAction
  readonly conditions: BackendConditions
  readonly transforms: readonly object[]
}

/** A fixed response that says what is missing (the controller's defaults tolerate it). */
export function missingBackend(
  what: 'service' | 'action',
): Extract<BackendAction, { readonly type: 'fixed-response' }> {
  const MessageBody = `Backend ${what} does not exist`
  return { type: 'fixed-response', config: { ContentType: 'text/plain', MessageBody, StatusCode: '503' } }
}

/** @throws BuildError with the controller's text */
export function readBackend(
  annotations: IngressAnnotations,
  { service }: HTTPIngressPath['backend'],
): Backend {
  if (!service) throw new BuildError('missing required "service" field')
  const { name, port } = service
  return {
    action:
      port?.name === 'use-annotation'
        ? annotated(annotations, name)
        : toService(name, port?.name ?? port?.number ?? 0),
    conditions: conditionsOf(annotations, name),
    transforms: transformsOf(annotations, name),
  }
}

function toService(name: string, port: string | number): BackendAction {
  return { type: 'forward', groups: [{ service: { name, port } }] }
}

type Json = Readonly<Record<string, unknown>>

function annotated(annotations: IngressAnnotations, name: string): BackendAction {
  const given = annotations.json(`actions.${name}`)
  if (given === undefined) return missingBackend('action')
  const action = objectOf(given)
  switch (action['type']) {
    case 'fixed-response': {
      const config = required(action['fixedresponseconfig'], 'missing FixedResponseConfig')
      requireStatus(config, 'FixedResponseConfig')
      return { type: 'fixed-response', config: strings(config, ['ContentType', 'MessageBody', 'StatusCode']) }
    }
    case 'redirect': {
      const config = required(action['redirectconfig'], 'missing RedirectConfig')
      requireStatus(config, 'RedirectConfig')
      const names = ['Host', 'Path', 'Port', 'Protocol', 'Query', 'StatusCode']
      return { type: 'redirect', config: strings(config, names) }
    }
    case 'forward':
      return forward(action)
    default:
      throw new BuildError(`unknown action type: ${text(action['type'])}`)
  }
}

function forward(action: Json): BackendAction {
  const config = action['forwardconfig']
  const single = action['targetgrouparn'] ?? action['targetgroupname']
  if (config === undefined && single === undefined) {
    throw new BuildError('missing ForwardConfig or TargetGroupARN/TargetGroupName')
  }
  if (config !== undefined && single !== undefined) {
    throw new BuildError('either ForwardConfig or TargetGroupARN/TargetGroupName can be specified')
  }
  if (config === undefined) return { type: 'forward', groups: [groupOf(action, 1)] }
  const { targetgroups, targetgroupstickinessconfig: sticky } = objectOf(config)
  const tuples = Array.isArray(targetgroups) ? targetgroups.map(objectOf) : []
  const groups = tuples.map((tuple) => groupOf(tuple, tuples.length))
  if (!isObject(sticky)) return { type: 'forward', groups }
  return {
    type: 'forward',
    groups,
    stickiness: {
      ...(typeof sticky['enabled'] === 'boolean' ? { Enabled: sticky['enabled'] } : {}),
      ...(typeof sticky['durationseconds'] === 'number'
        ? { DurationSeconds: sticky['durationseconds'] }
        : {}),
    },
  }
}

function groupOf(tuple: Json, count: number): GroupReference {
  const prefix = 'invalid TargetGroupTuple: '
  const { servicename, serviceport, targetgrouparn, targetgroupname, weight } = tuple
  const hasGroup = targetgrouparn !== undefined || targetgroupname !== undefined
  if (servicename === undefined && !hasGroup) {
    throw new BuildError(`${prefix}missing serviceName or targetGroupARN/targetGroupName`)
  }
  if (servicename !== undefined && hasGroup) {
    throw new BuildError(`${prefix}either serviceName or targetGroupARN/targetGroupName can be specified`)
  }
  if (servicename !== undefined && serviceport === undefined)
    throw new BuildError(`${prefix}missing servicePort`)
  if (count > 1 && weight === undefined) {
    throw new BuildError('weight must be set when route to multiple target groups')
  }
  if (targetgroupname !== undefined) {
    throw new BuildError('targetGroupName of an action is not emulated by Neargate: name the ARN', {
      isNotEmulated: true,
    })
  }
  const port =
    typeof serviceport === 'string' && /^\d+$/.test(serviceport) ? Number(serviceport) : serviceport
  return {
    ...(servicename === undefined
      ? { arn: text(targetgrouparn) }
      : { service: { name: text(servicename), port: typeof port === 'number' ? port : text(port) } }),
    ...(typeof weight === 'number' ? { weight } : {}),
  }
}

function conditionsOf(annotations: IngressAnnotations, name: string): BackendConditions {
  const given = annotations.json(`conditions.${name}`)
  const all = Array.isArray(given) ? given.map(objectOf) : []
  const hosts = all
    .filter(({ field }) => field === 'host-header')
    .map((each) => patterns(each, 'HostHeaderConfig'))
  const paths = all
    .filter(({ field }) => field === 'path-pattern')
    .map((each) => patterns(each, 'PathPatternConfig'))
  const others = all
    .filter(({ field }) => field !== 'host-header' && field !== 'path-pattern')
    .map(otherCondition)
  return {
    hosts: hosts.flatMap(({ Values = [] }) => Values),
    hostRegexes: hosts.flatMap(({ RegexValues = [] }) => RegexValues),
    paths: paths.flatMap(({ Values = [] }) => Values),
    pathRegexes: paths.flatMap(({ RegexValues = [] }) => RegexValues),
    others,
  }
}

interface Patterns {
  readonly Values?: string[]
  readonly RegexValues?: string[]
}

function patterns(condition: Json, member: string): Patterns {
  const config = required(condition[member.toLowerCase()], `missing ${lowerFirst(member)}`)
  const values = texts(config['values'])
  const regexes = texts(config['regexvalues'])
  if (values.length === 0 && regexes.length === 0)
    throw new BuildError('values or regexValues must be specified')
  if (values.length > 0 && regexes.length > 0) {
    throw new BuildError('precisely one of values and regexValues can be specified')
  }
  return values.length > 0 ? { Values: values } : { RegexValues: regexes }
}

function otherCondition(condition: Json): object {
  const Field = text(condition['field'])
  switch (Field) {
    case 'http-header': {
      const config = required(condition['httpheaderconfig'], 'missing httpHeaderConfig')
      const HttpHeaderName = text(config['httpheadername'])
      return { Field, HttpHeaderConfig: { HttpHeaderName, ...patterns(condition, 'HttpHeaderConfig') } }
    }
    case 'http-request-method':
      return { Field, HttpRequestMethodConfig: { Values: valuesIn(condition, 'httpRequestMethodConfig') } }
    case 'source-ip':
      return { Field, SourceIpConfig: { Values: valuesIn(condition, 'sourceIPConfig') } }
    case 'query-string': {
      const config = required(condition['querystringconfig'], 'missing queryStringConfig')
      const pairs = Array.isArray(config['values']) ? config['values'].map(objectOf) : []
      if (pairs.length === 0) throw new BuildError('Values cannot be empty')
      const Values = pairs.map(({ key, value }) => {
        if (text(value) === '') throw new BuildError('value cannot be empty')
        return { ...(key === undefined ? {} : { Key: text(key) }), Value: text(value) }
      })
      return { Field, QueryStringConfig: { Values } }
    }
    default:
      throw new BuildError(`unknown condition field: ${Field}`)
  }
}

function valuesIn(condition: Json, member: string): string[] {
  const values = texts(required(condition[member.toLowerCase()], `missing ${member}`)['values'])
  if (values.length === 0) throw new BuildError('values cannot be empty')
  return values
}

function transformsOf(annotations: IngressAnnotations, name: string): object[] {
  const given = annotations.json(`transforms.${name}`)
  return (Array.isArray(given) ? given.map(objectOf) : []).map(
    ({ type, hostheaderrewriteconfig, urlrewriteconfig }) => {
      const isHost = type === 'host-header-rewrite'
      if (!isHost && type !== 'url-rewrite') throw new BuildError(`unknown transform type: ${text(type)}`)
      const member = isHost ? 'HostHeaderRewriteConfig' : 'UrlRewriteConfig'
      const config = required(
        isHost ? hostheaderrewriteconfig : urlrewriteconfig,
        `missing ${lowerFirst(member)}`,
      )
      const rewrites = Array.isArray(config['rewrites']) ? config['rewrites'].map(objectOf) : []
      const Rewrites = rewrites.map(({ regex, replace }) => ({ Regex: text(regex), Replace: text(replace) }))
      return { Type: type, [member]: { Rewrites } }
    },
  )
}

function requireStatus(config: Json, member: string): void {
  if (text(config['statuscode']) === '') throw new BuildError(`invalid ${member}: statusCode is required`)
}

function required(value: unknown, message: string): Json {
  if (!isObject(value)) throw new BuildError(message)
  return value
}

function objectOf(value: unknown): Json {
  return isObject(value) ? value : {}
}

function strings(config: Json, names: readonly string[]): Record<string, string> {
  const entries = names.flatMap((name): [string, string][] => {
    const value = config[name.toLowerCase()]
    return value === undefined || value === null ? [] : [[name, text(value)]]
  })
  return Object.fromEntries(entries)
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text) : []
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function lowerFirst(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1)
}
