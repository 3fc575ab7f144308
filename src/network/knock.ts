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
