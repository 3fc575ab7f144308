// Owns the packet rules by which pods reach Services: what kube-proxy writes on each node, once for a cluster, in nft's
// language. Pure. Source: kubernetes pkg/proxy/nftables; nft(8).
import { createHash } from 'node:crypto'

export interface RuleEndpoint {
  readonly ip: string
  readonly port: number
}

/** A port of a Service at one of its addresses. */
export interface RulePort {
  readonly ip: string
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
  /** Connections take turns; without one they are refused. */
  readonly endpoints: readonly RuleEndpoint[]
  /** A client comes back to the endpoint that it had, as long as the endpoints are the same (sessionAffinity ClientIP). */
  readonly isSticky: boolean
  /** The address is the cluster's own: it means this Service to the cluster's pods only, as with a ClusterIP. */
  readonly isPrivate: boolean
  /** Clients that have endpoints of their own, such as those of their node or zone. */
  readonly special?: readonly {
    readonly clients: readonly string[]
    readonly endpoints: readonly RuleEndpoint[]
  }[]
}

export interface ServiceRules {
  /** Addresses of the cluster's pods and nodes. */
  readonly clients: readonly string[]
  readonly ports: readonly RulePort[]
}

/** The script that adds a client to the rules that a cluster has. */
export function withClient(owner: string, ip: string): string {
  return `add element ip ${tableOf(owner)} clients { ${ip} }`
}

/** The script that takes a cluster's rules away, whether there are any or not. */
export function withoutServices(owner: string): string {
  return `add table ip ${tableOf(owner)}\ndelete table ip ${tableOf(owner)}`
}

// Names of clusters may begin with a digit; those of tables may not.
function tableOf(owner: string): string {
  return `services-${createHash('sha256').update(owner).digest('hex').slice(0, 12)}`
}

/**
 * The script that puts a cluster's rules in the place of those it had, in one transaction.
 * @param options.owner the cluster's name; each has a table of its own
 * @param options.router address that a pod sees which reaches itself by a Service
 */
export function serviceScript(
  { clients, ports }: ServiceRules,
  { owner, router }: { readonly owner: string; readonly router: string },
): string {
  const table = tableOf(owner)
  const live = ports.filter((port) => endpointsOf(port).length > 0)
  const dead = ports.filter((port) => endpointsOf(port).length === 0)
  const verdicts = new Map(live.map((port, index) => [port, `goto port-${index}`]))
  const own = ports.filter(({ isPrivate }) => isPrivate)
  const shared = ports.filter(({ isPrivate }) => !isPrivate)
  const selves = [...new Set(live.flatMap(endpointsOf).map(({ ip }) => `${ip} . ${ip}`))]
  const map = (some: readonly RulePort[]): string[] =>
    some.flatMap((port) => (verdicts.has(port) ? [`${keyOf(port)} : ${verdicts.get(port)}`] : []))
  const set = (some: readonly RulePort[]): string[] => dead.filter((port) => some.includes(port)).map(keyOf)
  return [
    withoutServices(owner),
    `table ip ${table} {`,
    ...block('set clients', 'type ipv4_addr', clients),
    ...block('map own', `type ${KEY} : verdict`, map(own)),
    ...block('map shared', `type ${KEY} : verdict`, map(shared)),
    ...block('set own-dead', `type ${KEY}`, set(own)),
    ...block('set shared-dead', `type ${KEY}`, set(shared)),
    ...block('set selves', 'type ipv4_addr . ipv4_addr', selves),
    ...live.flatMap((port, index) => chain(`port-${index}`, translations(port))),
    ...chain('translate', [
      'type nat hook prerouting priority -100',
      `ip saddr @clients ${LOOK} vmap @own`,
      `${LOOK} vmap @shared`,
    ]),
    ...chain('refuse', [
      'type filter hook prerouting priority -110',
      `ip saddr @clients ${LOOK} @own-dead reject`,
      `${LOOK} @shared-dead reject`,
    ]),
    // A pod would take an answer from its own address for its own question.
    ...chain('hairpin', [
      'type nat hook postrouting priority 100',
      `ct status dnat ip saddr . ip daddr @selves snat to ${router}`,
    ]),
    '}',
    '',
  ].join('\n')
}

const KEY = 'ipv4_addr . inet_proto . inet_service'
const LOOK = 'ip daddr . meta l4proto . th dport'

function keyOf({ ip, protocol, port }: RulePort): string {
  return `${ip} . ${protocol} . ${port}`
}

function endpointsOf({ endpoints, special = [] }: RulePort): RuleEndpoint[] {
  return [...endpoints, ...special.flatMap((some) => some.endpoints)]
}

function translations({ protocol, isSticky, endpoints, special = [] }: RulePort): string[] {
  const to = (some: readonly RuleEndpoint[]): string => {
    // Only in a table of filters may a packet be refused; one that goes nowhere is dropped instead.
    if (some.length === 0) return 'drop'
    const turn = isSticky ? 'jhash ip saddr' : 'numgen random'
    const choices = some.map(({ ip, port }, index) => `${index} : ${ip} . ${port}`)
    return `meta l4proto ${protocol} dnat ip to ${turn} mod ${some.length} map { ${choices.join(', ')} }`
  }
  return [
    ...special
      .filter(({ clients }) => clients.length > 0)
      .map((some) => `ip saddr { ${some.clients.join(', ')} } ${to(some.endpoints)}`),
    to(endpoints),
  ]
}

function block(head: string, type: string, elements: readonly string[]): string[] {
  const list = elements.length === 0 ? [] : [`    elements = { ${elements.join(', ')} }`]
  return [`  ${head} {`, `    ${type}`, ...list, '  }']
}

function chain(name: string, rules: readonly string[]): string[] {
  return [`  chain ${name} {`, ...rules.map((rule) => `    ${rule}`), '  }']
}
