import { describe, expect, it } from 'vitest'

import { randomIds } from '../base/ids.ts'
import { createVpcResolver } from './vpc-resolver.ts'

async function ask(name: string, type: 'A' | 'AAAA' = 'A') {
  const resolver = createVpcResolver({ region: 'eu-west-1', ids: randomIds, upstream: () => [] })
  // Only the question is read.
  const { flags = 0, answers = [] } = await resolver({ questions: [{ name, type }] } as never, '10.0.1.1')
  return { code: flags & 0xf, answers }
}

describe('the resolver of a VPC', () => {
  it.each(['ip-10-0-1-9.eu-west-1.compute.internal', 'IP-10-0-1-9.eu-west-1.compute.internal.'])(
    'knows the private name %s',
    async (name) => {
      expect(await ask(name)).toEqual({ code: 0, answers: [{ type: 'A', name, ttl: 60, data: '10.0.1.9' }] })
      expect(await ask(name, 'AAAA')).toEqual({ code: 0, answers: [] })
    },
  )

  it.each([
    'ip-10-0-1-999.eu-west-1.compute.internal',
    'web.shop.svc.cluster.local.eu-west-1.compute.internal',
  ])('knows that there is no %s, whatever the machine has for name servers', async (name) => {
    expect(await ask(name)).toEqual({ code: 3, answers: [] })
  })

  it.each(['ip-10-0-1-9.ec2.internal', 'example.com'])(
    'leaves %s to the name servers of the machine, of which there are none here',
    async (name) => {
      expect(await ask(name)).toEqual({ code: 2, answers: [] })
    },
  )
})
