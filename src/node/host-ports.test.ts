import { describe, expect, it } from 'vitest'

import type { ContainerPort, Pod } from '../../generated/kubernetes.d.ts'
import { hostPortsOf } from './host-ports.ts'

const STATUS = { phase: 'Running', podIP: '10.0.1.5', hostIP: '10.0.0.9' }

function podWith(port: Partial<ContainerPort>, more: { spec?: object; status?: object } = {}): Pod {
  return {
    metadata: { name: 'web', namespace: 'shop', uid: 'u' },
    spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, ...port }] }], ...more.spec },
    status: { ...STATUS, ...more.status },
  } as Pod
}

const addressesOf = (pod: Pod): string[] =>
  hostPortsOf([pod]).map(({ ip, protocol, port }) => `${ip}/${protocol}/${port}`)

describe('host ports', () => {
  it.each([
    [{ hostPort: 8080 }, ['10.0.0.9/tcp/8080', '127.0.0.1/tcp/8080']],
    [{ hostPort: 53, protocol: 'UDP', hostIP: '0.0.0.0' }, ['10.0.0.9/udp/53', '127.0.0.1/udp/53']],
    [{ hostPort: 8080, hostIP: '127.0.0.1' }, ['127.0.0.1/tcp/8080']],
    [{ hostPort: 8080, hostIP: '10.0.0.9' }, ['10.0.0.9/tcp/8080']],
    [{ hostPort: 8080, hostIP: '10.0.0.8' }, []],
    [{ hostPort: 8080, protocol: 'SCTP' }, []],
    [{}, []],
  ] as [Partial<ContainerPort>, string[]][])('of %j are %j', (port, addresses) => {
    expect(addressesOf(podWith(port))).toEqual(addresses)
  })

  it('lead to the port of the container', () => {
    expect(hostPortsOf([podWith({ hostPort: 8080 })])[0]).toMatchObject({
      node: '10.0.0.9',
      endpoint: { ip: '10.0.1.5', port: 80 },
    })
  })

  it.each([
    ['on the network of its node', { spec: { hostNetwork: true } }],
    ['that has ended', { status: { phase: 'Succeeded' } }],
    ['without an address', { status: { podIP: undefined } }],
  ])('are none of a pod %s', (_, more) => {
    expect(hostPortsOf([podWith({ hostPort: 8080 }, more)])).toEqual([])
  })
})
