// Owns what Gateways become in AWS, by the kind of load balancer that their class stands for.
import { BuildError } from '../../rules/load-balancer/annotations.ts'
import type { GatewayFlavor } from '../../rules/load-balancer/gateway/api.ts'
import { applicationModelOf } from '../../rules/load-balancer/gateway/application-model.ts'
import {
  gatewayKey,
  gatewayStackTags,
  needsCertificates,
  type GatewaySources,
  type LoadedGateway,
} from '../../rules/load-balancer/gateway/front.ts'
import { networkModelOf } from '../../rules/load-balancer/gateway/network-model.ts'
import type { Tags } from '../../rules/load-balancer/target-group.ts'
import type { ApplicationStacks } from './application-stacks.ts'
import type { Binding } from './bindings.ts'
import type { Elbv2Provider } from './elbv2-provider.ts'
import type { LoadBalancer } from './elbv2-shapes.ts'
import type { NetworkStacks } from './network-stacks.ts'

export interface GatewayStacksOptions {
  readonly clusterName: string
  readonly elbv2: Elbv2Provider
  readonly applications: ApplicationStacks
  readonly networks: NetworkStacks
}

export interface DeployedGateway {
  readonly balancer: LoadBalancer
  /** By key of the Service. */
  readonly bindings: ReadonlyMap<string, readonly Binding[]>
  readonly isChanged: boolean
}

/** What is to be done for a Gateway; nothing has been yet. */
export interface PlannedGateway {
  deploy(): Promise<DeployedGateway>
}

/** The resources of Gateways in AWS. */
export class GatewayStacks {
  readonly #options: GatewayStacksOptions

  constructor(options: GatewayStacksOptions) {
    this.#options = options
  }

  /** Changes nothing yet. @throws BuildError when the Gateway asks for what cannot be */
  async plan(loaded: LoadedGateway): Promise<PlannedGateway> {
    const { clusterName: cluster, applications } = this.#options
    const discover = needsCertificates(loaded) ? await applications.certificates() : () => []
    const arns = await this.#namedGroups(loaded)
    const sources: GatewaySources = { cluster, discover, targetGroup: (name) => arns.get(name) ?? '' }
    const tags = gatewayStackTags(cluster, loaded.flavor, gatewayKey(loaded.gateway))
    return loaded.flavor === 'nlb'
      ? await this.#planNetwork(loaded, sources, tags)
      : await this.#planApplication(loaded, sources, tags)
  }

  async #planNetwork(loaded: LoadedGateway, sources: GatewaySources, tags: Tags): Promise<PlannedGateway> {
    const { networks } = this.#options
    const planned = await networks.plan(tags, () => networkModelOf(loaded, sources))
    return {
      deploy: async () => {
        const { bindings, ...deployed } = await networks.deploy(planned)
        return { ...deployed, bindings: Map.groupBy(bindings, ({ model }) => model.serviceKey) }
      },
    }
  }

  async #planApplication(
    loaded: LoadedGateway,
    sources: GatewaySources,
    tags: Tags,
  ): Promise<PlannedGateway> {
    const { applications } = this.#options
    const built = applicationModelOf(loaded, sources)
    const listeners = await applications.withTrustStores(
      built.listeners,
      (name, message) => new BuildError(`failed to resolve trustStore ARN for name ${name}: ${message}`),
    )
    const planned = await applications.plan({ ...built, listeners }, tags)
    return { deploy: () => applications.deploy(planned) }
  }

  /** The ARNs of the target groups that routes name. @throws BuildError where one is not there */
  async #namedGroups({ routes }: LoadedGateway): Promise<ReadonlyMap<string, string>> {
    const backends = [...routes.values()]
      .flat()
      .flatMap(({ rules }) => rules.flatMap((rule) => rule.backends))
    const names = backends.flatMap((each) => (each.kind === 'TargetGroupName' ? [each.name] : []))
    const arns = new Map<string, string>()
    for (const name of new Set(names)) {
      const { TargetGroupArn } = await this.#options.elbv2.targetGroup({ targetGroupName: name })
      arns.set(name, TargetGroupArn)
    }
    return arns
  }

  /** Removes everything of a Gateway. Rejects with AWS's error while something still uses a resource. */
  async remove(flavor: GatewayFlavor, key: string): Promise<void> {
    const { applications, networks, clusterName } = this.#options
    const stacks = flavor === 'nlb' ? networks : applications
    await stacks.remove(gatewayStackTags(clusterName, flavor, key))
  }
}
