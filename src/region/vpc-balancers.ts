// Owns how real pods of a VPC reach load balancers by their names: a name that a pod asks for gets addresses within the VPC,
// and the listeners of its load balancer listen there.
import type { Socket } from 'node:net'

import type { Packet } from 'dns-packet'

import { contains, parseCidr } from '../base/cidr.ts'
import { KeyedLock } from '../base/keyed-lock.ts'
import type { Log } from '../base/log.ts'
import { answerNames } from '../network/dns/load-balancer-names.ts'
import type { DnsHandler } from '../network/dns/server.ts'
import type { Edge } from '../network/edge/edge.ts'
import type { VpcNetwork } from '../network/vpc/vpc-networks.ts'
import { Mirrors, type Mirror } from '../node/mirrors.ts'

export interface VpcBalancersOptions {
  readonly network: Pick<VpcNetwork, 'own' | 'disown' | 'sockets'>
  readonly edge: Pick<Edge, 'resolve' | 'fronts' | 'onChange'>
  /** Asked about every other name. */
  readonly resolver: DnsHandler
  readonly log: Log
}

export interface VpcBalancers {
  readonly resolver: DnsHandler
  close(): Promise<void>
}

const BALANCER = /\.elb\.(?:[a-z0-9-]+\.)?(?:localhost|test)\.?$/i
const OWN = parseCidr('127.64.0.0/10')

/**
 * The address in a VPC that stands for one of a load balancer's own: 127/8 never leaves a pod, and 100.64.0.0/10 (RFC 6598)
 * is on no network of AWS's own.
 * @param own of 127.64.0.0/10
 */
export function addressInVpc(own: string): string {
  return own.replace(/^127\./, '100.')
}

/** Opens nothing until a pod asks: most load balancers are for clients from elsewhere. */
export function createVpcBalancers({ network, edge, resolver, log }: VpcBalancersOptions): VpcBalancers {
  const mirrors = new Mirrors({ network, dns: resolver, log })
  const asked = new Set<string>()
  const turns = new KeyedLock()
  const addressesOf = (name: string): readonly string[] | undefined =>
    edge.resolve(name)?.filter((address) => contains(OWN, address))
  const keep = async (): Promise<void> => {
    const wanted = new Set([...asked].flatMap((name) => addressesOf(name) ?? []))
    const fronts = edge.fronts().filter(({ address }) => wanted.has(address))
    await mirrors.keep(
      fronts.flatMap(({ address, port, accept, receive }): Mirror[] => {
        const at = { ip: addressInVpc(address), port }
        return [
          ...(accept
            ? [{ ...at, protocol: 'tcp' as const, accept: (socket: Socket) => accept(socket.pause()) }]
            : []),
          ...(receive ? [{ ...at, protocol: 'udp' as const, receive }] : []),
        ]
      }),
    )
  }
  const release = edge.onChange(() => {
    turns
      .run('', keep)
      .catch((error: unknown) => log.warn('load balancers are not up to date in a VPC', { error }))
  })
  const answer = answerNames((name) => addressesOf(name)?.map(addressInVpc), 0)
  return {
    async resolver(query, client): Promise<Packet> {
      const name = query.questions?.[0]?.name ?? ''
      if (!BALANCER.test(name)) return await resolver(query, client)
      const known = name
        .toLowerCase()
        .replace(/\.$/, '')
        .replace(/\.test$/, '.localhost')
      if (!asked.has(known) && addressesOf(known)) {
        asked.add(known)
        await turns.run('', keep)
      }
      return await answer(query)
    },
    async close() {
      release()
      await turns.run('', () => mirrors.keep([]))
    },
  }
}
