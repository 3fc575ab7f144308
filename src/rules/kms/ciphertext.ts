// Owns how a ciphertext of KMS names the key that made it. AWS says nothing of its form; this one is Neargate's.

/** A ciphertext begins with the id of its key. */
export const KEY_ID_BYTES = 36

/** The id of the key that a ciphertext claims to be of; whether there is such a key, and whether it was, is open. */
export function keyIdOf(ciphertext: Uint8Array): string {
  return Buffer.from(ciphertext).subarray(0, KEY_ID_BYTES).toString('latin1')
}
