import { describe, expect, it } from 'vitest'

import { changedTable, EMPTY_TABLE, wholeTable, type NftTable } from './nft-table.ts'

function table({
  clients = ['10.0.0.1'],
  rules = ['ip saddr @clients accept'],
  verdicts = [['10.0.0.9', 'jump closed']],
}: {
  readonly clients?: readonly string[]
  readonly rules?: readonly string[]
  readonly verdicts?: readonly (readonly [string, string])[]
} = {}): NftTable {
  return {
    sets: new Map([['clients', { type: 'ipv4_addr', elements: new Set(clients) }]]),
    maps: new Map([['to', { type: 'ipv4_addr : verdict', elements: new Map(verdicts) }]]),
    chains: new Map([
      ['closed', { rules: ['drop'] }],
      ['forward', { hook: 'type filter hook forward priority 0', rules }],
    ]),
  }
}

describe('a table of rules', () => {
  it('is made in the order that the kernel takes: what is named before what names it', () => {
    expect(wholeTable('t', table())).toBe(`add table ip t
delete table ip t
add table ip t
add set ip t clients { type ipv4_addr; }
add map ip t to { type ipv4_addr : verdict; }
add chain ip t closed
add chain ip t forward { type filter hook forward priority 0; }
add rule ip t closed drop
add rule ip t forward ip saddr @clients accept
add element ip t clients { 10.0.0.1 }
add element ip t to { 10.0.0.9 : jump closed }
`)
  })

  it.each<[string, NftTable, string]>([
    ['nothing', table(), ''],
    [
      'an element',
      table({ clients: ['10.0.0.2'] }),
      'delete element ip t clients { 10.0.0.1 }\nadd element ip t clients { 10.0.0.2 }\n',
    ],
    ['a rule', table({ rules: ['drop'] }), 'flush chain ip t forward\nadd rule ip t forward drop\n'],
    [
      'a verdict',
      table({ verdicts: [['10.0.0.9', 'drop']] }),
      'delete element ip t to { 10.0.0.9 : jump closed }\nadd element ip t to { 10.0.0.9 : drop }\n',
    ],
    [
      'everything',
      EMPTY_TABLE,
      `delete map ip t to
flush chain ip t closed
flush chain ip t forward
delete chain ip t closed
delete chain ip t forward
delete set ip t clients
`,
    ],
  ])('is changed by %s alone', (_, after, script) => {
    expect(changedTable('t', table(), after)).toBe(script)
  })

  it('keeps what the kernel has put into its sets', () => {
    const memory = {
      type: 'ipv4_addr',
      elements: undefined,
      options: ['flags dynamic,timeout', 'timeout 60s'],
    }
    const withMemory = { ...EMPTY_TABLE, sets: new Map([['memory', memory]]) }
    expect(changedTable('t', EMPTY_TABLE, withMemory)).toBe(
      'add set ip t memory { type ipv4_addr; flags dynamic,timeout; timeout 60s; }\n',
    )
    expect(changedTable('t', withMemory, withMemory)).toBe('')
  })
})
