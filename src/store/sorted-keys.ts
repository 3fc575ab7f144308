// Owns the order of keys: thousands come and go a second, and a listing takes those of a prefix.

/** Keys that a block holds at most: what an insertion moves is one block, not all that are there. */
const LONGEST_BLOCK = 512

/** Different keys in order of their UTF-16 code units, as JavaScript compares strings. */
export class SortedKeys {
  /** None is empty, but for the only one. */
  readonly #blocks: string[][] = [[]]

  /** Adds a key; nothing changes when it is there. */
  add(key: string): void {
    const at = this.#blockOf(key)
    const block = this.#block(at)
    const last = block.at(-1)
    // Loading is in order and most names grow: the end is looked at first.
    if (last === undefined || last < key) block.push(key)
    else {
      const index = indexOf(block, key)
      if (block[index] === key) return
      block.splice(index, 0, key)
    }
    if (block.length > LONGEST_BLOCK) this.#blocks.splice(at + 1, 0, block.splice(block.length >>> 1))
  }

  /** Removes a key; nothing changes when it is not there. */
  remove(key: string): void {
    const at = this.#blockOf(key)
    const block = this.#block(at)
    const index = indexOf(block, key)
    if (block[index] !== key) return
    block.splice(index, 1)
    if (block.length === 0 && this.#blocks.length > 1) this.#blocks.splice(at, 1)
  }

  /** Calls back with each key that has the prefix and is not before `startKey`, in order. */
  each(prefix: string, startKey: string, visit: (key: string) => void): void {
    const first = startKey > prefix ? startKey : prefix
    let at = this.#blockOf(first)
    let index = indexOf(this.#block(at), first)
    for (; at < this.#blocks.length; at += 1, index = 0) {
      const block = this.#block(at)
      for (; index < block.length; index += 1) {
        const key = block[index]
        if (key === undefined || !key.startsWith(prefix)) return
        visit(key)
      }
    }
  }

  #block(at: number): string[] {
    return this.#blocks[at] ?? []
  }

  /** Which block has the key, or would have it: the first that does not end before it, or else the last. */
  #blockOf(key: string): number {
    const found = lowerBound(this.#blocks.length, (at) => (this.#blocks[at]?.at(-1) ?? '') >= key)
    return Math.min(found, this.#blocks.length - 1)
  }
}

function indexOf(block: readonly string[], key: string): number {
  return lowerBound(block.length, (index) => (block[index] ?? '') >= key)
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
