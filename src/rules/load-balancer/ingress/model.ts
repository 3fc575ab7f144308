// Owns what a group of Ingresses asks of AWS: load balancer, listeners with rules, target groups, security groups; pure.
// Source: aws-load-balancer-controller, pkg/ingress/model_builder.go and model_build_load_balancer.go.
import { deepEqual } from '../../../base/json.ts'
import { CHART, type Edition } from '../edition.ts'
import type { Service } from '../../../../generated/kubernetes.d.ts'
import { BuildError, parseBoolean, splitList } from '../annotations.ts'
import { NOT_FOUND, type ActionModel, type ApplicationModel } from '../application.ts'
import type { IpAddressType } from '../ip-address-type.ts'
import { ingressGroupName } from '../names.ts'
import type { SecurityGroupsModel } from '../security-groups.ts'
import type { Tags } from '../target-group.ts'
import { againstEachOther, agreed, agreedList } from './agreement.ts'
import { annotationsOf, IngressAnnotations, wrong } from './annotations.ts'
import { missingBackend, readBackend, type BackendAction } from './backend.ts'
import { refusedParam } from './class-params.ts'
import { frontendOf } from './frontend.ts'
import { about, nameOf, type GroupId, type GroupMember, type IngressGroup } from './group.ts'
import { listenPorts, type CertificateDiscovery, type ListenPort } from './listeners.ts'
import { rulesOf } from './rules.ts'
import { ingressTargetGroup, type IngressTargetGroup } from './target-group.ts'

export interface IngressSources {
  readonly cluster: string
  /** A Service by `namespace/name`. */
  service(key: string): Service | undefined
  readonly discover: CertificateDiscovery
  /** That of the chart when absent. */
  readonly edition?: Edition
}

/** Tags that say whose a resource is. */
export function ingressStackTags(
  cluster: string,
  id: GroupId,
  edition: Edition = CHART,
): Record<string, string> {
  return { [edition.clusterTag]: cluster, [`${edition.ingress}/stack`]: id }
}

/** True when an annotation keeps the load balancer from being deleted. @throws BuildError */
export function isIngressProtected(annotations: Readonly<Record<string, string>> | undefined): boolean {
  const value = new IngressAnnotations(annotations).map('load-balancer-attributes')[
    'deletion_protection.enabled'
  ]
  return value !== undefined && parseBoolean(value) === true
}

/** @throws BuildError with the controller's text when the group asks for what cannot be */
export function buildIngressModel(group: IngressGroup, sources: IngressSources): ApplicationModel {
  const { id, members } = group
  const { cluster, edition = CHART } = sources
  refuse(members)
  const scheme = schemeOf(members)
  const ipAddressType = ipAddressTypeOf(members)
  const groupTags = groupTagsOf(members)
  const tagged = (resource: string, tags: Tags = groupTags): Tags => ({
    ...tags,
    ...ingressStackTags(cluster, id, edition),
    [`${edition.ingress}/resource`]: resource,
  })
  const ports = listenPorts(members, sources.discover)
  const redirect = sslRedirectOf(members, ports)
  const groups = new Map<string, IngressTargetGroup>()
  const actionOf = actionBuilder(group, sources, { groups, ipAddressType, tagged })
  const name = loadBalancerName(members) ?? ingressGroupName(cluster, id, scheme)
  const model: ApplicationModel = {
    name,
    scheme,
    ipAddressType,
    subnets: subnetsOf(members),
    ...subnetTagsOf(members),
    securityGroups: securityGroupsOf(group, {
      cluster,
      ipAddressType,
      ports,
      tags: tagged('ManagedLBSecurityGroup'),
    }),
    attributes: mergedMap(members, 'load-balancer-attributes', 'load balancer attributes'),
    tags: tagged('LoadBalancer'),
    listeners: ports.map((port) => {
      const isRedirecting = redirect !== undefined && port.protocol === 'HTTP'
      const rules = isRedirecting ? [] : rulesOf(port, (member) => memberTags(member))
      return {
        port: port.port,
        protocol: port.protocol,
        sslPolicy: port.sslPolicy,
        certificates: port.certificates,
        mutual: port.mutual,
        attributes: {
          ...mergedMap(
            port.members,
            `listener-attributes.${port.protocol}-${port.port}`,
            'listener attributes',
          ),
          ...listenerAttributesOf(port),
        },
        tags: tagged(String(port.port)),
        defaultAction: isRedirecting ? toSecure(redirect) : defaultAction(port, actionOf),
        rules: rules.map(({ conditions, action, transforms, tags, member }, index) => ({
          conditions,
          transforms,
          action: about(member, () => actionOf(member, action)),
          tags: tagged(`${port.port}:${index + 1}`, tags),
        })),
      }
    }),
    targetGroups: [],
  }
  const frontend = frontendOf(group, { cluster, ports, tagged, application: { name, ipAddressType } })
  // Known once the rules are.
  return { ...model, targetGroups: [...groups.values()], ...(frontend && { frontend }) }
}

