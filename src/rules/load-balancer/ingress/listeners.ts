// Owns the ports that a group of Ingresses listens on, merged from what its members say.
// Source: aws-load-balancer-controller, pkg/ingress/model_build_listener.go and model_builder.go (mergeListenPortConfigs).
import { everybody } from '../ip-address-type.ts'
import type { Ingress } from '../../../../generated/kubernetes.d.ts'
import { AddressError, parseCidr } from '../../../base/cidr.ts'
import { isObject } from '../../../base/json.ts'
import { BuildError } from '../annotations.ts'
import { annotationsOf, type IngressAnnotations, wrong } from './annotations.ts'
import { about, nameOf, type GroupMember } from './group.ts'
import { mutualByPort, type MutualModel } from './mutual-authentication.ts'

export type ListenProtocol = 'HTTP' | 'HTTPS'

/** What listens on one port. */
export interface ListenPort {
  readonly port: number
  readonly protocol: ListenProtocol
  readonly cidrs: readonly string[]
  readonly prefixLists: readonly string[]
  readonly sslPolicy: string | undefined
  /** ARNs, the default one first. */
  readonly certificates: readonly string[]
  /** What is done with the certificates of clients; undefined where nothing is said. */
  readonly mutual: MutualModel | undefined
  /** Members that listen here, in the order of the group. */
  readonly members: readonly GroupMember[]
}

/** The ARNs of certificates for hosts. @throws BuildError when a host has none */
export type CertificateDiscovery = (hosts: readonly string[]) => readonly string[]

const DEFAULT_POLICY = 'ELBSecurityPolicy-2016-08'

/** All ports of the group, by number. @throws BuildError with the controller's text */
export function listenPorts(members: readonly GroupMember[], discover: CertificateDiscovery): ListenPort[] {
  const byPort = new Map<number, OwnPort[]>()
  for (const member of members) {
    const ports = about(member, () => ownPorts(member, discover))
    for (const own of ports) byPort.set(own.port, [...(byPort.get(own.port) ?? []), own])
  }
  return [...byPort.keys()].toSorted((a, b) => a - b).map((port) => merged(port, byPort.get(port) ?? []))
}

/** Hosts whose certificates have to be found. */
export function hostsOf({ spec }: Ingress): string[] {
  const hosts = [
    ...(spec.rules ?? []).flatMap(({ host }) => host ?? []),
    ...(spec.tls ?? []).flatMap((tls) => tls.hosts ?? []),
  ]
  return [...new Set(hosts)].filter((host) => host !== '').toSorted()
}

/** True when a member needs certificates that it does not name. @throws BuildError */
export function needsDiscovery(member: GroupMember): boolean {
  const given = certificatesOf(member)
  if (given.length > 0) return false
  return about(member, () => protocolsOf(member, false)).some(({ protocol }) => protocol === 'HTTPS')
}

/** What one member says of a port. */
interface OwnPort extends Omit<ListenPort, 'members'> {
  readonly member: GroupMember
}

function ownPorts(member: GroupMember, discover: CertificateDiscovery): OwnPort[] {
  const annotations = annotationsOf(member)
  const explicit = certificatesOf(member)
  const ports = protocolsOf(member, explicit.length > 0)
  const isSecure = ports.some(({ protocol }) => protocol === 'HTTPS')
  const certificates = explicit.length > 0 || !isSecure ? explicit : discover(hostsOf(member.ingress))
  const cidrs = cidrsOf(member, annotations)
  const prefixLists = member.params.prefixListsIDs ?? annotations.list('security-group-prefix-lists') ?? []
  const sslPolicy = member.params.sslPolicy ?? annotations.text('ssl-policy')
  const mutual = mutualByPort(annotations)
  return ports.map(({ port, protocol }) => ({
    member,
    port,
    protocol,
    cidrs,
    prefixLists,
    ...(protocol === 'HTTPS'
      ? { sslPolicy, certificates, mutual: mutual.get(port) }
      : { sslPolicy: undefined, certificates: [], mutual: undefined }),
  }))
}

function certificatesOf({ ingress, params }: GroupMember): readonly string[] {
  if (params.certificateArn?.length) return params.certificateArn
  return annotationsOf({ ingress }).list('certificate-arn') ?? []
}

function protocolsOf(
  { ingress }: GroupMember,
  prefersTls: boolean,
): { port: number; protocol: ListenProtocol }[] {
  const suffix = 'listen-ports'
  const raw = annotationsOf({ ingress }).text(suffix)
  if (raw === undefined) {
    return prefersTls ? [{ port: 443, protocol: 'HTTPS' }] : [{ port: 80, protocol: 'HTTP' }]
  }
  const entries = entriesOf(raw)
  if (typeof entries === 'string') {
    throw wrong(suffix, `failed to parse listen-ports configuration: \`${raw}\`: ${entries}`)
  }
  if (entries.length === 0) throw wrong(suffix, `empty listen-ports configuration: \`${raw}\``)
  return entries.map(([protocol, port]) => {
    if (port < 1 || port > 65_535) throw wrong(suffix, `listen port must be within [1, 65535]: ${port}`)
    if (protocol !== 'HTTP' && protocol !== 'HTTPS') {
      throw wrong(suffix, `listen protocol must be within [HTTP, HTTPS]: ${protocol}`)
    }
    return { port, protocol }
  })
}

