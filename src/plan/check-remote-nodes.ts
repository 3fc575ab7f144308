// Owns what a plan says of hybrid nodes: what AWS holds for them near and what not, and that no machine joins.
import { problem, type Problem } from '../config/problem.ts'
import { remoteNetworks, remoteProvider } from '../config/remote-networks.ts'
import type { Path } from '../config/yaml.ts'
import type { PlanFacts } from './checks.ts'

const AT = 'remoteNetworkConfig'

/** Reports that no machine on premises can join a near cluster, and what of their ways in cannot be made near. */
export function checkRemoteNodes({ located }: PlanFacts): Problem[] {
  const { config } = located
  if (!remoteNetworks(config)) return []
  const text =
    'hybrid nodes are machines on premises: near, their networks, role and access entry are made, and no machine joins'
  const refused = (message: string, path: Path): Problem =>
    problem('field-not-near', message, located.locate([AT, ...path]))
  const { iam, vpcGatewayID: gateway } = config.remoteNetworkConfig ?? {}
  const isAnywhere = remoteProvider(config) === 'ira' && iam?.roleARN === undefined
  return [
    problem('hybrid-nodes', text, located.locateKey([AT])),
    ...(isAnywhere ? [refused('IAM Roles Anywhere is not emulated', ['iam', 'provider'])] : []),
    // A private cluster gets no way to them, as with eksctl.
    ...(gateway === undefined || config.privateCluster?.enabled === true
      ? []
      : [
          refused(`the gateway ${gateway} is not emulated: near there are none to other networks`, [
            'vpcGatewayID',
          ]),
        ]),
  ]
}