type ActionOf = (member: GroupMember, action: BackendAction) => ActionModel

function actionBuilder(
  { id }: IngressGroup,
  sources: IngressSources,
  made: {
    readonly groups: Map<string, IngressTargetGroup>
    readonly ipAddressType: IpAddressType
    readonly tagged: (resource: string, tags?: Tags) => Tags
  },
): ActionOf {
  const groupFor = (member: GroupMember, found: Service, port: string | number): string => {
    const tags = (resource: string, { metadata }: Service): Tags =>
      made.tagged(resource, {
        ...memberTags(member),
        ...new IngressAnnotations(metadata.annotations).map('tags'),
      })
    const group = ingressTargetGroup({
      cluster: sources.cluster,
      groupId: id,
      member,
      service: found,
      ipAddressType: made.ipAddressType,
      port,
      tags,
    })
    made.groups.set(group.resourceId, group)
    return group.resourceId
  }
  return (member, action) => {
    if (action.type === 'redirect') return { Type: 'redirect', RedirectConfig: action.config }
    if (action.type === 'fixed-response')
      return { Type: 'fixed-response', FixedResponseConfig: action.config }
    const { namespace } = member.ingress.metadata
    const service = (key: string): Service | undefined => sources.service(key)
    const [only, ...more] = action.groups
    const isMissing = only?.service && more.length === 0 && !service(`${namespace}/${only.service.name}`)
    if (isMissing) return { Type: 'fixed-response', FixedResponseConfig: missingBackend('service').config }
    const groups = action.groups.map(({ service: named, arn, weight = 1 }) => {
      if (!named) return { ...(arn === undefined ? {} : { arn }), weight }
      const found = service(`${namespace}/${named.name}`)
      if (!found) throw new BuildError(`services "${named.name}" not found`)
      return { resourceId: groupFor(member, found, named.port), weight }
    })
    return { Type: 'forward', groups, ...(action.stickiness ? { stickiness: action.stickiness } : {}) }
  }
}

function defaultAction({ members }: ListenPort, actionOf: ActionOf): ActionModel {
  const named = members.filter(({ ingress }) => ingress.spec.defaultBackend)
  if (named.length > 1) {
    throw new BuildError(`multiple ingress defined default backend: [${named.map(nameOf).join(' ')}]`)
  }
  const [member] = named
  const backend = member?.ingress.spec.defaultBackend
  if (!member || !backend) {
    return NOT_FOUND
  }
  return actionOf(member, readBackend(annotationsOf(member), backend).action)
}

function toSecure(port: number): ActionModel {
  return {
    Type: 'redirect',
    RedirectConfig: { Port: String(port), Protocol: 'HTTPS', StatusCode: 'HTTP_301' },
  }
}

