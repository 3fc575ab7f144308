import { describe, expect, it } from 'vitest'

import type { ContainerSpec, ProcessSpec } from '../runtime.ts'
import { containerBody, sandboxBody, type SandboxHost } from './create-body.ts'

const SETTING = {
  owner: 'account/region/cluster',
  ulimits: [{ Name: 'nofile', Soft: 9, Hard: 9 }],
  cgroupDriver: 'cgroupfs' as const,
  namesContainers: false,
  logDriver: 'json-file' as const,
}
const SANDBOX: SandboxHost = {
  pauseId: 'p1',
  labels: {},
  hostname: 'web-1',
  ipcId: 'p1',
  processesId: undefined,
  cgroup: undefined,
  mounts: [{ hostPath: '/data/hosts', containerPath: '/etc/hosts', isReadOnly: false }],
}
const PROCESS: ProcessSpec = {
  tty: false,
  stdin: false,
  stdinOnce: false,
  security: {
    supplementalGroups: [],
    addCapabilities: [],
    dropCapabilities: [],
    isPrivileged: false,
    isRootReadOnly: false,
    allowsPrivilegeEscalation: true,
    seccomp: 'RuntimeDefault',
  },
  requests: {},
  mounts: [],
}

function spec(change: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    sandboxId: 'uid-1',
    name: 'web',
    image: 'nginx:1',
    command: [],
    args: [],
    env: {},
    ports: [],
    limits: {},
    attempt: 2,
    process: PROCESS,
    ...change,
  }
}

interface Body {
  readonly [key: string]: unknown
  readonly HostConfig: Readonly<Record<string, unknown>>
}

function bodyOf(change: Partial<ContainerSpec> = {}, sandbox = SANDBOX, targetId?: string): Body {
  return containerBody(SETTING, spec(change), { sandbox, targetId }) as Body
}

describe('what a container runs', () => {
  it.each([
    ['the image says both', {}, { Entrypoint: undefined, Cmd: undefined }],
    ['arguments go to the image’s entrypoint', { args: ['-v'] }, { Entrypoint: undefined, Cmd: ['-v'] }],
    ['a command has no arguments of the image', { command: ['sh'] }, { Entrypoint: ['sh'], Cmd: [] }],
    ['both are given', { command: ['sh'], args: ['-c', 'ls'] }, { Entrypoint: ['sh'], Cmd: ['-c', 'ls'] }],
  ])('%s', (_, change, expected) => {
    const { Entrypoint, Cmd } = bodyOf(change)
    expect({ Entrypoint, Cmd }).toEqual(expected)
  })

  it('knows the name of its pod, unless its own environment says otherwise', () => {
    expect(bodyOf()['Env']).toEqual(['HOSTNAME=web-1'])
    expect(bodyOf({ env: { HOSTNAME: 'other', A: 'b=c' } })['Env']).toEqual(['HOSTNAME=other', 'A=b=c'])
  })
})

describe('the namespaces of a container', () => {
  it('are those of its sandbox, but for the processes', () => {
    const { NetworkMode, IpcMode, PidMode } = bodyOf().HostConfig
    expect([NetworkMode, IpcMode, PidMode]).toEqual(['container:p1', 'container:p1', undefined])
  })

  it('may show the processes of the pod, or of one other container', () => {
    const shared = { ...SANDBOX, processesId: 'p1' }
    expect(bodyOf({}, shared).HostConfig['PidMode']).toBe('container:p1')
    expect(bodyOf({}, SANDBOX, 'c1').HostConfig['PidMode']).toBe('container:c1')
  })

  it('are those of its node where it asks for the host’s', () => {
    const onNode = { ...SANDBOX, ipcId: 'n1', processesId: 'n1' }
    const { NetworkMode, IpcMode, PidMode } = bodyOf({}, onNode).HostConfig
    expect([NetworkMode, IpcMode, PidMode]).toEqual(['container:p1', 'container:n1', 'container:n1'])
  })
})

