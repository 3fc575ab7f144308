// Owns what a cluster's name server says of the names below its domain; pure.
// Source: Kubernetes DNS-Based Service Discovery 1.1.0 (github.com/kubernetes/dns docs/specification.md) and CoreDNS's
// plugin kubernetes, set up as EKS does (`pods insecure`, `fallthrough in-addr.arpa ip6.arpa`).
import type { Answer, Packet, Question } from 'dns-packet'

import type { EndpointSlice, Service } from '../../generated/kubernetes.d.ts'

/** What is known of the cluster. */
export interface ZoneView {
  /** `cluster.local` */
  readonly domain: string
  hasNamespace(name: string): boolean
  service(namespace: string, name: string): Service | undefined
  slicesOf(service: Service): readonly EndpointSlice[]
  /** Services with the cluster IP. */
  servicesAt(ip: string): readonly Service[]
  /** Slices with an endpoint that has the address. */
  slicesAt(ip: string): readonly EndpointSlice[]
}

// CoreDNS: the plugin's own, and of a zone's SOA.
const TTL = 5
const NXDOMAIN = 3
const AUTHORITATIVE = 1 << 10

/** An address of a Service and the name that DNS has for it. */
interface Target {
  readonly ip: string
  /** First label of its name below the Service's; none for a cluster IP. */
  readonly label?: string
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[]
}

/** Undefined: no such name. Without targets: the name is there. */
type Found = readonly Target[] | { readonly cname: string } | undefined

/**
 * The answer to a question about the cluster's own names.
 * @returns undefined for a name that is somebody else's, reverse ones that the cluster doesn't know included
 */
export function answerInZone(question: Question, view: ZoneView): Packet | undefined {
  const name = question.name.toLowerCase().replace(/\.$/, '')
  if (name.endsWith('.in-addr.arpa')) return reverse(question, name, view)
  const { domain } = view
  if (name !== domain && !name.endsWith(`.${domain}`)) return undefined
  const labels = name === domain ? [] : name.slice(0, -domain.length - 1).split('.')
  if (name === `dns-version.${domain}`) {
    return question.type === 'TXT'
      ? positive([{ type: 'TXT', name: question.name, ttl: TTL, data: '1.1.0' }])
      : empty(view, 0)
  }
  const kind = labels.at(-1)
  if (kind === undefined) return question.type === 'SOA' ? positive([soa(view)]) : empty(view, 0)
  if (kind === 'pod') return pod(question, labels.slice(0, -1), view)
  if (kind === 'svc') return service(question, labels.slice(0, -1), view)
  return empty(view, NXDOMAIN)
}

function service(question: Question, labels: readonly string[], view: ZoneView): Packet {
  const namespace = labels.at(-1)
  if (namespace === undefined) return empty(view, 0)
  if (!view.hasNamespace(namespace)) return empty(view, NXDOMAIN)
  const name = labels.at(-2)
  if (name === undefined) return empty(view, 0)
  const object = view.service(namespace, name)
  if (!object) return empty(view, NXDOMAIN)
  const base = `${name}.${namespace}.svc.${view.domain}`
  const found = find(object, labels.slice(0, -2), view)
  if (found === undefined) return empty(view, NXDOMAIN)
  if ('cname' in found) return positive([{ type: 'CNAME', name: question.name, ttl: TTL, data: found.cname }])
  return records(question, found, { base, view })
}

/** What stands at the labels below a Service's name. */
function find(object: Service, below: readonly string[], view: ZoneView): Found {
  const { type, externalName } = object.spec
  if (type === 'ExternalName') return below.length === 0 ? { cname: externalName ?? '' } : undefined
  const targets = targetsOf(object, view)
  const [first = '', second] = below
  if (below.length === 0) return targets
  if (below.length === 1 && !first.startsWith('_')) {
    return nonEmpty(targets.filter(({ label }) => label === first))
  }
  if (below.length !== 2 || !second?.startsWith('_')) return undefined
  const [port, protocol] = [first.slice(1), second.slice(1)]
  return nonEmpty(
    targets
      .map((target) => ({
        ...target,
        ports: target.ports.filter((each) => each.name === port && each.protocol === protocol),
      }))
      .filter(({ ports }) => ports.length > 0),
  )
}

function nonEmpty(targets: readonly Target[]): Found {
  return targets.length === 0 ? undefined : targets
}

