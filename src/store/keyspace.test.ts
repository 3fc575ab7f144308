import { beforeEach, describe, expect, it } from 'vitest'

import { Keyspace } from './keyspace.ts'

let keyspace: Keyspace

beforeEach(() => {
  keyspace = new Keyspace()
})

/** Commits a value of a key, or its deletion. */
function write(key: string, value: string | undefined): void {
  const revision = keyspace.revision + 1
  const previous = keyspace.get(key)
  if (value === undefined) {
    if (!previous) throw new Error(`${key} is not there`)
    keyspace.apply({ revision, changes: [{ type: 'delete', key, revision, previous }] })
    return
  }
  const createRevision = previous?.createRevision ?? revision
  const entry = { key, value, createRevision, modRevision: revision }
  keyspace.apply({ revision, changes: [{ type: 'put', entry, previous }] })
}

describe('compaction', () => {
  beforeEach(() => {
    write('a', '1')
    write('b', '1')
    write('a', '2')
    write('b', undefined)
    write('a', '3')
  })

  it.each([
    [1, [2, 3, 4, 5], []],
    [2, [3, 4, 5], []],
    [3, [4, 5], ['a 1']],
    // A deletion goes with what it deleted: nobody can ask for either any more.
    [4, [5], ['a 1', 'b 2', 'b 4']],
    [5, [], ['a 1', 'a 3', 'b 2', 'b 4']],
  ])(
    'at %i keeps the commits after it, no more and no fewer, and drops what only older reads need',
    (at, kept, gone) => {
      const dropped = keyspace.compact(at).map(({ key, revision }) => `${key} ${revision}`)
      expect(dropped.toSorted()).toEqual(gone)
      expect(keyspace.commitsFrom(0).map(({ revision }) => revision)).toEqual(kept)
      expect(keyspace.compactedRevision).toBe(at)
    },
  )

  it('leaves every read at its revision or later as it was', () => {
    const reads = (from: number) =>
      Array.from({ length: 6 - from }, (_, index) => keyspace.range({ prefix: '', revision: from + index }))
    for (const at of [1, 2, 3, 4, 5]) {
      const before = reads(at)
      keyspace.compact(at)
      expect(reads(at)).toEqual(before)
      expect(() => keyspace.range({ prefix: '', revision: at - 1 })).toThrow(
        expect.objectContaining({ code: 'Compacted' }),
      )
    }
  })

  it('forgets a key whose deletion is compacted, and keeps one that is written again', () => {
    write('b', '2')
    keyspace.compact(4)
    expect(keyspace.get('b')?.createRevision).toBe(6)
    keyspace.compact(6)
    expect(keyspace.range({ prefix: '' }).entries.map(({ key }) => key)).toEqual(['a', 'b'])
  })
})

it('gives commits from a revision on', () => {
  for (const value of ['1', '2', '3']) write('a', value)
  expect(keyspace.commitsFrom(2).map(({ revision }) => revision)).toEqual([2, 3])
  expect(keyspace.commitsFrom(4)).toEqual([])
})
