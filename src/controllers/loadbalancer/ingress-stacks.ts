// Owns what groups of Ingresses become in AWS: their model, with the certificates and trust stores that it names.
import type { Service } from '../../../generated/kubernetes.d.ts'
import { BuildError } from '../../rules/load-balancer/annotations.ts'
import type { Edition } from '../../rules/load-balancer/edition.ts'
import { annotationsOf } from '../../rules/load-balancer/ingress/annotations.ts'
import { nameOf, type GroupId, type IngressGroup } from '../../rules/load-balancer/ingress/group.ts'
import { needsDiscovery } from '../../rules/load-balancer/ingress/listeners.ts'
import { buildIngressModel, ingressStackTags } from '../../rules/load-balancer/ingress/model.ts'
import { mutualByPort } from '../../rules/load-balancer/ingress/mutual-authentication.ts'
import type { ApplicationStacks, DeployedApplication, PlannedApplication } from './application-stacks.ts'

export interface IngressStacksOptions {
  readonly clusterName: string
  readonly applications: ApplicationStacks
  readonly edition: Edition
  service(key: string): Service | undefined
}

/** The resources of groups in AWS. */
export class IngressStacks {
  readonly #options: IngressStacksOptions

  constructor(options: IngressStacksOptions) {
    this.#options = options
  }

  /** Changes nothing yet. @throws BuildError when the group asks for what cannot be */
  async plan(group: IngressGroup): Promise<PlannedApplication> {
    const { clusterName, applications, edition } = this.#options
    const isDiscovering = group.members.some(needsDiscovery)
    const built = buildIngressModel(group, {
      cluster: clusterName,
      edition,
      service: (key) => this.#options.service(key),
      discover: isDiscovering ? await applications.certificates() : () => [],
    })
    const listeners = await applications.withTrustStores(built.listeners, (name, message) => {
      const member = group.members.find((each) =>
        [...mutualByPort(annotationsOf(each)).values()].some(({ trustStore }) => trustStore === name),
      )
      return new BuildError(`ingress: ${member && nameOf(member)}: ${message}`)
    })
    const tags = ingressStackTags(clusterName, group.id, edition)
    return await applications.plan({ ...built, listeners }, tags, "couldn't auto-discover subnets: ")
  }

  /** Makes it so. @throws BuildError, AwsError */
  async deploy(planned: PlannedApplication): Promise<DeployedApplication> {
    return await this.#options.applications.deploy(planned)
  }

  /** Removes everything of a group. Rejects with AWS's error while something still uses a resource. */
  async remove(id: GroupId): Promise<void> {
    const { clusterName, applications, edition } = this.#options
    await applications.remove(ingressStackTags(clusterName, id, edition))
  }
}
