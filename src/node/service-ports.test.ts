import { describe, expect, it } from 'vitest'

import type { Service, ServicePort } from '../../generated/kubernetes.d.ts'
import { servicePorts } from './service-ports.ts'
import { sampleContainer, samplePod } from './testing/sample-pod.ts'

function service(
  ports: ServicePort[],
  selector: Record<string, string> | undefined = { app: 'web' },
): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: { ports, ...(selector && { selector }) },
  }
}

const pod = samplePod({
  labels: { app: 'web', tier: 'front' },
  spec: { containers: [sampleContainer('web', { ports: [{ containerPort: 80, name: 'http' }] })] },
})

describe('the ports that Services name', () => {
  it.each<[string, Service[], number[]]>([
    ['none', [], []],
    ['one that the container declares', [service([{ port: 80, targetPort: 80 }])], []],
    ['one that it does not', [service([{ port: 80, targetPort: 8080 }])], [8080]],
    ['the own port of a Service without a target', [service([{ port: 9090 }])], [9090]],
    ['a name, which only a declared port has', [service([{ port: 80, targetPort: 'http' }])], []],
    ['UDP, which stand-ins do not open', [service([{ port: 53, protocol: 'UDP' }])], []],
    ['of a Service of other pods', [service([{ port: 1 }], { app: 'api' })], []],
    ['of a Service that asks for more', [service([{ port: 1 }], { app: 'web', tier: 'back' })], []],
    ['of a Service without a selector', [service([{ port: 1 }], {})], []],
    ['of several Services, once each', [service([{ port: 9 }, { port: 7 }]), service([{ port: 9 }])], [7, 9]],
  ])('%s', (_, services, expected) => {
    expect(servicePorts(pod, services)).toEqual(expected)
  })
})
