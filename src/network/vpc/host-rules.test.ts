import { randomBytes } from 'node:crypto'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { systemClock } from '../../base/clock.ts'
import { hostRules, reachedFromOutside, type HostPort } from './host-rules.ts'
import { noNetwork, startTestPod, type TestPod } from './testing/test-pod.ts'
import { createVpcNetworks, type VpcNetwork } from './vpc-networks.ts'

const NODE = '10.0.0.9'
const POD = '10.0.1.5'

function hostPort(ip: string, port: number, more: Partial<HostPort> = {}): HostPort {
  return { node: NODE, ip, port, protocol: 'tcp', endpoint: { ip: POD, port: 80 }, ...more }
}

describe('the rules of host ports', () => {
  it('lead what the node sends to itself to the pod', () => {
    const { maps } = hostRules([hostPort(NODE, 8080), hostPort('127.0.0.1', 8080, { protocol: 'udp' })])
    expect([...(maps.get('ports')?.elements ?? [])]).toEqual([
      [`${NODE} . tcp . 8080`, `${POD} . 80`],
      ['127.0.0.1 . udp . 8080', `${POD} . 80`],
    ])
  })

  it('are rules of the VPC for everybody else, but for those of loopback', () => {
    expect(reachedFromOutside([hostPort(NODE, 8080), hostPort('127.0.0.1', 8080)])).toEqual([
      { ip: NODE, port: 8080, protocol: 'tcp', endpoints: [{ ip: POD, port: 80 }], isPrivate: false },
    ])
  })
})

describe.skipIf(noNetwork)(`host ports in the network of a VPC (${noNetwork ?? 'real'})`, () => {
  const pods: TestPod[] = []
  let network: VpcNetwork

  beforeEach(async () => {
    const networks = createVpcNetworks({ key: randomBytes(4).toString('hex'), clock: systemClock })
    network = await networks.open({ id: 'vpc-a', cidr: '10.0.0.0/16', owner: 'shop' })
  })

  afterEach(async () => {
    for (const pod of pods.splice(0)) pod.end()
    for (const { id } of await network.list()) await network.detach(id)
    await network.close()
  })

  async function podAt(ip: string): Promise<TestPod> {
    const pod = await startTestPod()
    pods.push(pod)
    await network.attach({ id: `uid-${ip}`, ip, pid: pod.pid })
    return pod
  }

  it('are reached by other pods, and by programs of the node at its address and at loopback', async () => {
    const [web, client, before] = [await podAt(POD), await podAt('10.0.200.6'), await podAt(NODE)]
    await web.serve('web', 80)
    const ports = [hostPort(NODE, 8080), hostPort('127.0.0.1', 8080)]
    await network.serve({ clients: [], ports: [] }, ports)
    expect(await client.ask(NODE, 8080)).toBe('web for 10.0.200.6')
    expect(await before.ask(NODE, 8080)).toBe(`web for ${NODE}`)
    expect(await before.ask('127.0.0.1', 8080)).toBe(`web for ${NODE}`)

    await network.serve({ clients: [], ports: [] }, [])
    await expect(before.ask(NODE, 8080)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('are there for a node that comes after them', async () => {
    const web = await podAt(POD)
    await web.serve('web', 80)
    await network.serve({ clients: [], ports: [] }, [hostPort('127.0.0.1', 8080)])
    expect(await (await podAt(NODE)).ask('127.0.0.1', 8080)).toBe(`web for ${NODE}`)
  })
})
