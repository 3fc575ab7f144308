// Forwards to several target groups: by weight, and with the cookies that keep a client at one of them.
import { describe, expect, test } from 'vitest'

import type { ForwardAction, Rule } from './plan.ts'
import { AlbStage, REQUESTS } from './testing/alb-stage.ts'

/** Numbers from 0 up to 1 in even steps. */
function evenly(steps: number): () => number {
  let count = 0
  return () => (count++ % steps) / steps
}

/** A load balancer over groups of one target each, which answers with the ARN of its group. */
async function weighted(weights: Readonly<Record<string, number>>, change: Partial<ForwardAction> = {}) {
  const stage = await AlbStage.open({ random: evenly(200) })
  const groups = Object.entries(weights).map(([arn, weight]) => ({ arn, weight }))
  for (const { arn } of groups) {
    const { ip } = await stage.target((_request, response) => void response.end(arn))
    stage.group(arn, [ip])
  }
  const rule = (next: typeof groups): Rule => ({
    conditions: [],
    transforms: [],
    action: { kind: 'forward', groups: next, ...change },
  })
  await stage.balance([rule(groups)])
  for (const { arn } of groups) await stage.healthy(arn, 1)
  return { stage, weigh: (next: typeof groups) => stage.balance([rule(next)]) }
}

/** How many of so many requests each group got. */
async function counts(stage: AlbStage, requests: number, cookie?: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (let count = 0; count < requests; count++) {
    const { body } = await stage.ask('/', cookie === undefined ? {} : { headers: { cookie } })
    found[body] = (found[body] ?? 0) + 1
  }
  return found
}

describe('groups get requests by their weights', () => {
  test.each<[Readonly<Record<string, number>>, Readonly<Record<string, number>>]>([
    [
      { 'arn:a': 3, 'arn:b': 1 },
      { 'arn:a': 150, 'arn:b': 50 },
    ],
    [
      { 'arn:a': 90, 'arn:b': 0, 'arn:c': 10 },
      { 'arn:a': 180, 'arn:c': 20 },
    ],
  ])('%o', async (weights, expected) => {
    const { stage } = await weighted(weights)
    expect(await counts(stage, 200)).toEqual(expected)
  })

  test('and nobody answers when all weigh nothing', async () => {
    const { stage } = await weighted({ 'arn:a': 0 })
    expect(await stage.ask('/')).toMatchObject({ status: 503 })
  })

  test('and a group without targets answers its share with 503', async () => {
    const { stage } = await weighted({ 'arn:a': 1, 'arn:b': 1 })
    stage.group('arn:b', [])
    const statuses = new Set<number>()
    for (let count = 0; count < 200; count++) statuses.add((await stage.ask('/')).status)
    expect(statuses).toEqual(new Set([200, 503]))
  })
})

describe('a rule whose clients stay with their group', () => {
  const weights = { 'arn:a': 1, 'arn:b': 1 }

  /** The cookie of the answer, as a client sends it. */
  async function cookieOf(stage: AlbStage): Promise<{ readonly cookie: string; readonly arn: string }> {
    const { headers, body } = await stage.ask('/')
    const [cookie = '', cors = ''] = headers['set-cookie'] ?? []
    expect(cookie).toMatch(/^AWSALBTG=[A-Za-z0-9+/]{124}; Expires=[^;]+ GMT; Path=\/$/)
    expect(cors).toMatch(/^AWSALBTGCORS=.*; Path=\/; SameSite=None; Secure$/)
    return { cookie: cookie.split(';')[0] ?? '', arn: body }
  }

  test('sends them there by cookie, and others by weight', async () => {
    const { stage } = await weighted(weights, { groupStickinessSeconds: 60 })
    const { cookie, arn } = await cookieOf(stage)
    expect(await counts(stage, 20, cookie)).toEqual({ [arn]: 20 })
    expect(await counts(stage, 20, cookie.replace('AWSALBTG=', 'AWSALBTGCORS='))).toEqual({ [arn]: 20 })
    expect(await counts(stage, 200)).toEqual({ 'arn:a': 100, 'arn:b': 100 })
  })

  test('lets go of those whose group weighs nothing any more', async () => {
    const { stage, weigh } = await weighted(weights, { groupStickinessSeconds: 60 })
    const { cookie, arn } = await cookieOf(stage)
    const other = arn === 'arn:a' ? 'arn:b' : 'arn:a'
    await weigh([
      { arn, weight: 0 },
      { arn: other, weight: 1 },
    ])
    expect(await counts(stage, 5, cookie)).toEqual({ [other]: 5 })
  })

  test('lets go of those whose time is over', async () => {
    const { stage } = await weighted(weights, { groupStickinessSeconds: 0 })
    const { cookie } = await cookieOf(stage)
    expect(await counts(stage, 200, cookie)).toEqual({ 'arn:a': 100, 'arn:b': 100 })
  })

  test('takes no cookie that it has not made', async () => {
    const { stage } = await weighted(weights, { groupStickinessSeconds: 60 })
    const cookie = `AWSALBTG=${Buffer.alloc(93).toString('base64')}`
    expect(await counts(stage, 200, cookie)).toEqual({ 'arn:a': 100, 'arn:b': 100 })
  })

  test('keeps them at their target too, where the group says so', async () => {
    const { stage } = await weighted({ 'arn:a': 1 }, { groupStickinessSeconds: 60 })
    const ips = await Promise.all(
      ['one', 'two'].map(
        async (name) => (await stage.target((_request, response) => void response.end(name))).ip,
      ),
    )
    const stickiness = { kind: 'lb_cookie', seconds: 60 } as const
    stage.group('arn:a', ips, { requests: { ...REQUESTS, stickiness }, deregistrationDelaySeconds: 0 })
    await stage.healthy('arn:a', 2)
    const { headers, body } = await stage.ask('/')
    const set = (headers['set-cookie'] ?? []).map((each) => each.split(';')[0] ?? '')
    expect(set.map((each) => each.split('=')[0])).toEqual([
      'AWSALB',
      'AWSALBCORS',
      'AWSALBTG',
      'AWSALBTGCORS',
    ])
    expect(await counts(stage, 6, set.join('; '))).toEqual({ [body]: 6 })
  })
})
