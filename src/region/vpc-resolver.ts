// Owns what the resolver of a VPC answers: EC2's own names of private addresses, and everything else as this machine's name
// servers know it. Source: VPC user guide, "DNS attributes for your VPC" (AmazonProvidedDNS).
import type { Packet } from 'dns-packet'

import type { Ids } from '../base/ids.ts'
import { privateDnsName, privateDomain } from '../base/private-dns.ts'
import { forward, machineNameServers, type NameServer } from '../network/dns/forward.ts'
import type { DnsHandler } from '../network/dns/server.ts'

const AUTHORITATIVE = 1 << 10
const NXDOMAIN = 3
const REFUSED = 5
const TTL = 60

export interface VpcResolverOptions {
  readonly region: string
  readonly ids: Ids
  /** Asked about other names; those of this machine by default, read anew each time: a laptop moves. */
  readonly upstream?: () => readonly NameServer[]
}

export function createVpcResolver({
  region,
  ids,
  upstream = machineNameServers,
}: VpcResolverOptions): DnsHandler {
  return async ({ questions = [] }): Promise<Packet> => {
    const [question] = questions
    if (!question) return { flags: REFUSED }
    const { name, type } = question
    const lower = name.toLowerCase().replace(/\.$/, '')
    const ip = addressIn(lower)
    if (ip !== undefined && privateDnsName(ip, region) === lower) {
      if (type !== 'A') return { flags: AUTHORITATIVE }
      return { flags: AUTHORITATIVE, answers: [{ type: 'A', name, ttl: TTL, data: ip }] }
    }
    // The zone is EC2's own: a search path through it must end here, on a machine without name servers too.
    if (lower.endsWith(`.${privateDomain(region)}`)) return { flags: AUTHORITATIVE | NXDOMAIN }
    return await forward(question, upstream(), { ids })
  }
}

// `ip-10-0-1-23.…`
function addressIn(name: string): string | undefined {
  const parts = /^ip-(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})\./.exec(name)?.slice(1)
  return parts?.every((part) => Number(part) < 256) ? parts.join('.') : undefined
}
