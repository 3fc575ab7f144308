import { describe, expect, it } from 'vitest'

import { flowHash, orderFor, type Candidate } from './balance.ts'

const target = (zone: string, isHealthy = true): Candidate => ({ zone, isHealthy })
const [a1, a2, b1, all, sick] = [target('a'), target('a'), target('b'), target('all'), target('a', false)]

/** The targets that flows of many clients may go to first, and all that any of them would try. */
function reached(
  targets: readonly Candidate[],
  crossZone: boolean,
): { first: Set<Candidate>; tried: Set<Candidate> } {
  const orders = Array.from({ length: 200 }, (_, port) =>
    orderFor(targets, {
      hash: flowHash({
        sourceIp: '127.0.0.1',
        sourcePort: 30_000 + port,
        destinationPort: 80,
      }),
      zones: ['a', 'b'],
      crossZone,
    }),
  )
  return { first: new Set(orders.flatMap(([first]) => first ?? [])), tried: new Set(orders.flat()) }
}

describe('a flow', () => {
  it.each<[string, Candidate[], boolean, Candidate[]]>([
    ['goes to healthy targets', [a1!, sick!], true, [a1!]],
    ['goes to sick ones when there are no others', [sick!], true, [sick!]],
    ['enters a zone that has a target', [a1!, a2!], false, [a1!, a2!]],
    ['stays in its zone, and every zone is entered', [a1!, b1!], false, [a1!, b1!]],
    ['goes to targets of all zones from any zone', [a1!, all!], false, [a1!, all!]],
    ['goes anywhere across zones', [a1!, b1!, all!], true, [a1!, b1!, all!]],
    ['goes nowhere without targets', [], false, []],
  ])('%s', (_, targets, crossZone, expected) => {
    const { first, tried } = reached(targets, crossZone)
    expect(first).toEqual(new Set(expected))
    expect(tried).toEqual(new Set(expected))
  })

  it('of a zone tries no target of another one', () => {
    for (let hash = 0; hash < 100; hash++) {
      const zones = new Set(
        orderFor([a1!, a2!, b1!], { hash, zones: ['a', 'b'], crossZone: false }).map(({ zone }) => zone),
      )
      expect(zones.size).toBe(1)
    }
  })

  it('that chose the address of a zone goes to targets there, to sick ones too, and to none where none is', () => {
    const order = (targets: Candidate[], entered: string, crossZone = false): Candidate[] =>
      orderFor(targets, { hash: 7, zones: ['a', 'b'], crossZone, entered })
    expect(order([a1!, b1!], 'b')).toEqual([b1])
    expect(order([sick!, b1!], 'a')).toEqual([sick])
    expect(order([b1!], 'a')).toEqual([])
    expect(order([b1!], 'a', true)).toEqual([b1])
  })

  it('goes to all targets when fewer are healthy than there have to be', () => {
    const order = (count: number, percentage?: number): Candidate[] =>
      orderFor([a1!, a2!, sick!], {
        hash: 0,
        zones: ['a'],
        crossZone: true,
        fewest: { count, ...(percentage !== undefined && { percentage }) },
      })
    expect(order(2)).toEqual([a1, a2])
    expect(order(3)).toEqual([a1, a2, sick])
    expect(order(1, 66)).toEqual([a1, a2])
    expect(order(1, 67)).toEqual([a1, a2, sick])
  })

  it('always goes to the same target', () => {
    const order = (): Candidate[] =>
      orderFor([a1!, a2!, b1!], { hash: 12345, zones: ['a', 'b'], crossZone: true })
    expect(order()).toEqual(order())
  })
})
