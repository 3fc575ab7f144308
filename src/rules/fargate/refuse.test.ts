import { describe, expect, it } from 'vitest'
import type { PodSpec } from '../../../generated/kubernetes.d.ts'
import type { CheckedPodSpec, ClaimState } from './refuse.ts'
import { refusalOf } from './refuse.ts'

const plain = { containers: [{}] }
const privileged = { securityContext: { privileged: true } }

function withVolume(volume: object, claim?: ClaimState): string | undefined {
  const spec = { ...plain, volumes: [{ name: 'data', ...volume }] }
  return refusalOf(spec, claim && (() => claim))
}

describe('refusalOf', () => {
  // Messages seen in events of real clusters, word for word.
  it.each<[string, CheckedPodSpec]>([
    [
      'Pod not supported on Fargate: fields not supported: HostNetwork, invalid SecurityContext fields: Privileged, port contains HostIP or HostPort',
      { hostNetwork: true, containers: [{ ...privileged, ports: [{ hostPort: 80 }] }] },
    ],
    [
      'Pod not supported on Fargate: invalid SecurityContext fields: Privileged, volumes not supported: mntdatas3fs is of an unsupported volume Type',
      {
        containers: [privileged],
        volumes: [{ name: 'mntdatas3fs', hostPath: { path: '/mnt' } } as { name: string }],
      },
    ],
    [
      'Pod not supported on Fargate: invalid SecurityContext fields: Privileged,Privileged',
      { containers: [privileged], initContainers: [privileged] },
    ],
    [
      'Pod not supported on Fargate: invalid SecurityContext fields: Capabilities added: DAC_READ_SEARCH',
      { containers: [{ securityContext: { capabilities: { add: ['DAC_READ_SEARCH'] } } }] },
    ],
    [
      'Pod not supported on Fargate: fields not supported: HostNetwork, HostPID, HostIPC',
      { ...plain, hostIPC: true, hostPID: true, hostNetwork: true },
    ],
  ])('%s', (message, spec) => {
    expect(refusalOf(spec)).toBe(message)
  })

  it('joins the faults of one container with a comma and a space', () => {
    const securityContext = {
      privileged: true,
      allowPrivilegeEscalation: true,
      capabilities: { add: ['NET_ADMIN'] },
    }
    expect(refusalOf({ containers: [{ securityContext }] })).toBe(
      'Pod not supported on Fargate: invalid SecurityContext fields: Privileged, AllowPrivilegeEscalation, Capabilities added: NET_ADMIN',
    )
  })

  it.each([
    ['AUDIT_WRITE', false],
    ['NET_BIND_SERVICE', false],
    ['SYS_CHROOT', false],
    ['NET_RAW', false],
    ['NET_ADMIN', true],
    ['SYS_PTRACE', true],
    ['ALL', true],
  ])('capability %s refused: %s', (name, refused) => {
    const spec = { containers: [{ securityContext: { capabilities: { add: [name] } } }] }
    expect(refusalOf(spec) !== undefined).toBe(refused)
  })

  it.each([
    ['emptyDir', false],
    ['secret', false],
    ['configMap', false],
    ['projected', false],
    ['downwardAPI', false],
    ['nfs', false],
    ['persistentVolumeClaim', false],
    ['hostPath', true],
    ['csi', true],
    ['awsElasticBlockStore', true],
    ['ephemeral', true],
  ])('volume %s refused: %s', (type, refused) => {
    expect(withVolume({ [type]: { claimName: 'x' } }) !== undefined).toBe(refused)
  })

  it.each<[string, ClaimState, string | undefined]>([
    ['missing', { state: 'missing' }, 'persistentvolumeclaim "test-pvc" not found'],
    ['unbound', { state: 'unbound' }, 'PVC test-pvc not bound'],
    [
      'EBS',
      { state: 'bound', volume: 'pvc-1', csiDriver: 'ebs.csi.aws.com' },
      'PVC test-pvc bound to invalid PV pvc-1 with CSI Driver: ebs.csi.aws.com',
    ],
    [
      'no CSI',
      { state: 'bound', volume: 'pvc-1' },
      'PVC test-pvc bound to invalid PV pvc-1 with nil CSI spec',
    ],
    ['EFS', { state: 'bound', volume: 'pvc-1', csiDriver: 'efs.csi.aws.com' }, undefined],
  ])('claim %s', (_, claim, cause) => {
    const whole =
      cause && `Pod not supported on Fargate: volumes not supported: data not supported because: ${cause}`
    expect(withVolume({ persistentVolumeClaim: { claimName: 'test-pvc' } }, claim)).toBe(whole)
  })

  it('refuses raw devices, in ephemeral containers too', () => {
    const device = { volumeDevices: [{ name: 'disk', devicePath: '/dev/xvda' }] }
    expect(refusalOf({ ...plain, ephemeralContainers: [device] })).toBe(
      'Pod not supported on Fargate: volumeDevices not supported',
    )
  })

  it.each([
    ['nvidia.com/gpu'],
    ['aws.amazon.com/neuron'],
    ['github.com/fuse'],
    ['vpc.amazonaws.com/pod-eni'],
  ])('refuses the device %s, asked for or limited', (name) => {
    for (const resources of [{ requests: { [name]: '1' } }, { limits: { [name]: '1' } }]) {
      expect(refusalOf({ containers: [{ resources }] })).toBe(
        `Pod not supported on Fargate: resources not supported: ${name}`,
      )
    }
    expect(refusalOf({ containers: [{ resources: { limits: { [name]: '0' } } }] })).toBeUndefined()
  })

  it('takes what every node has', () => {
    const requests = { cpu: '1', memory: '1Gi', 'ephemeral-storage': '1Gi' }
    expect(refusalOf({ containers: [{ resources: { requests } }] })).toBeUndefined()
  })

  it('reads the generated type of a PodSpec', () => {
    const spec: PodSpec = { containers: [{ name: 'web', ports: [{ containerPort: 80, hostPort: 80 }] }] }
    expect(refusalOf(spec)).toBe('Pod not supported on Fargate: port contains HostIP or HostPort')
  })

  it('takes an ordinary pod', () => {
    const securityContext = {
      privileged: false,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: [] },
    }
    const spec = {
      containers: [{ securityContext, ports: [{ hostPort: 0 }] }],
      volumes: [{ name: 'tmp' }],
    }
    expect(refusalOf(spec)).toBeUndefined()
  })
})
