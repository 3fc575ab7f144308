// Owns a memory of load balancers' addresses for tests.
import type { AddressMemory } from '../edge/own-addresses.ts'

/** Remembers as long as the map lives. */
export function rememberingAddresses(known = new Map<string, string>()): AddressMemory {
  return {
    get: (key) => known.get(key),
    keys: (arn) => [...known.keys()].filter((key) => key.startsWith(`${arn}/`)),
    claim: (key, address) => {
      const isFree = ![...known.values()].includes(address)
      if (isFree) known.set(key, address)
      return Promise.resolve(isFree)
    },
    release: (key) => {
      known.delete(key)
      return Promise.resolve()
    },
  }
}
