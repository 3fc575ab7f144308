import type { Answer, DecodedPacket } from 'dns-packet'
import { describe, expect, it } from 'vitest'

import { answerNames } from './load-balancer-names.ts'

const web = 'web-01.elb.eu-west-1.localhost'
const known = new Map([
  [web, ['127.66.3.9', '127.67.1.2']],
  ['web-17.eu-west-1.elb.localhost', ['127.66.3.10']],
])
const answers = answerNames((name) => known.get(name), 60)

type Question = NonNullable<DecodedPacket['questions']>[number]
async function ask(name: string, type: Question['type'] = 'A') {
  const { flags = 0, answers: found = [] } = await answers({ questions: [{ name, type, class: 'IN' }] })
  return { code: flags & 15, data: found.map((each: Answer) => ('data' in each ? each.data : undefined)) }
}

describe('names of load balancers', () => {
  it.each([
    [web, ['127.66.3.9', '127.67.1.2']],
    ['WEB-01.elb.eu-west-1.LOCALHOST.', ['127.66.3.9', '127.67.1.2']],
    ['web-01.elb.eu-west-1.test', ['127.66.3.9', '127.67.1.2']],
    ['web-17.eu-west-1.elb.test', ['127.66.3.10']],
    ['localhost', ['127.0.0.1']],
    ['anything.localhost', ['127.0.0.1']],
  ])('%s is %j', async (name, data) => {
    expect(await ask(name)).toEqual({ code: 0, data })
  })

  it.each([
    ['gone-01.elb.eu-west-1.localhost', 3],
    ['gone-01.elb.eu-west-1.test', 3],
    ['example.test', 3],
    ['example.com', 5],
  ])('%s ends with code %i', async (name, code) => {
    expect(await ask(name)).toEqual({ code, data: [] })
  })

  it('have no addresses of version 6, and are asked for under the name that was used', async () => {
    expect(await ask(web, 'AAAA')).toEqual({ code: 0, data: [] })
    const { answers: found = [] } = await answers({
      questions: [{ name: web.toUpperCase(), type: 'A', class: 'IN' }],
    })
    expect(found[0]).toMatchObject({ name: web.toUpperCase(), ttl: 60 })
  })
})
