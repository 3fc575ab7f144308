import { expect, it } from 'vitest'

import type { Pod, SecurityContext } from '../../generated/kubernetes.d.ts'
import { securityProblem } from './process-spec.ts'

const WHERE = '(pod: "web_shop(u1)", container: main)'

// pkg/kubelet/kuberuntime/security_context.go verifyRunAsNonRoot
it.each<[string, SecurityContext, string | undefined, string | undefined]>([
  ['may be root where nothing is said', {}, '', undefined],
  [
    'is not root by its spec',
    { runAsNonRoot: true, runAsUser: 0 },
    '1000',
    `container's runAsUser breaks non-root policy ${WHERE}`,
  ],
  ['is somebody by its spec', { runAsNonRoot: true, runAsUser: 7 }, '', undefined],
  [
    'is nobody by its image',
    { runAsNonRoot: true },
    '',
    `container has runAsNonRoot and image will run as root ${WHERE}`,
  ],
  [
    'is root by its image',
    { runAsNonRoot: true },
    '0:7',
    `container has runAsNonRoot and image will run as root ${WHERE}`,
  ],
  [
    'has a name in its image',
    { runAsNonRoot: true },
    'nginx:nginx',
    `container has runAsNonRoot and image has non-numeric user (nginx), cannot verify user is non-root ${WHERE}`,
  ],
  ['is somebody by its image', { runAsNonRoot: true }, '65532:65532', undefined],
  ['runs no process', { runAsNonRoot: true }, undefined, undefined],
])('a container that %s', async (_, securityContext, imageUser, problem) => {
  const container = { name: 'main', image: 'app:1', securityContext: {} }
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '1', creationTimestamp: '' },
    spec: { securityContext, containers: [container] },
  }
  expect(await securityProblem(pod, container, async () => imageUser)).toBe(problem)
})