function sslRedirectOf(members: readonly GroupMember[], ports: readonly ListenPort[]): number | undefined {
  const given = members.flatMap(({ ingress, params }) => {
    if (params.sslRedirectPort) return [Number(params.sslRedirectPort)]
    return annotationsOf({ ingress }).integer('ssl-redirect') ?? []
  })
  const [port, ...others] = [...new Set(given)].toSorted((a, b) => a - b)
  if (port === undefined) return undefined
  if (others.length > 0)
    throw wrong('ssl-redirect', `conflicting sslRedirect port: [${[port, ...others].join(' ')}]`)
  const listener = ports.find((each) => each.port === port)
  if (!listener) throw wrong('ssl-redirect', `listener does not exist for SSLRedirect port: ${port}`)
  if (listener.protocol !== 'HTTPS') {
    throw wrong('ssl-redirect', `listener protocol non-SSL for SSLRedirect port: ${port}`)
  }
  return port
}

function schemeOf(members: readonly GroupMember[]): ApplicationModel['scheme'] {
  const scheme =
    agreed(members, 'scheme', { noun: 'scheme', ofClass: (params) => params.scheme }) ?? 'internal'
  if (scheme === 'internal' || scheme === 'internet-facing') return scheme
  throw wrong('scheme', `unknown scheme: ${scheme}`)
}

function ipAddressTypeOf(members: readonly GroupMember[]): IpAddressType {
  const type =
    agreed(members, 'ip-address-type', {
      noun: 'IPAddressType',
      ofClass: (params) => params.ipAddressType,
    }) ?? 'ipv4'
  if (type === 'ipv4' || type === 'dualstack') return type
  throw wrong('ip-address-type', `unknown IPAddressType: ${type}`)
}

function loadBalancerName(members: readonly GroupMember[]): string | undefined {
  const suffix = 'load-balancer-name'
  const name = agreed(members, suffix, {
    noun: 'load balancer name',
    ofClass: (params) => params.loadBalancerName,
  })
  if (name === undefined || name.length <= 32) return name
  throw wrong(suffix, 'load balancer name cannot be longer than 32 characters')
}

function subnetsOf(members: readonly GroupMember[]): string[] | undefined {
  const inOrder = (text: string): string => splitList(text).toSorted().join(',')
  const ofClasses = new Set(members.flatMap(({ params }) => params.subnets?.ids?.toSorted().join(',') ?? []))
  const annotated = members.flatMap(({ ingress, params }) =>
    params.subnets ? [] : (annotationsOf({ ingress }).text('subnets') ?? []),
  )
  if (ofClasses.size > 0 && annotated.length > 0) {
    throw wrong('subnets', 'conflicting subnet specifications: IngressClassParams versus annotation')
  }
  if (ofClasses.size > 1) throw new BuildError('conflicting IngressClassParams subnet specifications')
  const [first] = annotated
  const other = annotated.find((each) => first !== undefined && inOrder(each) !== inOrder(first))
  if (first !== undefined && other !== undefined) {
    throw wrong('subnets', `conflicting subnets: ${againstEachOther(splitList(first), splitList(other))}`)
  }
  const [chosen = first] = ofClasses
  return chosen === undefined ? undefined : splitList(chosen)
}

function subnetTagsOf(members: readonly GroupMember[]): Pick<ApplicationModel, 'subnetTags'> {
  const [first, ...others] = members.flatMap(({ params: { subnets } }) =>
    subnets?.tags && !subnets.ids?.length ? [subnets.tags] : [],
  )
  if (!first) return {}
  if (others.every((other) => deepEqual(other, first))) return { subnetTags: first }
  throw new BuildError('conflicting IngressClassParams subnet specifications')
}

// Those of the class win.
function listenerAttributesOf({ port, protocol, members }: ListenPort): Tags {
  const given = members
    .flatMap(({ params }) => params.listeners ?? [])
    .filter((listener) => listener.port === port && listener.protocol === protocol)
  return Object.fromEntries(
    given.flatMap(({ listenerAttributes = [] }) => listenerAttributes.map(({ key, value }) => [key, value])),
  )
}

