// docs/coverage.md is what the program's own tables say.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { coverageText } from '../scripts/pages/coverage.ts'
import { root } from './support/program.ts'

it('is up to date (write it with: npm run docs)', async () => {
  expect(readFileSync(join(root, 'docs/coverage.md'), 'utf8')).toBe(await coverageText())
})

it('counts what there is', async () => {
  const text = await coverageText()
  expect(text).toMatch(
    /\| eks \| \d+ \| \d+ \| 404 `UnknownOperationException`: \w+ is not emulated by Neargate\. \|/,
  )
  expect(text).toContain('`CreateFargateProfile`')
  expect(text).toContain('### AWS::EKS::FargateProfile\n')
  expect(text).toMatch(/\| v1 \| Pod \|[^|]*watch[^|]*\|[^|]*log \(get\)/)
  expect(text).toContain('| `service.beta.kubernetes.io/aws-load-balancer-nlb-target-type` |')
  expect(text).toMatch(
    /\| CreateNodegroup \|[^|]*`updateConfig\.\{maxUnavailable[^|]*\|[^|]*\|[^|]*`warmPoolConfig`/,
  )
  expect(text).toMatch(
    /\| UpdateClusterConfig \|[^\n]*`kubernetesNetworkConfig\.ipFamily` \(default `"ipv4"`\)/,
  )
  expect(text).toContain('| `coredns` | networking | Deployment coredns |')
})
