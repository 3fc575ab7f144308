import { beforeEach, describe, expect, it } from 'vitest'

import { createMemoryStore } from '../../../store/memory-store.ts'
import { Table } from '../../../store/table.ts'
import { createIngress, type Ingress } from './ingress.ts'
import type { PrefixListRecord } from './prefix-list-record.ts'
import type { RuleRecord } from './state.ts'

let rules: Table<RuleRecord>
let prefixLists: Table<PrefixListRecord, 'token'>
let ingress: Ingress

beforeEach(() => {
  const store = createMemoryStore()
  rules = new Table(store, 'rules')
  prefixLists = new Table(store, 'prefix-lists')
  ingress = createIngress({ rules, prefixLists })
})

async function put(id: string, rule: Partial<RuleRecord>): Promise<void> {
  const groupId = rule.groupId ?? 'sg-1'
  await rules.put(`${groupId}/${id}`, { id, groupId, egress: false, protocol: 'tcp', tags: {}, ...rule })
}

const admits = (sourceIp: string, port = 80, groups = ['sg-1']): boolean =>
  ingress.admits(groups, { sourceIp, port })

describe('a rule', () => {
  it.each<[string, Partial<RuleRecord>, boolean]>([
    ['of everybody', { fromPort: 80, toPort: 80, cidr: '0.0.0.0/0' }, true],
    ['of a range that holds the client', { fromPort: 80, toPort: 80, cidr: '127.0.0.0/8' }, true],
    ['of another range', { fromPort: 80, toPort: 80, cidr: '203.0.113.0/24' }, false],
    ['of ports around it', { fromPort: 1, toPort: 1024, cidr: '0.0.0.0/0' }, true],
    ['of other ports', { fromPort: 81, toPort: 1024, cidr: '0.0.0.0/0' }, false],
    ['of all traffic', { protocol: '-1', cidr: '0.0.0.0/0' }, true],
    ['of UDP', { protocol: 'udp', fromPort: 80, toPort: 80, cidr: '0.0.0.0/0' }, false],
    ['of what goes out', { egress: true, protocol: '-1', cidr: '0.0.0.0/0' }, false],
    ['of a group', { fromPort: 80, toPort: 80, sourceGroupId: 'sg-1' }, false],
    [
      'of a prefix list that is not of the account',
      { fromPort: 80, toPort: 80, prefixListId: 'pl-1' },
      false,
    ],
    ['of IPv6', { fromPort: 80, toPort: 80, cidr6: '::/0' }, false],
    [
      'of another group than those that are attached',
      { groupId: 'sg-2', protocol: '-1', cidr: '0.0.0.0/0' },
      false,
    ],
  ])('%s', async (_, rule, expected) => {
    await put('r', rule)
    expect(admits('127.0.0.1')).toBe(expected)
  })

  it('of everybody does not ask who comes', async () => {
    await put('r', { fromPort: 80, toPort: 80, cidr: '0.0.0.0/0' })
    const knock = {
      port: 80,
      get sourceIp(): string {
        throw new Error('was asked')
      },
    }
    expect(ingress.admits(['sg-1'], knock)).toBe(true)
  })

  it('of any attached group is enough', async () => {
    await put('r', { groupId: 'sg-2', protocol: '-1', cidr: '0.0.0.0/0' })
    expect(admits('127.0.0.1', 80, ['sg-1', 'sg-2'])).toBe(true)
    expect(admits('127.0.0.1', 80, [])).toBe(false)
  })

  it('of a prefix list lets in what is in its newest version', async () => {
    const list = {
      id: 'pl-2',
      name: 'office',
      family: 'IPv4',
      maxEntries: 5,
      state: 'create-complete',
      tags: {},
    } as const
    const versions = [[{ cidr: '127.0.0.0/8' }], [{ cidr: '203.0.113.0/24' }]]
    await prefixLists.put('pl-2', { ...list, versions: versions.slice(0, 1) })
    await put('r', { fromPort: 80, toPort: 80, prefixListId: 'pl-2' })
    expect(admits('127.0.0.1')).toBe(true)
    expect(admits('203.0.113.9')).toBe(false)
    await prefixLists.put('pl-2', { ...list, versions })
    await expect.poll(() => admits('127.0.0.1')).toBe(false)
    expect(admits('203.0.113.9')).toBe(true)
  })

  it('counts from when it is made until it is removed', async () => {
    expect(admits('127.0.0.1')).toBe(false)
    await put('r', { fromPort: 80, toPort: 80, cidr: '0.0.0.0/0' })
    await expect.poll(() => admits('127.0.0.1')).toBe(true)
    await rules.delete('sg-1/r')
    await expect.poll(() => admits('127.0.0.1')).toBe(false)
  })
})
