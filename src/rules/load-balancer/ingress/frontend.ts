// Owns the Network Load Balancer that a group of Ingresses asks for in front of its Application Load Balancer; pure.
// Source: aws-load-balancer-controller, pkg/ingress/model_build_frontend_nlb.go.
import { deepEqual } from '../../../base/json.ts'
import { BuildError, parseBoolean } from '../annotations.ts'
import type { HealthCheckModel } from '../health-check.ts'
import type { IpAddressType } from '../ip-address-type.ts'
import { ingressGroupName } from '../names.ts'
import type { NetworkModel } from '../network.ts'
import type { GroupModel, Tags } from '../target-group.ts'
import { agreed, agreedList, asMap } from './agreement.ts'
import { annotationsOf, wrong } from './annotations.ts'
import { nameOf, type GroupMember, type IngressGroup } from './group.ts'
import type { ListenPort } from './listeners.ts'

/** One listener of TCP, and the target group whose one target is the Application Load Balancer. */
export interface FrontendPort {
  readonly port: number
  /** Of the Application Load Balancer. */
  readonly targetPort: number
  readonly group: GroupModel
  readonly listenerTags: Tags
}

export interface FrontendModel extends Pick<
  NetworkModel,
  'name' | 'scheme' | 'ipAddressType' | 'subnets' | 'addresses' | 'attributes' | 'tags' | 'privateLinkRules'
> {
  /** Ids or names; undefined: those of the Application Load Balancer. */
  readonly securityGroups: readonly string[] | undefined
  readonly ports: readonly FrontendPort[]
}

export interface FrontendSources {
  readonly cluster: string
  readonly ports: readonly ListenPort[]
  readonly application: { readonly name: string; readonly ipAddressType: IpAddressType }
  /** The tags of a resource of the stack; those of the Ingresses where none are given. */
  tagged(resource: string, tags?: Tags): Tags
}

/** The resource by which the controller finds the load balancer again. */
export const FRONTEND = 'FrontendNlb'

/** Undefined where the group asks for none. @throws BuildError with the controller's text */
export function frontendOf(group: IngressGroup, sources: FrontendSources): FrontendModel | undefined {
  const { members } = group
  if (!hasFrontend(members)) return undefined
  const { application, cluster } = sources
  const scheme = schemeOf(members)
  const securityGroups = agreedList(members, 'frontend-nlb-security-groups', {
    words: 'conflicting securityGroups',
    isOrdered: true,
  })
  const subnets = agreedList(members, 'frontend-nlb-subnets', { words: 'conflicting subnets' })
  const allocations = allocationsOf(members, scheme)
  const tags = tagsOf(members)
  const attributes = attributesOf(members)
  return {
    name: `${application.name.slice(0, 28)}-nlb`,
    scheme,
    ipAddressType: application.ipAddressType,
    subnets,
    addresses: allocations ? { allocations } : {},
    attributes,
    tags: sources.tagged(FRONTEND, tags),
    privateLinkRules: undefined,
    securityGroups,
    ports: portsOf(members, sources.ports).map(({ port, targetPort, healthCheck }) => {
      const { HealthCheckPort, HealthCheckProtocol } = healthCheck
      const identity = `${port}albTCP${HealthCheckPort}${HealthCheckProtocol}`
      const resourceId = `${FRONTEND}-tg-TCP-${port}`
      return {
        port,
        targetPort,
        listenerTags: sources.tagged(`${FRONTEND}-ls-TCP-${port}`, tags),
        group: {
          name: ingressGroupName(cluster, group.id, identity),
          resourceId,
          port,
          targetType: 'alb',
          family: 'ipv4',
          healthCheck,
          attributes: {},
          tags: sources.tagged(resourceId, tags),
        },
      }
    }),
  }
}

const ENABLE = 'enable-frontend-nlb'

/** Whether any member of a group asks for one; what the controller would refuse is not looked at. */
export function asksForFrontend(members: readonly GroupMember[]): boolean {
  return members.some((member) => parseBoolean(annotationsOf(member).text(ENABLE) ?? '') === true)
}

function hasFrontend(members: readonly GroupMember[]): boolean {
  const given = new Set(members.flatMap((member) => annotationsOf(member).boolean(ENABLE) ?? []))
  if (given.size > 1) throw wrong(ENABLE, 'conflicting enable frontend NLB values')
  return given.has(true)
}

