// Owns DescribeAddonVersions: the add-ons there are and the versions each has for each Kubernetes version, newest first.
import type {
  AddonInfo,
  DescribeAddonVersionsRequest,
  DescribeAddonVersionsResponse,
} from '@aws-sdk/client-eks'

import { versionsOfAddon } from '../../../../rules/eks/addons.ts'
import { operation } from '../../../protocol/operation.ts'
import { page, PAGES } from '../paging.ts'
import type { Eks } from '../state.ts'
import { addons } from './catalog.ts'
import type { AddonDefinition } from './definition.ts'

/** eksctl takes the version whose first compatibility says `defaultVersion`. */
export const describeAddonVersions = operation<
  Eks,
  DescribeAddonVersionsRequest,
  DescribeAddonVersionsResponse
>()({
  honours: ['kubernetesVersion', 'addonName', 'types', 'owners', 'publishers', ...PAGES],
  handle: (input, eks) => {
    const kubernetesVersions = input.kubernetesVersion
      ? [input.kubernetesVersion]
      : eks.ports.versions.map((offered) => offered.version)
    const wanted = addons.filter(
      (addon) =>
        (!input.addonName || addon.name === input.addonName) &&
        (!input.types?.length || input.types.includes(addon.type)) &&
        (!input.owners?.length || input.owners.includes(addon.owner)) &&
        (!input.publishers?.length || input.publishers.includes(publisherOf(addon))),
    )
    const { items, nextToken } = page(wanted, input)
    return { addons: items.map((addon) => show(addon, kubernetesVersions)), nextToken }
  },
})

function publisherOf({ publisher = 'eks' }: AddonDefinition): string {
  return publisher
}

/** Orders `v1.12.4-eksbuild.1` after `v1.9.3-eksbuild.15`. */
function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

function show(addon: AddonDefinition, kubernetesVersions: readonly string[]): AddonInfo {
  const offered = kubernetesVersions.flatMap((clusterVersion) =>
    versionsOfAddon(addon, clusterVersion).map((addonVersion) => ({ addonVersion, clusterVersion })),
  )
  const byVersion = [...Map.groupBy(offered, ({ addonVersion }) => addonVersion)]
  return {
    addonName: addon.name,
    type: addon.type,
    owner: addon.owner,
    publisher: publisherOf(addon),
    defaultNamespace: addon.namespace,
    addonVersions: byVersion
      .toSorted(([a], [b]) => compareVersions(b, a))
      .map(([addonVersion, compatible]) => ({
        addonVersion,
        architecture: ['amd64', 'arm64'],
        computeTypes: addon.workload.kind === 'Deployment' ? ['ec2', 'fargate'] : ['ec2'],
        compatibilities: compatible.map(({ clusterVersion }) => ({
          clusterVersion,
          platformVersions: ['*'],
          defaultVersion: addon.versionFor(clusterVersion) === addonVersion,
        })),
        requiresConfiguration: false,
        requiresIamPermissions: addon.identity !== undefined,
      })),
  }
}
