import { expect, test } from 'vitest'

import { programOf } from './program.ts'

function typeOf(image: string, command: string[] = [], args: string[] = []): string {
  const rest = { sandboxId: 's', name: 'c', env: {}, ports: [], limits: {}, attempt: 0 }
  return programOf({ ...rest, image, command, args }).type
}

test.each([
  ['busybox', ['sleep', '3600'], [], 'script'],
  ['busybox:1.29', ['/bin/sh', '-c', 'exit 1'], [], 'script'],
  ['busybox', ['sh', '-c'], ['echo hi'], 'script'],
  ['busybox', [], ['sh', '-c', 'sleep 5'], 'script'],
  ['docker.io/library/alpine', [], ['sleep', '5'], 'script'],
  ['ubuntu', ['/bin/bash', '-ec', 'true'], [], 'script'],
  ['busybox', ['echo', "it's; here"], [], 'script'],
  ['busybox', ['sh', 'script.sh'], [], 'unknown'],
  ['busybox', ['wget', 'x'], [], 'unknown'],
  ['busybox', [], [], 'unknown'],
  ['my/app', [], ['sleep', '5'], 'unknown'],
  ['my/app', [], [], 'unknown'],
  ['registry.k8s.io/pause:3.10', [], [], 'server'],
  ['my/app', ['/pause'], [], 'server'],
  ['nginx:1.27', [], [], 'server'],
  ['nginx', ['sh', '-c', 'exit 2'], [], 'script'],
  ['registry.k8s.io/e2e-test-images/agnhost:2.59', [], [], 'server'],
  ['registry.k8s.io/e2e-test-images/agnhost:2.59', [], ['netexec', '--http-port=80'], 'server'],
  ['registry.k8s.io/e2e-test-images/agnhost:2.59', [], ['connect', 'x'], 'unknown'],
  ['x/agnhost', ['/agnhost', 'pause'], [], 'server'],
])('%s %j %j is a %s', (image, command, args, type) => {
  expect(typeOf(image, command, args)).toBe(type)
})