// Without a word it is internal, whatever the Application Load Balancer is.
function schemeOf(members: readonly GroupMember[]): FrontendModel['scheme'] {
  const suffix = 'frontend-nlb-scheme'
  const scheme = agreed(members, suffix, { noun: 'scheme' }) ?? 'internal'
  if (scheme === 'internal' || scheme === 'internet-facing') return scheme
  throw wrong(suffix, `unknown scheme: ${scheme}`)
}

function allocationsOf(members: readonly GroupMember[], scheme: string): string[] | undefined {
  const suffix = 'frontend-nlb-eip-allocations'
  const isGiven = members.some((member) => annotationsOf(member).text(suffix) !== undefined)
  if (isGiven && scheme !== 'internet-facing') {
    throw wrong(suffix, 'EIP allocations can only be set for internet facing load balancers')
  }
  const words = 'all EIP allocations for the ingress group must be the same'
  const given = agreedList(members, suffix, { words })
  return given?.length ? given : undefined
}

function tagsOf(members: readonly GroupMember[]): Tags | undefined {
  const suffix = 'frontend-nlb-tags'
  const given = members.flatMap((member) => {
    const annotations = annotationsOf(member)
    return annotations.text(suffix) === undefined ? [] : [annotations.map(suffix)]
  })
  const [first] = given
  const other = given.find((each) => !deepEqual(each, first))
  if (first && other) {
    throw wrong(suffix, `conflicting frontend NLB tags: ${asMap(first)} | ${asMap(other)}`)
  }
  return first
}

const ROUTING = 'dns_record.client_routing_policy'
const ROUTINGS = [
  'any_availability_zone',
  'partial_availability_zone_affinity',
  'availability_zone_affinity',
] as const

// Once one member says something, all behind it have to say the same.
function attributesOf(members: readonly GroupMember[]): Tags {
  const suffix = 'frontend-nlb-attributes'
  let chosen: Tags | undefined
  for (const member of members) {
    const annotations = annotationsOf(member)
    const own = annotations.map(suffix)
    if (chosen === undefined) {
      if (annotations.text(suffix) !== undefined) chosen = own
    } else if (!deepEqual(chosen, own)) {
      throw wrong(suffix, `conflicting frontend NLB attributes: ${asMap(chosen)} | ${asMap(own)}`)
    }
  }
  const routing = chosen?.[ROUTING]
  if (routing !== undefined && !(ROUTINGS as readonly string[]).includes(routing)) {
    const expected = ROUTINGS.map((value) => `'${value}'`).join(', ')
    // The name of the annotation is that of Services in the controller's text.
    const text = `invalid ${ROUTING} set in annotation aws-load-balancer-attributes: got '${routing}' expected one of [${expected}]`
    throw wrong(suffix, text)
  }
  return chosen ?? {}
}

interface Port {
  readonly port: number
  readonly targetPort: number
  readonly healthCheck: HealthCheckModel
}

function portsOf(members: readonly GroupMember[], listening: readonly ListenPort[]): Port[] {
  const byPort = new Map<number, { readonly check: OwnCheck; readonly targetPort: number }[]>()
  for (const member of members) {
    const own = listening.filter((port) => port.members.includes(member)).map(({ port }) => port)
    const { mapping, check } = within(member, () => ({
      mapping: mappingOf(member, own),
      check: ownCheck(member),
    }))
    for (const [port, targetPort] of mapping) {
      byPort.set(port, [...(byPort.get(port) ?? []), { check, targetPort }])
    }
  }
  return [...byPort].map(([port, asked]) => {
    try {
      const healthCheck = mergedCheck(asked.map(({ check }) => check))
      return { port, healthCheck, targetPort: oneTargetPort(asked.map(({ targetPort }) => targetPort)) }
    } catch (error) {
      throw prefixed(error, `failed to merge NLB listenPort config for port: ${port}`)
    }
  })
}

function oneTargetPort(given: readonly number[]): number {
  const [first = 0] = given
  const at = given.findIndex((each) => each !== first)
  if (at < 0) return first
  throw new BuildError(`conflicting Target Port, config ${at + 1}: ${given[at]}, previous: ${first}`)
}

/** Ports in front with those behind; what names a port that nobody listens on is left out. */
function mappingOf(member: GroupMember, own: readonly number[]): [number, number][] {
  const suffix = 'frontend-nlb-listener-port-mapping'
  const pairs = Object.entries(annotationsOf(member).map(suffix))
  if (pairs.length === 0) return own.map((port) => [port, port])
  return pairs
    .map(([front, back]): [number, number] => {
      const isNumber = (text: string): boolean => /^[+-]?\d+$/.test(text)
      if (!isNumber(front)) throw wrong(suffix, `invalid NLB listener port: ${front}`)
      if (!isNumber(back)) throw wrong(suffix, `invalid ALB listener port: ${back}`)
      return [Number(front), Number(back)]
    })
    .filter(([, back]) => own.includes(back))
}

