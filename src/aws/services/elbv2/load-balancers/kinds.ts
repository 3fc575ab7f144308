// Owns what tells load balancers of type application and network apart.
import type { Attributes } from '../../../../rules/load-balancer/attributes.ts'
import { loadBalancerDefaults } from '../../../../rules/load-balancer/attributes.ts'
import { applicationDefaults } from '../../../../rules/load-balancer/application-attributes.ts'

export type Kind = 'application' | 'network'

/** Where a load balancer of the name `name` is found. `hex` is the last part of its ARN. */
export interface Naming {
  readonly name: string
  readonly hex: string
  readonly region: string
  readonly scheme: string
}

/** Hosted zones of load balancers (AWS General Reference, Elastic Load Balancing endpoints). */
const HOSTED_ZONES: Readonly<Record<Kind, Readonly<Record<string, string>>>> = {
  network: {
    'us-east-1': 'Z26RNL4JYFTOTI',
    'us-west-2': 'Z18D5FSROUN65G',
    'eu-west-1': 'Z2IFOLAFXWLO4F',
    'eu-central-1': 'Z3F0SRJ5LGBH90',
    'ap-northeast-1': 'Z31USIVHYNEOWT',
  },
  application: {
    'us-east-1': 'Z35SXDOTRQ7X7K',
    'us-west-2': 'Z1H1FL5HABSF5',
    'eu-west-1': 'Z32O12XQLNTSW2',
    'eu-central-1': 'Z215JYRZR1TBD5',
    'ap-northeast-1': 'Z14GRHDCWA56QT',
  },
}

/** The hosted zone of a region's load balancers, where it is known. */
export function hostedZoneOf(kind: Kind, region: string): string | undefined {
  return HOSTED_ZONES[kind][region]
}

/** `net` or `app`: how ARNs and interfaces begin. */
export function shortNameOf(kind: Kind): 'net' | 'app' {
  return kind === 'network' ? 'net' : 'app'
}

/** AWS's form of the name, under `localhost` instead of `amazonaws.com`. */
export function dnsNameOf(kind: Kind, { name, hex, region, scheme }: Naming): string {
  if (kind === 'network') return `${name}-${hex}.elb.${region}.localhost`.toLowerCase()
  const digits = String(Number.parseInt(hex.slice(0, 12), 16) % 10_000_000_000)
  const prefix = scheme === 'internal' ? 'internal-' : ''
  return `${prefix}${name}-${digits}.${region}.elb.localhost`.toLowerCase()
}

/** The attributes of a new one. */
export function defaultsOf(kind: Kind, scheme: string): Attributes {
  return kind === 'network' ? loadBalancerDefaults : applicationDefaults(scheme)
}

/** In how many zones it has to stand at least. */
export function fewestZones(kind: Kind): number {
  return kind === 'network' ? 1 : 2
}
