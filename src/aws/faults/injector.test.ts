import { describe, expect, it } from 'vitest'

import { AwsError } from '../../base/errors.ts'
import { FakeClock } from '../../base/testing/fake-clock.ts'
import { HangUp, type ArrivedCall } from '../protocol/injection.ts'
import type { AwsService, WireProtocol } from '../protocol/service.ts'
import type { Fault } from './fault.ts'
import { FaultInjector } from './injector.ts'

interface Called {
  readonly service?: string
  readonly protocol?: WireProtocol
  readonly operation?: string
  readonly origin?: ArrivedCall['origin']
  /** `stack/LogicalId` */
  readonly of?: string
}

function call({
  service = 'eks',
  protocol = 'rest-json',
  operation = 'CreateCluster',
  of,
  origin,
}: Called): ArrivedCall {
  const [stack = '', logicalId = ''] = of?.split('/') ?? []
  const table: AwsService = {
    signingName: service,
    schema: service,
    protocol,
    operations: () => Promise.resolve({}),
  }
  return {
    origin: origin ?? (of === undefined ? 'client' : 'stack'),
    service: table,
    operation,
    context: {
      requestId: 'r',
      region: 'eu-west-1',
      accountId: '111122223333',
      endpoint: '',
      principal: {
        accountId: '111122223333',
        arn: 'arn:aws:iam::111122223333:user/a',
        userId: 'A',
        accessKeyId: 'K',
      },
      ...(of === undefined ? {} : { resource: { stack, logicalId } }),
    },
  }
}

function injector(...faults: Fault[]): FaultInjector {
  const made = new FaultInjector(new FakeClock())
  made.set(faults)
  return made
}

/** The code that a call is answered, `cut`, or `ok`. */
async function answerOf(made: FaultInjector, called: Called): Promise<string> {
  try {
    await made.strike(call(called))
    return 'ok'
  } catch (error) {
    if (error instanceof HangUp) return 'cut'
    return error instanceof AwsError ? `${error.status} ${error.code}` : 'another error'
  }
}

async function answers(made: FaultInjector, calls: readonly Called[]): Promise<string[]> {
  const all: string[] = []
  for (const each of calls) all.push(await answerOf(made, each))
  return all
}

const times = (count: number, called: Called = {}): Called[] => Array.from({ length: count }, () => called)

describe('which calls are struck', () => {
  it('leaves all alone without faults', async () => {
    expect(await answers(injector(), times(3))).toEqual(['ok', 'ok', 'ok'])
  })

  it.each<[Fault, string]>([
    [{}, 'xxxxxx'],
    [{ times: 2 }, 'xx....'],
    [{ from: 3 }, '..xxxx'],
    [{ from: 3, times: 1 }, '..x...'],
    [{ rate: 0.5 }, '.x.x.x'],
    [{ rate: 0.34 }, '..x..x'],
    [{ rate: 0.5, from: 2, times: 2 }, '..x.x.'],
  ])('counts by %j', async (counts, pattern) => {
    const made = injector({ error: 'throttling', ...counts })
    const struck = await answers(made, times(6))
    expect(struck.map((answer) => (answer === 'ok' ? '.' : 'x')).join('')).toBe(pattern)
    expect(made.strikes).toEqual([pattern.replaceAll('.', '').length])
  })

  it.each<[string, boolean]>([
    ['eks:CreateCluster', true],
    ['eks:Create*', true],
    ['*:*', true],
    ['eks:Delete*', false],
    ['ec2:*', false],
  ])('matches %s', async (operation, isStruck) => {
    expect(await answerOf(injector({ operation, error: 'throttling' }), {})).toBe(
      isStruck ? '429 ThrottlingException' : 'ok',
    )
  })

  it.each([
    ['*:user/a', '503 ServiceUnavailableException'],
    ['*:assumed-role/loader/*', 'ok'],
  ])('matches the caller %s', async (caller, answer) => {
    expect(await answerOf(injector({ caller, error: 'unavailable' }), {})).toBe(answer)
  })

  it('leaves what the region does for itself, and for stacks where none is named', async () => {
    const made = injector({ error: 'throttling' })
    expect(await answers(made, [{ origin: 'region' }, { of: 'shop/Vpc' }])).toEqual(['ok', 'ok'])
  })

  it('finds the resource of a stack by its order, whatever the stack is named, once it is begun', async () => {
    const made = injector({ stack: 'eksctl-*', resource: 2, error: { code: 'Planted', message: 'm' } })
    const calls = [
      'eksctl-a/A',
      'eksctl-a/B',
      'eksctl-b/C',
      'other/D',
      'eksctl-a/A',
      'eksctl-b/E',
      'eksctl-a/B',
    ]
    expect(
      await answers(
        made,
        calls.map((of) => ({ of })),
      ),
    ).toEqual(['ok', '400 Planted', 'ok', 'ok', 'ok', '400 Planted', '400 Planted'])
  })

  it('lets a stack look and remove, unless that is what the fault is about', async () => {
    const of = 'shop/Vpc'
    const some = injector({ stack: 'shop', resource: 'V*', error: 'unavailable' })
    expect(
      await answers(some, [{ of, operation: 'DeleteVpc' }, { of, operation: 'DescribeVpcs' }, { of }]),
    ).toEqual(['ok', 'ok', '503 ServiceUnavailableException'])
    const removal = injector({ stack: 'shop', operation: '*:Delete*', error: 'unavailable' })
    expect(await answerOf(removal, { of, operation: 'DeleteVpc' })).toBe('503 ServiceUnavailableException')
    expect(await answerOf(removal, { operation: 'DeleteVpc' })).toBe('ok')
  })
})

