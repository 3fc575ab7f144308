import { describe, expect, it } from 'vitest'

import type { Pod } from '../../../generated/kubernetes.d.ts'
import type { AdmissionRequest } from '../../kubernetes/server/ports.ts'
import { createPodSecurityGroupAdmission, VPC_RESOURCE_CONTROLLER } from './admission.ts'

const ENI = 'vpc.amazonaws.com/pod-eni'
const FARGATE = { 'eks.amazonaws.com/fargate-profile': 'fp' }

function pod(metadata: Partial<Pod['metadata']> = {}, spec: Partial<Pod['spec']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', ...metadata } as Pod['metadata'],
    spec: {
      containers: [
        { name: 'a', image: 'i', resources: { limits: { cpu: '1' } } },
        { name: 'b', image: 'i' },
      ],
      ...spec,
    },
  }
}

function request(object: Pod, more: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const what = {
    operation: 'CREATE',
    group: '',
    resource: 'pods',
    subresource: '',
    namespace: 'shop',
    object,
    oldObject: null,
  }
  // What the plugin looks at.
  return { ...what, user: { username: 'kate', groups: [] }, ...more } as AdmissionRequest
}

/** What becomes of a pod that policies give these groups. */
async function admit(
  object: Pod,
  groups: string[],
  more: Partial<AdmissionRequest> = {},
): Promise<Pod | undefined> {
  const plugin = createPodSecurityGroupAdmission({
    of: (_, namespace) => (namespace === 'shop' ? groups : []),
  })
  // A plugin for pods returns one.
  return (await plugin.admit(request(object, more))) as Pod | undefined
}

describe('a new pod that a policy selects', () => {
  it('asks for a branch interface in its first container', async () => {
    const admitted = await admit(pod(), ['sg-1'])
    expect(admitted?.spec.containers.map(({ resources }) => resources)).toEqual([
      { limits: { cpu: '1', [ENI]: '1' }, requests: { [ENI]: '1' } },
      undefined,
    ])
  })

  it('is told its groups on Fargate, whatever it claims', async () => {
    const claims = { annotations: { 'fargate.amazonaws.com/pod-sg': 'sg-mine', a: 'b' }, labels: FARGATE }
    const told = async (groups: string[]): Promise<unknown> =>
      (await admit(pod(claims), groups))?.metadata.annotations
    expect(await told(['sg-1', 'sg-2'])).toEqual({ a: 'b', 'fargate.amazonaws.com/pod-sg': 'sg-1,sg-2' })
    expect(await told([])).toEqual({ a: 'b' })
  })

  it.each<[string, Pod, string[], Partial<AdmissionRequest>]>([
    ['that no policy selects', pod(), [], {}],
    ['of another namespace', pod(), ['sg-1'], { namespace: 'bank' }],
    ['on Fargate that no policy selects', pod({ labels: FARGATE }), [], {}],
    ['on the network of its node', pod({}, { hostNetwork: true }), ['sg-1'], {}],
    ['for Windows', pod({}, { nodeSelector: { 'kubernetes.io/os': 'windows' } }), ['sg-1'], {}],
    ['that is there already', pod(), ['sg-1'], { operation: 'UPDATE' }],
  ])('is left alone when it is one %s', async (_, object, groups, more) => {
    expect(await admit(object, groups, more)).toBeUndefined()
  })
})

describe('what a pod has been given', () => {
  const having = (key: string, value = 'x'): Pod => pod({ annotations: { [key]: value } })
  const validate = async (object: Pod, more: Partial<AdmissionRequest>): Promise<void> =>
    await createPodSecurityGroupAdmission({ of: () => [] }).validate(request(object, more))

  it.each<[string, Pod, Partial<AdmissionRequest>, string]>([
    ['when it is made', having(ENI), {}, `pod cannot be created with ${ENI} annotation`],
    [
      'later',
      having(ENI),
      { operation: 'UPDATE', oldObject: pod() },
      'annotation is not set by vpc-resource-controller',
    ],
    [
      'on Fargate',
      having('fargate.amazonaws.com/pod-sg'),
      { operation: 'UPDATE', oldObject: pod() },
      'annotation is not set by mutating webhook',
    ],
  ])('is not for users to say %s', async (_, object, more, message) => {
    await expect(validate(object, more)).rejects.toMatchObject({
      reason: 'Forbidden',
      message: `admission webhook "vpod.vpc.k8s.aws" denied the request: ${message}`,
    })
  })

  it('is for the controller to say, and stays with other changes', async () => {
    const user = { username: VPC_RESOURCE_CONTROLLER, groups: [] }
    await validate(having(ENI), { operation: 'UPDATE', oldObject: pod(), user })
    await validate(having(ENI), { operation: 'UPDATE', oldObject: having(ENI) })
    await validate(having(ENI), { operation: 'DELETE' })
  })
})
