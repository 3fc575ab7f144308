// Owns the look at a near region's quotas before a cluster is made there: what it would refuse halfway is said at once.
import { UserError } from '../base/errors.ts'
import type { DeployContext } from '../deploy/context.ts'
import { checkQuotas } from '../deploy/quotas.ts'

/** Of what a cluster takes, what a near region counts: VPCs, clusters, addresses, Fargate profiles. */
const COUNTED: readonly string[] = ['L-1194D53C', 'L-F678F1CE', 'L-0263D0A3', 'L-33415657']

/** @throws UserError when a new cluster would exceed a quota; nothing has been made then */
export async function assertRoom({ cloud, config }: DeployContext): Promise<void> {
  const findings = await checkQuotas(cloud, config, ({ code }) => COUNTED.includes(code))
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  const lines = errors.map(({ message, help }) => `\n  ${message}\n    ${help}`).join('')
  throw new UserError(`the region's quotas leave no room for the cluster, so nothing was made${lines}`, {
    help: 'A near region grants an increase at once; neargate down makes room too.',
  })
}