const CHECK = 'frontend-nlb-healthcheck-'

/** Suffix, the controller's name of the field, and what it is where nobody says anything. */
const FIELDS = [
  ['interval-seconds', 'IntervalSeconds', 15],
  ['timeout-seconds', 'TimeoutSeconds', 5],
  ['healthy-threshold-count', 'HealthyThresholdCount', 2],
  ['unhealthy-threshold-count', 'UnhealthyThresholdCount', 2],
  ['protocol', 'Protocol', 'HTTP'],
  ['path', 'Path', '/'],
  ['success-codes', 'Matcher', '200'],
  ['port', 'Port', 'traffic-port'],
] as const

type Field = (typeof FIELDS)[number][1]

/** What one Ingress says; undefined where it says nothing. */
type OwnCheck = Readonly<Record<Field, string | number | undefined>>

// A field that several members set has to be the same; one that none sets has its default.
function mergedCheck(own: readonly OwnCheck[]): HealthCheckModel {
  const merged = Object.fromEntries(
    FIELDS.map(([, field, preset]) => {
      const given = own.flatMap((check, index) => {
        const value = check[field]
        return value === undefined ? [] : [{ value, index }]
      })
      const [first] = given
      const other = given.find(({ value }) => value !== first?.value)
      if (first && other) {
        const show = (value: string | number): string => (field === 'Port' ? goPort(value) : String(value))
        const text = `config ${other.index + 1}: ${show(other.value)}, previous: ${show(first.value)}`
        throw new BuildError(`conflicting ${field}, ${text}`)
      }
      return [field, first?.value ?? preset]
    }),
  ) as Record<Field, string | number>
  return {
    HealthCheckProtocol: merged.Protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
    HealthCheckPort: String(merged.Port),
    HealthCheckPath: String(merged.Path),
    HealthCheckIntervalSeconds: Number(merged.IntervalSeconds),
    HealthCheckTimeoutSeconds: Number(merged.TimeoutSeconds),
    HealthyThresholdCount: Number(merged.HealthyThresholdCount),
    UnhealthyThresholdCount: Number(merged.UnhealthyThresholdCount),
    Matcher: { HttpCode: String(merged.Matcher) },
  }
}

function ownCheck(member: GroupMember): OwnCheck {
  const annotations = annotationsOf(member)
  const port = annotations.text(`${CHECK}port`)
  if (port !== undefined && port !== 'traffic-port' && !/^[+-]?\d+$/.test(port)) {
    throw wrong(`${CHECK}port`, 'failed to resolve healthCheckPort')
  }
  const protocol = annotations.text(`${CHECK}protocol`)
  if (protocol !== undefined && protocol !== 'HTTP' && protocol !== 'HTTPS') {
    throw wrong(`${CHECK}protocol`, 'healthCheckProtocol must be within [HTTP, HTTPS]')
  }
  return {
    Port: port === undefined || port === 'traffic-port' ? port : String(Number(port)),
    Protocol: protocol,
    Path: annotations.text(`${CHECK}path`),
    Matcher: annotations.text(`${CHECK}success-codes`),
    IntervalSeconds: annotations.integer(`${CHECK}interval-seconds`),
    TimeoutSeconds: annotations.integer(`${CHECK}timeout-seconds`),
    HealthyThresholdCount: annotations.integer(`${CHECK}healthy-threshold-count`),
    UnhealthyThresholdCount: annotations.integer(`${CHECK}unhealthy-threshold-count`),
  }
}

// As Go prints its type for a number or a text.
function goPort(port: string | number): string {
  return port === 'traffic-port' ? '{1 0 traffic-port}' : `{0 ${port} }`
}

function within<T>(member: GroupMember, build: () => T): T {
  try {
    return build()
  } catch (error) {
    throw prefixed(error, `failed to compute listenPort config for ingress: ${nameOf(member)}`)
  }
}

function prefixed(error: unknown, words: string): unknown {
  if (!(error instanceof BuildError)) return error
  const { path, isNotEmulated } = error
  return new BuildError(`${words}: ${error.message}`, { path, isNotEmulated })
}