describe('the limits of a container', () => {
  it.each([
    ['none', {}, {}, { CpuShares: 2 }],
    ['a limit is its request too', { cpuMilli: 500 }, {}, { CpuShares: 512, CpuQuota: 50_000 }],
    ['a request of its own', { cpuMilli: 1000 }, { cpuMilli: 250 }, { CpuShares: 256, CpuQuota: 100_000 }],
    ['no quota below a millisecond', { cpuMilli: 1 }, {}, { CpuShares: 2, CpuQuota: 1000 }],
    ['memory without swap', { memoryBytes: 64 }, {}, { Memory: 64, MemorySwap: 64 }],
  ])('%s', (_, limits, requests, expected) => {
    expect(bodyOf({ limits, process: { ...PROCESS, requests } }).HostConfig).toMatchObject(expected)
  })
})

describe('the security of a container', () => {
  it('is what its context says', () => {
    const security = {
      ...PROCESS.security,
      user: '1000:2000',
      supplementalGroups: [3000],
      dropCapabilities: ['ALL'],
      isRootReadOnly: true,
      allowsPrivilegeEscalation: false,
      seccomp: 'Unconfined',
    }
    const body = bodyOf({ process: { ...PROCESS, security } })
    expect(body['User']).toBe('1000:2000')
    expect(body.HostConfig).toMatchObject({
      GroupAdd: ['3000'],
      CapDrop: ['ALL'],
      ReadonlyRootfs: true,
      SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'],
    })
  })
})

describe('the mounts of a container', () => {
  it('of its own win over those of its pod', () => {
    const own = { hostPath: '/data/mine', containerPath: '/etc/hosts', isReadOnly: true }
    const { Binds } = bodyOf({ process: { ...PROCESS, mounts: [own] } }).HostConfig
    expect(Binds).toEqual(['/data/mine:/etc/hosts:ro,rprivate'])
    expect(bodyOf().HostConfig['Binds']).toEqual(['/data/hosts:/etc/hosts:rw,rprivate'])
  })
})

describe('a sandbox', () => {
  const OWN = { network: 'none', ipc: 'shareable' }
  const sandbox = { id: 'uid-1', namespace: 'shop', name: 'web-1', ip: '10.0.0.5', node: 'n', labels: {} }

  it('has no network of the engine, and the name of its pod', () => {
    expect(sandboxBody(SETTING, sandbox, OWN)).toMatchObject({
      Hostname: 'web-1',
      Labels: { 'neargate.dev/owner': 'account/region/cluster', 'io.kubernetes.pod.uid': 'uid-1' },
      HostConfig: { NetworkMode: 'none', IpcMode: 'shareable', Ulimits: SETTING.ulimits },
    })
  })

  it('is put into the group of its pod where the pod as a whole is limited, and its containers too', () => {
    const limited = { ...sandbox, limits: { cpuMilli: 250 } }
    expect(sandboxBody(SETTING, limited, OWN)).toMatchObject({
      HostConfig: { CgroupParent: `/neargate/pod${sandbox.id}` },
    })
    expect(sandboxBody(SETTING, sandbox, OWN)).not.toHaveProperty('HostConfig.CgroupParent')
    const host = { sandbox: { ...SANDBOX, cgroup: '/neargate/pod1' }, targetId: undefined }
    expect(containerBody(SETTING, spec(), host)).toMatchObject({
      HostConfig: { CgroupParent: '/neargate/pod1' },
    })
  })

  it('on the network of its node has the name that the node has', () => {
    const ofNode = { network: 'container:n1', ipc: 'container:n1' }
    const body = sandboxBody(SETTING, sandbox, ofNode)
    expect(body).not.toHaveProperty('Hostname')
    expect(body).toMatchObject({ HostConfig: { NetworkMode: 'container:n1', IpcMode: 'container:n1' } })
  })
})

describe('the log of a container', () => {
  it.each([
    ['json-file', { 'max-size': '10485760', 'max-file': '5' }],
    ['k8s-file', { 'max-size': '10485760' }],
  ] as const)('kept by %s does not grow without end', (logDriver, Config) => {
    const setting = { ...SETTING, logDriver }
    const body = containerBody(setting, spec(), { sandbox: SANDBOX, targetId: undefined }) as Body
    expect(body.HostConfig['LogConfig']).toEqual({ Type: logDriver, Config })
  })
})