function mergedMap(members: readonly GroupMember[], suffix: string, noun: string): Record<string, string> {
  const result: Record<string, string> = {}
  for (const { ingress } of members) {
    for (const [key, value] of Object.entries(annotationsOf({ ingress }).map(suffix))) {
      const before = result[key]
      if (before !== undefined && before !== value) {
        throw wrong(suffix, `conflicting ${noun} ${key}: ${before} | ${value}`)
      }
      result[key] = value
    }
  }
  for (const { params } of members) {
    if (suffix !== 'load-balancer-attributes') continue
    for (const { key, value } of params.loadBalancerAttributes ?? []) result[key] = value
  }
  return result
}

function groupTagsOf(members: readonly GroupMember[]): Tags {
  const result: Record<string, string> = {}
  for (const member of members) {
    for (const [key, value] of Object.entries(memberTags(member))) {
      const before = result[key]
      if (before !== undefined && before !== value) {
        throw wrong('tags', `conflicting tag ${key}: ${before} | ${value}`)
      }
      result[key] = value
    }
  }
  return result
}

// Those of the class win.
function memberTags({ ingress, params }: GroupMember): Tags {
  const ofClass = Object.fromEntries((params.tags ?? []).map(({ key, value }) => [key, value]))
  return { ...annotationsOf({ ingress }).map('tags'), ...ofClass }
}

function securityGroupsOf(
  { id, members }: IngressGroup,
  {
    cluster,
    ipAddressType,
    ports,
    tags,
  }: {
    readonly cluster: string
    readonly ipAddressType: IpAddressType
    readonly ports: readonly ListenPort[]
    readonly tags: Tags
  },
): SecurityGroupsModel {
  const given = agreedList(members, 'security-groups', {
    words: 'conflicting securityGroups',
    isOrdered: true,
  })
  const isManaging = members.some(
    ({ ingress }) => annotationsOf({ ingress }).boolean('manage-backend-security-group-rules') === true,
  )
  if (given !== undefined) {
    return { kind: 'given', groups: given, isBackendManaged: isManaging }
  }
  const isReaching = (cidr: string): boolean => ipAddressType === 'dualstack' || !cidr.includes(':')
  const rules = ports.flatMap(({ port, cidrs, prefixLists }) => {
    const traffic = { protocol: 'tcp', fromPort: port, toPort: port } as const
    return [
      ...cidrs.filter(isReaching).map((cidr) => ({ ...traffic, source: { cidr } })),
      ...prefixLists.map((prefixListId) => ({ ...traffic, source: { prefixListId } })),
    ]
  })
  return { kind: 'managed', name: ingressGroupName(cluster, id), tags, rules }
}

/** Annotations that AWS would act on and Neargate does not: refused by name. */
const REFUSED: Readonly<Record<string, (value: string) => boolean>> = {
  'ip-address-type': (value) => value === 'dualstack-without-public-ipv4',
  'customer-owned-ipv4-pool': () => true,
  'ipam-ipv4-pool-id': () => true,
  'minimum-load-balancer-capacity': () => true,
  'wafv2-acl-arn': (value) => value !== '' && value !== 'none',
  'wafv2-acl-name': (value) => value !== '' && value !== 'none',
  'waf-acl-id': (value) => value !== '' && value !== 'none',
  'shield-advanced-protection': (value) => parseBoolean(value) === true,
  'auth-type': (value) => value !== 'none',
  'jwt-validation': () => true,
}

function refuse(members: readonly GroupMember[]): void {
  for (const { ingress, params } of members) {
    const param = refusedParam(params)
    if (param !== undefined) throw new BuildError(`IngressClassParams ${param} is not emulated by Neargate`)
    const annotations = annotationsOf({ ingress })
    for (const [suffix, refuses] of Object.entries(REFUSED)) {
      const value = annotations.text(suffix)
      if (value === undefined || !refuses(value)) continue
      throw wrong(suffix, `annotation alb.ingress.kubernetes.io/${suffix} is not emulated by Neargate`, true)
    }
  }
}