describe('what a struck call is answered', () => {
  it.each<[Fault['error'] & string, WireProtocol, string]>([
    ['throttling', 'ec2', '503 RequestLimitExceeded'],
    ['throttling', 'query', '400 Throttling'],
    ['throttling', 'json-1.1', '400 ThrottlingException'],
    ['throttling', 'rest-xml', '503 SlowDown'],
    ['expired-token', 'ec2', '400 RequestExpired'],
    ['expired-token', 'query', '403 ExpiredToken'],
    ['expired-token', 'rest-json', '403 ExpiredTokenException'],
    ['access-denied', 'ec2', '403 UnauthorizedOperation'],
    ['access-denied', 'rest-json', '403 AccessDeniedException'],
    ['unavailable', 'ec2', '503 Unavailable'],
    ['unavailable', 'query', '503 ServiceUnavailable'],
    ['unavailable', 'rest-xml', '503 ServiceUnavailable'],
    ['connection-lost', 'query', 'cut'],
  ])('%s over %s', async (error, protocol, answer) => {
    expect(await answerOf(injector({ error }), { protocol })).toBe(answer)
  })

  it('names the caller and the action of a denial', async () => {
    await expect(injector({ error: 'access-denied' }).strike(call({}))).rejects.toThrow(
      'User: arn:aws:iam::111122223333:user/a is not authorized to perform: eks:CreateCluster with an explicit deny',
    )
  })

  it('carries out what only loses its answer', async () => {
    expect(await injector({ error: 'answer-lost' }).strike(call({}))).toEqual({
      settlesAfterMs: 0,
      losesAnswer: true,
    })
  })

  it('makes a load balancer late, whoever makes it', async () => {
    const operation = 'CreateLoadBalancer'
    const made = injector({ operation: `elasticloadbalancing:${operation}`, settles: '90s' })
    const asked = call({ service: 'elasticloadbalancing', operation, origin: 'region' })
    expect(await made.strike(asked)).toMatchObject({ settlesAfterMs: 90_000 })
  })

  it('waits, until the region ends', async () => {
    const clock = new FakeClock()
    const made = new FaultInjector(clock)
    made.set([
      { delay: '2s', times: 1 },
      { delay: '1h', from: 2 },
    ])
    const first = made.strike(call({}))
    await clock.advance(2_000)
    await expect(first).resolves.toBeDefined()
    const second = made.strike(call({}))
    made.end()
    await expect(second).rejects.toThrow()
  })
})
