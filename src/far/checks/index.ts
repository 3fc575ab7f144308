// Owns the look at AWS before anything is made: all of its checks, and what stops there.
import { UserError } from '../../base/errors.ts'
import { balancedIngresses } from '../../deploy/ingresses.ts'
import { loadBalancerServices } from '../../deploy/load-balancers.ts'
import type { SourcedObject } from '../../deploy/apply.ts'
import type { DeployContext } from '../../deploy/context.ts'
import { explainRefusal } from '../../deploy/refusal.ts'
import { isFullyPrivate } from '../../deploy/templates/cluster.ts'
import type { Account } from '../account.ts'
import { warning, type Finding } from '../../deploy/finding.ts'
import { checkNetwork } from './network.ts'
import { checkQuotas } from '../../deploy/quotas.ts'
import { checkRights } from './rights.ts'

export interface LookOptions {
  /** Its config has the ids of the subnets. */
  readonly context: DeployContext
  readonly account: Account
  readonly manifests: readonly SourcedObject[]
  /** True when there is no cluster yet: only then is there something to make that a quota could forbid. */
  readonly isNew: boolean
  /** Go on although something will not work. */
  readonly force: boolean
}

/** Warns of what may not work. @throws UserError naming all that will not, unless that is to be tried all the same */
export async function lookBeforehand(options: LookOptions): Promise<void> {
  const { context, force } = options
  const findings = await findingsOf(options)
  for (const { severity, message, help } of findings) {
    if (severity === 'warning' || force) context.progress.warn(`${message}\n  ${help}`)
  }
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length === 0 || force) return
  const lines = errors.map(({ message, help }) => `\n  ${message}\n    ${help}`).join('')
  throw new UserError(`this would not work on AWS, so nothing was made${lines}`, {
    help: 'Go on all the same with --force.',
  })
}

async function findingsOf({ context, account, manifests, isNew }: LookOptions): Promise<readonly Finding[]> {
  const { cloud, config } = context
  const wantsLoadBalancers = loadBalancerServices(manifests).length + balancedIngresses(manifests).length > 0
  try {
    const all = await Promise.all([
      checkNetwork(cloud, { config, wantsLoadBalancers }),
      isNew ? checkRights(cloud, account, config) : [],
      isNew ? checkQuotas(cloud, config) : [],
    ])
    return [...all.flat(), ...endpoint(context)]
  } catch (cause) {
    throw explainRefusal(cause, 'looking at the account')
  }
}

// Near, the API of every cluster is on this machine.
function endpoint({ config }: DeployContext): readonly Finding[] {
  const { clusterEndpoints } = config.vpc ?? {}
  if (clusterEndpoints?.publicAccess !== false && !isFullyPrivate(config)) return []
  return [
    warning(
      'the API of this cluster is reached from within its VPC alone: up itself has to run there, or over a VPN',
      'Open it for your address instead: vpc.clusterEndpoints.publicAccess: true with vpc.publicAccessCIDRs.',
    ),
  ]
}
