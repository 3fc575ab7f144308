// Owns waiting for a conversion: reads are of the moment, and a webhook that converts what they read is not.
import type { KubernetesObject } from '../client/client.ts'

/** Thrown by a read of objects that a webhook has to convert first. */
export class Unconverted extends Error {
  override readonly name = 'Unconverted'
  /** Asks the webhook; afterwards the same read can be done. Rejects with the StatusError of a conversion that failed. */
  readonly convert: () => Promise<void>

  constructor({ metadata }: KubernetesObject, convert: () => Promise<void>) {
    super(`${metadata.name} has to be converted`)
    this.convert = convert
  }
}

/**
 * Reads, again each time that something had to be converted for it.
 * @throws StatusError of a conversion that failed, and whatever the read throws.
 */
export async function whenConverted<T>(read: () => T): Promise<T> {
  for (;;) {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof Unconverted)) throw error
      await error.convert()
    }
  }
}
