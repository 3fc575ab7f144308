// Owns the loopback addresses that are a load balancer's own, one a zone. Linux answers on all of 127/8 without being
// told; elsewhere an address has to be added to the loopback interface first.
import { createHash } from 'node:crypto'

/** Remembers the addresses of load balancers over restarts; keys are `ARN/ZONE`. */
export interface AddressMemory {
  get(key: string): string | undefined
  /** The keys of a load balancer, of zones that it has left too. */
  keys(arn: string): readonly string[]
  /** @returns false when the address is another's */
  claim(key: string, address: string): Promise<boolean>
  release(key: string): Promise<void>
}

// 127.64.0.0/10: far from 127.0.0.1 and from what resolvers listen on (127.0.0.53, 127.0.1.1).
const FIRST_BLOCK = 64
const BLOCKS = 64
const MOST_ATTEMPTS = 64

/**
 * Where a load balancer might listen: spread over 127.64.0.0/10 by its ARN, whose end is random, so that those of two
 * data directories hardly ever meet.
 * @param attempt counts up from 0 while an address is taken
 */
export function loopbackAddress(key: string, attempt: number): string {
  const [a = 0, b = 0, c = 0] = createHash('sha256').update(`${key}#${attempt}`).digest()
  // Neither .0 nor .255: some tools take them for a network and a broadcast address.
  const last = (c % 254) + 1
  return `127.${FIRST_BLOCK + (a % BLOCKS)}.${b}.${last}`
}

/** The addresses of load balancers. */
export class OwnAddresses {
  readonly #memory: AddressMemory

  constructor(memory: AddressMemory) {
    this.#memory = memory
  }

  /** The address of each zone: those of now, new ones for new zones; what zones that it left had is free again. */
  async assign(arn: string, zones: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const wanted = new Map(zones.map((zone) => [`${arn}/${zone}`, zone]))
    for (const key of this.#memory.keys(arn)) if (!wanted.has(key)) await this.#memory.release(key)
    const addresses = new Map<string, string>()
    for (const [key, zone] of wanted) {
      const address = this.#memory.get(key) ?? (await this.#claim(key))
      if (address !== undefined) addresses.set(zone, address)
    }
    return addresses
  }

  async release(arn: string): Promise<void> {
    for (const key of this.#memory.keys(arn)) await this.#memory.release(key)
  }

  async #claim(key: string): Promise<string | undefined> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const address = loopbackAddress(key, attempt)
      if (await this.#memory.claim(key, address)) return address
    }
    return undefined
  }
}
