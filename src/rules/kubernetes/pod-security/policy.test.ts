import { describe, expect, it } from 'vitest'

import type { Container, PodSpec } from '../../../../generated/kubernetes.d.ts'
import { printViolations, securityPolicyOf, violationsOf, type SecurityLevel } from './policy.ts'

const good: Partial<PodSpec> = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'Localhost' } },
}
const goodContainer = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }

function found(
  level: SecurityLevel,
  spec: Partial<PodSpec>,
  { version = 'latest' as 'latest' | number, annotations = {} as Record<string, string>, minor = 35 } = {},
): string {
  const containers = [{ name: 'a', image: 'i', securityContext: goodContainer }]
  const pod = { metadata: { annotations }, spec: { containers, ...spec } }
  return printViolations(violationsOf(pod, { level, version }, minor))
}

function containers(...contexts: Container['securityContext'][]): Partial<PodSpec> {
  const list = contexts.map((securityContext, index) => ({
    name: 'abc'[index] ?? '',
    image: 'i',
    ...(securityContext ? { securityContext } : {}),
  }))
  return { containers: list }
}

describe('baseline', () => {
  it.each<[string, Partial<PodSpec>, string]>([
    ['nothing', {}, ''],
    [
      'capabilities',
      containers({ capabilities: { add: ['NET_RAW', 'CHOWN'] } }, { capabilities: { add: ['SYS_TIME'] } }),
      'non-default capabilities (containers "a", "b" must not include "NET_RAW", "SYS_TIME" in securityContext.capabilities.add)',
    ],
    ['host volumes', { volumes: [{ name: 'v', hostPath: { path: '/' } }] }, 'hostPath volumes (volume "v")'],
    [
      'hosts of probes',
      {
        containers: [
          { name: 'a', image: 'i', livenessProbe: { httpGet: { port: 1, host: 'h' } } },
          { name: 'b', image: 'i', lifecycle: { preStop: { tcpSocket: { port: 1, host: 'g' } } } },
        ],
      },
      'probe or lifecycle host (containers "a", "b" use probe or lifecycle hosts "g", "h")',
    ],
    [
      'SELinux',
      {
        securityContext: { seLinuxOptions: { type: 'spc_t', user: 'u' } },
        ...containers({ seLinuxOptions: { role: 'r' } }),
      },
      'seLinuxOptions (pod and container "a" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set; role may not be set)',
    ],
    [
      'AppArmor',
      { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
      'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
    ],
    [
      'seccomp',
      containers({ seccompProfile: { type: 'Unconfined' } }),
      'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'sysctls',
      {
        securityContext: {
          sysctls: [
            { name: 'kernel.msgmax', value: '1' },
            { name: 'net.ipv4.tcp_rmem', value: '1' },
          ],
        },
      },
      'forbidden sysctls (kernel.msgmax)',
    ],
    [
      'Windows',
      { securityContext: { windowsOptions: { hostProcess: true } } },
      'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
    ],
    [
      'masks',
      containers({ procMount: 'Unmasked' }),
      'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    ],
    ['masks in a user namespace', { hostUsers: false, ...containers({ procMount: 'Unmasked' }) }, ''],
  ])('%s', (_name, spec, text) => {
    expect(found('baseline', spec)).toBe(text)
  })

  it('reads annotations of old', () => {
    const annotations = { 'container.apparmor.security.beta.kubernetes.io/a': 'unconfined' }
    expect(found('baseline', {}, { annotations })).toBe(
      'forbidden AppArmor profile (annotation must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/a="unconfined"")',
    )
    const seccomp = { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' }
    expect(found('baseline', {}, { annotations: seccomp, version: 18 })).toBe(
      'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
    )
  })

  it('asks of each version what it asked', () => {
    const probed: Partial<PodSpec> = {
      containers: [{ name: 'a', image: 'i', livenessProbe: { tcpSocket: { port: 1, host: 'h' } } }],
    }
    expect(found('baseline', probed, { version: 33 })).toBe('')
    expect(found('baseline', probed, { minor: 33 })).toBe('')
    const reserved = {
      securityContext: { sysctls: [{ name: 'net.ipv4.ip_local_reserved_ports', value: '1' }] },
    }
    expect(found('baseline', reserved, { version: 26 })).toContain('forbidden sysctls')
    expect(found('baseline', reserved, { version: 27 })).toBe('')
  })
})

describe('restricted', () => {
  it.each<[string, Partial<PodSpec>, string]>([
    ['nothing', good, ''],
    [
      'root',
      { ...good, ...containers({ ...goodContainer, runAsUser: 0 }) },
      'runAsUser=0 (container "a" must not set runAsUser=0)',
    ],
    [
      'said to be root',
      { securityContext: { ...good.securityContext, runAsNonRoot: false } },
      'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)',
    ],
    [
      'other volumes',
      {
        ...good,
        volumes: [
          { name: 'n', nfs: { server: 's', path: '/' } },
          { name: 'e', emptyDir: {} },
        ],
      },
      'restricted volume types (volume "n" uses restricted volume type "nfs")',
    ],
    ['Windows, which has no such privileges', { ...good, os: { name: 'windows' }, ...containers({}) }, ''],
  ])('%s', (_name, spec, text) => {
    expect(found('restricted', spec)).toBe(text)
  })
})

describe('labels', () => {
  it('make who enforces be warned as well, unless said otherwise', () => {
    const prefix = 'pod-security.kubernetes.io/'
    const policy = securityPolicyOf({
      [`${prefix}enforce`]: 'baseline',
      [`${prefix}enforce-version`]: 'v1.30',
    })
    expect(policy).toEqual({
      enforce: { level: 'baseline', version: 30 },
      audit: { level: 'privileged', version: 'latest' },
      warn: { level: 'baseline', version: 30 },
      errors: [],
    })
    const own = securityPolicyOf({ [`${prefix}enforce`]: 'restricted', [`${prefix}warn`]: 'privileged' })
    expect(own.warn.level).toBe('privileged')
  })
})