// A list of maps from protocol to port, or what Go's decoder says of something else.
function entriesOf(raw: string): [string, number][] | string {
  let parsed: unknown
  try {
    parsed = JSON.parse(raw)
  } catch {
    const [first] = raw.trimStart()
    if (first === undefined) return 'unexpected end of JSON input'
    return `invalid character '${first}' looking for beginning of value`
  }
  if (!Array.isArray(parsed)) return mismatch(parsed, '[]map[string]int32')
  const list: readonly unknown[] = parsed
  const entries: [string, number][] = []
  for (const entry of list) {
    if (!isObject(entry)) return mismatch(entry, 'map[string]int32')
    for (const [protocol, port] of Object.entries(entry)) {
      if (typeof port !== 'number' || !Number.isInteger(port)) return mismatch(port, 'int32')
      entries.push([protocol, port])
    }
  }
  return entries
}

function mismatch(value: unknown, goType: string): string {
  const name = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  return `json: cannot unmarshal ${name} into Go value of type ${goType}`
}

function cidrsOf(member: GroupMember, annotations: IngressAnnotations): readonly string[] {
  const cidrs = member.params.inboundCIDRs ?? annotations.list('inbound-cidrs') ?? []
  const invalid = cidrs.find((cidr) => !cidr.includes(':') && !isCidr(cidr))
  if (invalid !== undefined) {
    throw wrong(
      'inbound-cidrs',
      `invalid inbound-cidrs settings on Ingress: ${nameOf(member)}: invalid CIDR address: ${invalid}`,
    )
  }
  return cidrs
}

function isCidr(text: string): boolean {
  try {
    parseCidr(text)
    return true
  } catch (error) {
    if (error instanceof AddressError) return false
    throw error
  }
}

function merged(port: number, ports: readonly OwnPort[]): ListenPort {
  try {
    const protocol = ports[0]?.protocol ?? 'HTTP'
    same(ports, 'protocol', { valueOf: (own) => own.protocol })
    const cidrs = same(ports, 'inbound-cidrs', { valueOf: (own) => setOf(own.cidrs), print: byFamily }) ?? ''
    const prefixLists =
      same(ports, 'inbound-prefix-lists', {
        valueOf: (own) => setOf(own.prefixLists),
        print: (text) => `[${text}]`,
      }) ?? ''
    const sslPolicy = same(ports, 'sslPolicy', { valueOf: (own) => own.sslPolicy })
    same(ports, 'mTLS Attributes', { valueOf: (own) => own.mutual && JSON.stringify(own.mutual) })
    const isOpen = cidrs === '' && prefixLists === ''
    return {
      port,
      protocol,
      // Addresses of version 6 count on dual stack only.
      cidrs: isOpen ? everybody('dualstack') : listOf(cidrs),
      prefixLists: listOf(prefixLists),
      sslPolicy: protocol === 'HTTPS' ? (sslPolicy ?? DEFAULT_POLICY) : undefined,
      mutual: ports.find((own) => own.mutual)?.mutual,
      certificates: [...new Set(ports.flatMap(({ certificates }) => certificates))],
      members: ports.map(({ member }) => member),
    }
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    throw new BuildError(`failed to merge listenPort config for port: ${port}: ${error.message}`)
  }
}

interface Said {
  readonly valueOf: (own: OwnPort) => string | undefined
  /** How an error shows a value. */
  readonly print?: (value: string) => string
}

/** The one value of those that say something. @throws BuildError when two say different things */
function same(ports: readonly OwnPort[], what: string, { valueOf, print = (value) => value }: Said) {
  const given = ports.filter((own) => (valueOf(own) ?? '') !== '')
  const [first] = given
  const other = given.find((own) => first && valueOf(own) !== valueOf(first))
  const shown = (own: OwnPort): string => `${nameOf(own.member)}: ${print(valueOf(own) ?? '')}`
  if (first && other) {
    throw new BuildError(`conflicting ${what}, ${shown(first)} | ${shown(other)}`)
  }
  return first && valueOf(first)
}

// The addresses of version 4 and those of version 6, as Go prints lists.
function byFamily(text: string): string {
  const [v4, v6] = [false, true].map((isV6) => listOf(text).filter((cidr) => cidr.includes(':') === isV6))
  return `[${v4?.join(' ')}], [${v6?.join(' ')}]`
}

function setOf(items: readonly string[]): string {
  return [...new Set(items)].toSorted().join(' ')
}

function listOf(text: string): string[] {
  return text === '' ? [] : text.split(' ')
}
