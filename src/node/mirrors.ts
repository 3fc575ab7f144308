// Owns where pods find what this program itself serves in their VPC: a stand-in's port has a listening socket at the
// stand-in's own address, as if it were a pod like the others.
import type { Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import type { Log } from '../base/log.ts'
import { serveTcp, serveUdp, type DnsHandler } from '../network/dns/server.ts'
import { hear } from '../network/edge/datagram-doors.ts'
import type { Datagram } from '../network/edge/front.ts'
import { relay } from '../network/relay.ts'
import type { VpcNetwork } from '../network/vpc/vpc-networks.ts'

/** What is to be found at an address of the VPC. */
export interface Mirror {
  readonly ip: string
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
  /** The way to what connections are for. */
  readonly dial?: () => Promise<Duplex>
  /** Takes connections itself. Without it and `dial` the name server does. */
  readonly accept?: (socket: Socket) => void
  /** Takes datagrams itself. Without it the name server does. */
  readonly receive?: (datagram: Datagram) => void
}

export interface MirrorsOptions {
  readonly network: Pick<VpcNetwork, 'own' | 'disown' | 'sockets'>
  readonly dns: DnsHandler
  readonly log: Log
}

interface Open {
  readonly close: () => void
}

/** The sockets that stand for what is served here. */
export class Mirrors {
  readonly #options: MirrorsOptions
  readonly #open = new Map<string, Open>()
  readonly #owned = new Set<string>()

  constructor(options: MirrorsOptions) {
    this.#options = options
  }

  /** Opens what is wanted and closes what is not. @throws SocketError, CommandError of what did not work */
  async keep(wanted: readonly Mirror[]): Promise<void> {
    const { network } = this.#options
    const byKey = new Map(wanted.map((mirror) => [keyOf(mirror), mirror]))
    for (const [key, { close }] of this.#open) {
      if (byKey.has(key)) continue
      close()
      this.#open.delete(key)
    }
    const addresses = new Set(wanted.map(({ ip }) => ip))
    for (const ip of this.#owned) {
      if (addresses.has(ip)) continue
      this.#owned.delete(ip)
      await network.disown(ip)
    }
    for (const ip of addresses) {
      if (this.#owned.has(ip)) continue
      await network.own(ip)
      this.#owned.add(ip)
    }
    for (const [key, mirror] of byKey) {
      if (!this.#open.has(key)) this.#open.set(key, await this.#listen(mirror))
    }
  }

  async #listen(mirror: Mirror): Promise<Open> {
    const { network, dns } = this.#options
    const { ip, port, dial, accept, receive } = mirror
    if (mirror.protocol === 'udp') {
      const socket = await network.sockets.bind(ip, port)
      if (receive) hear(socket, receive)
      else serveUdp(socket, dns)
      return { close: () => socket.close() }
    }
    const server: Server = await network.sockets.listen(ip, port, (socket) => {
      if (accept) accept(socket)
      else if (dial) this.#carry(socket, dial)
      else serveTcp(socket, socket.remoteAddress ?? '', dns)
    })
    return { close: () => server.close() }
  }

  #carry(socket: Socket, dial: () => Promise<Duplex>): void {
    socket.pause()
    socket.on('error', () => undefined)
    dial().then(
      (stream) => relay(socket, stream, () => undefined),
      (error: unknown) => {
        this.#options.log.debug('a connection of a pod was refused', { error })
        socket.resetAndDestroy()
      },
    )
  }
}

function keyOf({ ip, port, protocol }: Mirror): string {
  return `${protocol}/${ip}:${port}`
}
