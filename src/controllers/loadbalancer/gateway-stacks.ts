// Owns what Gateways become in AWS, by the kind of load balancer that their class stands for.
import { BuildError } from '../../rules/load-balancer/annotations.ts'
import { GATEWAY_CONTROLLERS, type GatewayFlavor } from '../../rules/load-balancer/gateway/api.ts'
import { notEmulated } from '../../rules/load-balancer/gateway/configuration.ts'
import { applicationModelOf } from '../../rules/load-balancer/gateway/application-model.ts'
import {
  gatewayKey,
  gatewayStackTags,
  needsCertificates,
  type LoadedGateway,
} from '../../rules/load-balancer/gateway/front.ts'
import type { ApplicationStacks } from './application-stacks.ts'
import type { Binding } from './bindings.ts'
import type { LoadBalancer } from './elbv2-shapes.ts'

export interface GatewayStacksOptions {
  readonly clusterName: string
  readonly applications: ApplicationStacks
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
    if (loaded.flavor === 'nlb')
      throw notEmulated('GatewayClass', `controllerName ${GATEWAY_CONTROLLERS.nlb}`)
    const discover = needsCertificates(loaded) ? await applications.certificates() : () => []
    const built = applicationModelOf(loaded, { cluster, discover })
    const listeners = await applications.withTrustStores(
      built.listeners,
      (name, message) => new BuildError(`failed to resolve trustStore ARN for name ${name}: ${message}`),
    )
    const tags = gatewayStackTags(cluster, loaded.flavor, gatewayKey(loaded.gateway))
    const planned = await applications.plan({ ...built, listeners }, tags)
    return { deploy: () => applications.deploy(planned) }
  }

  /** Removes everything of a Gateway. Rejects with AWS's error while something still uses a resource. */
  async remove(flavor: GatewayFlavor, key: string): Promise<void> {
    await this.#options.applications.remove(gatewayStackTags(this.#options.clusterName, flavor, key))
  }
}
