// An Application Load Balancer as the target of a Network Load Balancer: the one in front carries, the one behind reads.
import { request } from 'node:http'

import { expect, onTestFinished, test } from 'vitest'

import { AlbStage, forwardTo, NAME } from '../alb/testing/alb-stage.ts'
import { until } from '../testing/test-target.ts'

const FRONT = 'arn:nlb'

/** Puts a Network Load Balancer in front of the stage's own. @returns its port on this machine */
async function inFront(stage: AlbStage): Promise<number> {
  stage.plane.applyTargetGroup({
    arn: 'arn:front',
    vpcId: 'vpc-1',
    targets: [{ ip: 'arn:alb', port: 80, zone: 'all', host: NAME }],
    healthCheck: {
      protocol: 'HTTP',
      port: 'traffic-port',
      path: '/health',
      intervalSeconds: 0.02,
      timeoutSeconds: 1,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
      successCodes: '200',
    },
    deregistrationDelaySeconds: 300,
  })
  onTestFinished(() => stage.plane.removeTargetGroup('arn:front'))
  await stage.plane.applyLoadBalancer({
    arn: FRONT,
    dnsName: `front.${NAME}`,
    zones: ['a', 'b'],
    crossZone: false,
    admits: () => true,
    listeners: [
      { arn: 'arn:front-listener', port: 80, protocol: 'TCP', groups: [{ arn: 'arn:front', weight: 1 }] },
    ],
  })
  const [address] = stage.plane.addresses(FRONT)
  return Number(address?.direct?.split(':')[1])
}

function ask(port: number, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { host: '127.0.0.1', port, path, agent: false, headers: { host: NAME } },
      (answer) => {
        let body = ''
        answer.on('data', (chunk: Buffer) => (body += chunk.toString()))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
      },
    )
    asking.on('error', reject)
    asking.end()
  })
}

async function balanced(): Promise<AlbStage> {
  const stage = await AlbStage.open()
  const { ip } = await stage.target(({ url, headers }, response) => {
    response.end(url === '/health' ? 'well' : `behind both, port ${headers['x-forwarded-port']}`)
  })
  stage.group('arn:tg', [ip])
  await stage.balance([forwardTo('arn:tg')])
  await stage.healthy('arn:tg', 1)
  return stage
}

test('requests go through both, and health checks too', async () => {
  const stage = await balanced()
  const port = await inFront(stage)
  await stage.healthy('arn:front', 1)
  expect(await ask(port, '/')).toEqual({ status: 200, body: 'behind both, port 80' })
  await stage.plane.removeLoadBalancer(FRONT)
})

test('the one behind is unhealthy when it answers otherwise, and unhealthy when it has gone', async () => {
  const stage = await balanced()
  await inFront(stage)
  await stage.healthy('arn:front', 1)
  await stage.balance([
    {
      conditions: [],
      transforms: [],
      action: { kind: 'fixed-response', status: 404, contentType: 'text/plain', body: '' },
    },
  ])
  const state = (): string | undefined => stage.plane.targetHealth('arn:front')[0]?.state
  await until('it is unhealthy', () => state() === 'unhealthy')
  await stage.balance([forwardTo('arn:tg')])
  await until('it is healthy again', () => state() === 'healthy')
  await stage.plane.removeLoadBalancer('arn:alb')
  await until('it is gone', () => state() === 'unhealthy')
  await stage.plane.removeLoadBalancer(FRONT)
})