function targetsOf(object: Service, view: ZoneView): Target[] {
  const { clusterIP, ports = [] } = object.spec
  if (clusterIP && clusterIP !== 'None') {
    const own = ports.map(({ name = '', protocol = 'TCP', port }) => ({
      name,
      protocol: protocol.toLowerCase(),
      port,
    }))
    return [{ ip: clusterIP, ports: own }]
  }
  return view.slicesOf(object).flatMap((slice) => {
    if (slice.addressType !== 'IPv4') return []
    const own = (slice.ports ?? []).map(({ name = '', protocol = 'TCP', port = 0 }) => ({
      name,
      protocol: protocol.toLowerCase(),
      port,
    }))
    return (slice.endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses, hostname }) =>
        addresses.map((ip) => ({ ip, label: hostname ?? dashed(ip), ports: own })),
      )
  })
}

function records(
  { type, name }: Question,
  targets: readonly Target[],
  { base, view }: { readonly base: string; readonly view: ZoneView },
): Packet {
  if (type === 'A' && targets.length > 0) {
    return positive(targets.map(({ ip }) => ({ type: 'A', name, ttl: TTL, data: ip })))
  }
  if (type !== 'SRV' || targets.length === 0) return empty(view, 0)
  const located = targets.flatMap(({ ip, label, ports }) =>
    ports.map(({ port }) => ({ ip, port, target: label === undefined ? base : `${label}.${base}` })),
  )
  if (located.length === 0) return empty(view, 0)
  const weight = Math.max(1, Math.floor(100 / located.length))
  const hosts = new Map(located.map(({ target, ip }) => [`${target}/${ip}`, { target, ip }]))
  return {
    ...positive(
      located.map(({ port, target }) => ({
        type: 'SRV',
        name,
        ttl: TTL,
        data: { priority: 0, weight, port, target },
      })),
    ),
    additionals: [...hosts.values()].map(({ target, ip }) => ({
      type: 'A',
      name: target,
      ttl: TTL,
      data: ip,
    })),
  }
}

// `pods insecure`: whatever looks like an address is one, in a namespace that is there.
function pod({ type, name }: Question, labels: readonly string[], view: ZoneView): Packet {
  const [first, namespace] = labels.length === 1 ? [undefined, labels[0]] : labels
  if (namespace === undefined) return empty(view, 0)
  if (labels.length > 2 || !view.hasNamespace(namespace)) return empty(view, NXDOMAIN)
  if (first === undefined) return empty(view, 0)
  const ip = /^\d{1,3}(-\d{1,3}){3}$/.test(first) ? first.replaceAll('-', '.') : undefined
  if (ip === undefined || ip.split('.').some((part) => Number(part) > 255)) return empty(view, NXDOMAIN)
  return type === 'A' ? positive([{ type: 'A', name, ttl: TTL, data: ip }]) : empty(view, 0)
}

function reverse({ type, name }: Question, lower: string, view: ZoneView): Packet | undefined {
  const ip = lower.slice(0, -'.in-addr.arpa'.length).split('.').toReversed().join('.')
  const names = [
    ...view.servicesAt(ip).map(({ metadata }) => `${metadata.name}.${metadata.namespace}.svc.${view.domain}`),
    ...view.slicesAt(ip).flatMap(({ metadata, endpoints }) => {
      const owner = metadata.labels?.['kubernetes.io/service-name']
      const found = endpoints?.find(({ addresses }) => addresses.includes(ip))
      if (owner === undefined || !found) return []
      return [`${found.hostname ?? dashed(ip)}.${owner}.${metadata.namespace}.svc.${view.domain}`]
    }),
  ]
  if (names.length === 0) return undefined
  if (type !== 'PTR') return empty(view, 0)
  return positive([...new Set(names)].map((data) => ({ type: 'PTR', name, ttl: TTL, data })))
}

function dashed(ip: string): string {
  return ip.replaceAll('.', '-')
}

function positive(answers: Answer[]): Packet {
  return { flags: AUTHORITATIVE, answers }
}

/** No records; @param code 0: the name is there, 3: it is not. */
function empty(view: ZoneView, code: 0 | 3): Packet {
  return { flags: AUTHORITATIVE | code, authorities: [soa(view)] }
}

function soa({ domain }: ZoneView): Answer {
  const data = {
    mname: `ns.dns.${domain}`,
    rname: `hostmaster.${domain}`,
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: TTL,
  }
  return { type: 'SOA', name: domain, ttl: TTL, data }
}
