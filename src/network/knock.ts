// Owns what is known of a client before anything is read of it: what security groups judge.

/** What a client begins a connection or a flow of datagrams with. */
export interface Knock {
  /** IPv4. */
  readonly sourceIp: string
  /** Of the listener. */
  readonly port: number
  /** TCP when absent. */
  readonly protocol?: 'tcp' | 'udp'
}

/** The IPv4 address of an end of a connection, as sockets tell it; that of loopback once they tell none. */
export function ipv4Of(address = '127.0.0.1'): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
}
