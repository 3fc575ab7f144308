// Owns the order of keys: thousands come and go a second, and a listing takes those of a prefix.

/** Keys that a block holds at most: what an insertion moves is one block, not all that are there. */
const LONGEST_BLOCK = 512

interface Keyed {
  readonly key: string
}

/** What has different keys, in order of their UTF-16 code units, as JavaScript compares strings. */
export class SortedByKey<T extends Keyed> {
  /** None is empty, but for the only one. */
  readonly #blocks: T[][] = [[]]

  /** Adds what has a new key; nothing changes when the key is there. */
  add(added: T): void {
    const { key } = added
    const at = this.#blockOf(key)
    const block = this.#block(at)
    const last = block.at(-1)
    // Loading is in order and most names grow: the end is looked at first.
    if (last === undefined || last.key < key) block.push(added)
    else {
      const index = indexOf(block, key)
      if (block[index]?.key === key) return
      block.splice(index, 0, added)
    }
    if (block.length > LONGEST_BLOCK) this.#blocks.splice(at + 1, 0, block.splice(block.length >>> 1))
  }

  /** Removes a key; nothing changes when it is not there. */
  remove(key: string): void {
    const at = this.#blockOf(key)
    const block = this.#block(at)
    const index = indexOf(block, key)
    if (block[index]?.key !== key) return
    block.splice(index, 1)
    if (block.length === 0 && this.#blocks.length > 1) this.#blocks.splice(at, 1)
  }

  /** Calls back with everything whose key has the prefix and is not before `startKey`, in order. */
  each(prefix: string, startKey: string, visit: (found: T) => void): void {
    const first = startKey > prefix ? startKey : prefix
    let at = this.#blockOf(first)
    let index = indexOf(this.#block(at), first)
    for (; at < this.#blocks.length; at += 1, index = 0) {
      const block = this.#block(at)
      // In order: what stands between two that have the prefix has it as well.
      const isWhole = block.at(-1)?.key.startsWith(prefix)
      for (; index < block.length; index += 1) {
        const found = block[index]
        if (found === undefined || !(isWhole || found.key.startsWith(prefix))) return
        visit(found)
      }
    }
  }

  #block(at: number): T[] {
    return this.#blocks[at] ?? []
  }

  /** Which block has the key, or would have it: the first that does not end before it, or else the last. */
  #blockOf(key: string): number {
    const found = lowerBound(this.#blocks.length, (at) => (this.#blocks[at]?.at(-1)?.key ?? '') >= key)
    return Math.min(found, this.#blocks.length - 1)
  }
}

function indexOf(block: readonly Keyed[], key: string): number {
  return lowerBound(block.length, (index) => (block[index]?.key ?? '') >= key)
}

/** The first index below `length` for which `isAtOrAfter` holds, `length` when there is none. */
export function lowerBound(length: number, isAtOrAfter: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isAtOrAfter(middle)) high = middle
    else low = middle + 1
  }
  return low
}
