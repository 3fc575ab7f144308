import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { parseFaults } from './fault.ts'

describe('parseFaults', () => {
  it('reads the example of the documentation', async () => {
    const text = readFileSync(new URL('../../../docs/faults.md', import.meta.url), 'utf8')
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(text) ?? []
    expect(await parseFaults(example, 'faults.yaml')).toHaveLength(7)
  })

  it('reads a list as well as a mapping, and none at all', async () => {
    const fault = { operation: 'eks:*', error: 'throttling' }
    expect(await parseFaults(JSON.stringify([fault]), 'faults.json')).toEqual([fault])
    expect(await parseFaults('faults: []', 'faults.yaml')).toEqual([])
  })

  it.each([
    ['faults', 'it has no list called faults'],
    ['{', 'f.yaml holds no faults: '],
    ['[x]', 'fault 1: it is no mapping'],
    ['[{ operation: "eks:*" }]', 'fault 1: it does nothing: give error, delay or settles'],
    ['[{ error: throttling, operations: eks }]', 'operations is nothing that a fault has'],
    ['[{ error: throttling }, { error: slow }]', 'fault 2: error is none of throttling, expired-token'],
    ['[{ error: { code: X } }]', 'and has no code and message'],
    ['[{ error: { code: X, message: y, status: 200 } }]', 'status is no HTTP status of an error'],
    ['[{ error: throttling, operation: eks }]', 'operation is not of the form service:Operation'],
    ['[{ error: throttling, resource: 1 }]', 'resource needs the stack that it is in'],
    [
      '[{ error: throttling, stack: a, resource: 0 }]',
      'resource is neither a logical id nor a number from 1',
    ],
    ['[{ error: throttling, caller: 7 }]', 'caller is no ARN'],
    ['[{ error: throttling, stack: a, caller: b }]', 'CloudFormation calls for a stack: it has no caller'],
    ['[{ error: throttling, rate: 2 }]', 'rate is no share above 0, and 1 at most'],
    ['[{ error: throttling, times: 0 }]', 'times is no number from 1'],
    ['[{ error: throttling, from: 1.5 }]', 'from is no number from 1'],
    ['[{ delay: soon }]', 'delay is no duration such as 1.5s'],
    ['[{ operation: "eks:*", settles: 1s }]', 'settles is for elasticloadbalancing:CreateLoadBalancer alone'],
  ])('refuses %s', async (text, message) => {
    await expect(parseFaults(text, 'f.yaml')).rejects.toThrow(message)
  })
})
