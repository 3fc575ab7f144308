// Owns the AWS resources of groups of Ingresses: making and changing them in the controller's order, removing them.
import type { Service } from '../../../generated/kubernetes.d.ts'
import { AwsError } from '../../base/errors.ts'
import { BuildError } from '../../rules/load-balancer/annotations.ts'
import type { Edition } from '../../rules/load-balancer/edition.ts'
import { annotationsOf } from '../../rules/load-balancer/ingress/annotations.ts'
import {
  nameOf,
  type GroupId,
  type GroupMember,
  type IngressGroup,
} from '../../rules/load-balancer/ingress/group.ts'
import { mutualByPort } from '../../rules/load-balancer/ingress/mutual-authentication.ts'
import { needsDiscovery } from '../../rules/load-balancer/ingress/listeners.ts'
import {
  buildIngressModel,
  ingressStackTags,
  type IngressListenerModel,
  type IngressModel,
} from '../../rules/load-balancer/ingress/model.ts'
import { networkingOf } from '../../rules/load-balancer/target-group-binding.ts'
import type { Aws } from './aws.ts'
import type { Binding } from './bindings.ts'
import type { Ec2Provider } from './ec2-provider.ts'
import type { Elbv2Provider, Stack } from './elbv2-provider.ts'
import type { LoadBalancer } from './elbv2-shapes.ts'
import { Frontends, type PlannedFrontend } from './frontends.ts'
import { IngressProvider } from './ingress-provider.ts'

export interface IngressStacksOptions {
  readonly aws: Aws
  readonly clusterName: string
  readonly ec2: Ec2Provider
  readonly elbv2: Elbv2Provider
  readonly edition: Edition
  service(key: string): Service | undefined
}

/** What a group asks for, and what there is of it. */
export interface PlannedIngresses {
  readonly model: IngressModel
  readonly stack: Stack
  readonly subnets: readonly string[] | undefined
  readonly frontend: PlannedFrontend | undefined
}

export interface DeployedIngresses {
  readonly balancer: LoadBalancer
  /** In front of it, where there is one. */
  readonly frontend: LoadBalancer | undefined
  /** By key of the Service. */
  readonly bindings: ReadonlyMap<string, readonly Binding[]>
  readonly isChanged: boolean
}

/** Application Load Balancers stand in two zones at least. */
const FEWEST_SUBNETS = 2

/** The resources of groups in AWS, found by their tags. */
export class IngressStacks {
  readonly #options: IngressStacksOptions
  readonly #provider: IngressProvider
  readonly #frontends: Frontends

  constructor(options: IngressStacksOptions) {
    this.#options = options
    this.#frontends = new Frontends(options)
    this.#provider = new IngressProvider(options.aws, options.elbv2)
  }

  /** Changes nothing yet. @throws BuildError when the group asks for what cannot be */
  async plan(group: IngressGroup): Promise<PlannedIngresses> {
    const { clusterName, ec2, elbv2, edition } = this.#options
    const issued = group.members.some(needsDiscovery) ? await this.#certificates() : []
    const built = buildIngressModel(group, {
      cluster: clusterName,
      edition,
      service: (key) => this.#options.service(key),
      discover: (hosts) => discovered(issued, hosts),
    })
    const model = { ...built, listeners: await this.#withTrustStores(built.listeners, group.members) }
    const stack = await elbv2.find(ingressStackTags(clusterName, group.id, edition))
    const isDiscovering = model.subnets === undefined && model.subnetTags === undefined
    const isFixed = stack.loadBalancer?.Scheme === model.scheme && isDiscovering
    const subnets = isFixed ? undefined : await this.#subnets(ec2, model)
    if (model.securityGroups.kind === 'given') await ec2.givenSecurityGroups(model.securityGroups.groups)
    return { model, stack, subnets, frontend: await this.#frontends.plan(model.frontend, stack) }
  }

  /** Makes it so. @throws BuildError, AwsError */
  async deploy({ model, stack, subnets, frontend }: PlannedIngresses): Promise<DeployedIngresses> {
    const { ec2, elbv2 } = this.#options
    const isCleared = await this.#frontends.clear(stack, model.frontend)
    const misfit = stack.loadBalancer && stack.loadBalancer.Scheme !== model.scheme
    if (misfit && stack.loadBalancer) await elbv2.deleteLoadBalancer(stack.loadBalancer.LoadBalancerArn)
    const there = misfit ? undefined : stack.loadBalancer
    const { ids: securityGroups, backend } = await ec2.securityGroups(model.securityGroups)
    const arns = new Map<string, string>()
    const bindings = new Map<string, Binding[]>()
    let isChanged = !there || isCleared
    for (const group of model.targetGroups) {
      const { arn, isChanged: isGroupChanged } = await elbv2.ensureTargetGroup(group, stack)
      isChanged ||= isGroupChanged
      arns.set(group.resourceId, arn)
      const before = bindings.get(group.serviceKey) ?? []
      const networking = backend === undefined ? undefined : networkingOf(group, { groupId: backend })
      bindings.set(group.serviceKey, [...before, { model: group, arn, networking }])
    }
    const balancer = there ?? (await this.#provider.create(model, { subnets, securityGroups }))
    if (there)
      isChanged = (await this.#provider.update(there, model, { subnets, securityGroups })) || isChanged
    const arn = balancer.LoadBalancerArn
    isChanged = (await elbv2.ensureAttributes('LoadBalancer', arn, model.attributes)) || isChanged
    isChanged = (await this.#provider.ensureListeners(arn, model.listeners, arns)) || isChanged
    const front = await this.#frontends.deploy(frontend, stack, { arn, securityGroups })
    isChanged ||= front.isChanged
    for (const { TargetGroupArn } of stack.targetGroups) {
      if ([...arns.values(), ...front.groups].includes(TargetGroupArn)) continue
      await elbv2.deleteTargetGroup(TargetGroupArn)
      isChanged = true
    }
    return { balancer, frontend: front.balancer, bindings, isChanged }
  }

  /** Removes everything of a group. Rejects with AWS's error while something still uses a resource. */
  async remove(id: GroupId): Promise<void> {
    const { clusterName, ec2, elbv2, edition } = this.#options
    const tags = ingressStackTags(clusterName, id, edition)
    const stack = await elbv2.find(tags)
    const { loadBalancer, targetGroups } = stack
    await this.#frontends.clear(stack, undefined)
    // It cannot go while it is a target.
    const { ofFrontend = [], others = [] } = Object.groupBy(targetGroups, ({ TargetType }) =>
      TargetType === 'alb' ? 'ofFrontend' : 'others',
    )
    for (const { TargetGroupArn } of ofFrontend) await elbv2.deleteTargetGroup(TargetGroupArn)
    if (loadBalancer) await elbv2.deleteLoadBalancer(loadBalancer.LoadBalancerArn)
    for (const { TargetGroupArn } of others) await elbv2.deleteTargetGroup(TargetGroupArn)
    await ec2.deleteManagedGroup(tags)
  }

  async #subnets(ec2: Ec2Provider, model: IngressModel): Promise<string[]> {
    const found = await ec2.subnets(model).catch((error: unknown) => {
      if (!(error instanceof BuildError) || model.subnets) throw error
      throw new BuildError(`couldn't auto-discover subnets: ${error.message}`)
    })
    if (found.length >= FEWEST_SUBNETS) return found
    const text = `subnets count less than minimal required count: ${found.length} < ${FEWEST_SUBNETS}`
    throw new BuildError(model.subnets ? text : `couldn't auto-discover subnets: ${text}`)
  }

  /** Trust stores by ARN, where the members of the group have their names. */
  async #withTrustStores(
    listeners: readonly IngressListenerModel[],
    members: readonly GroupMember[],
  ): Promise<readonly IngressListenerModel[]> {
    const arns = new Map<string, string>()
    for (const member of members) {
      const ports = mutualByPort(annotationsOf(member))
      for (const { trustStore: name } of ports.values()) {
        const isNamed = name !== undefined && !name.startsWith('arn:')
        if (isNamed && !arns.has(name)) arns.set(name, await this.#trustStore(name, member))
      }
    }
    return listeners.map((listener) => {
      const { mutual } = listener
      const arn = arns.get(mutual?.trustStore ?? '')
      return mutual && arn !== undefined ? { ...listener, mutual: { ...mutual, trustStore: arn } } : listener
    })
  }

  async #trustStore(name: string, member: GroupMember): Promise<string> {
    try {
      const { TrustStores = [] } = await this.#options.aws.call<TrustStorePage>(
        'elbv2',
        'DescribeTrustStores',
        {
          Names: [name],
        },
      )
      return TrustStores[0]?.TrustStoreArn ?? ''
    } catch (error) {
      if (error instanceof AwsError) throw new BuildError(`ingress: ${nameOf(member)}: ${error.message}`)
      throw error
    }
  }

  async #certificates(): Promise<readonly Issued[]> {
    const all: Issued[] = []
    let NextToken: string | undefined
    do {
      const page: CertificatePage = await this.#options.aws.call<CertificatePage>('acm', 'ListCertificates', {
        CertificateStatuses: ['ISSUED'],
        // Without this ACM lists those of RSA with 1024 and 2048 bits only.
        Includes: { keyTypes: KEY_TYPES },
        ...(NextToken === undefined ? {} : { NextToken }),
      })
      for (const { CertificateArn } of page.CertificateSummaryList ?? []) {
        const { Certificate } = await this.#options.aws.call<CertificateDetail>(
          'acm',
          'DescribeCertificate',
          {
            CertificateArn,
          },
        )
        const names = Certificate?.SubjectAlternativeNames ?? []
        all.push({ arn: CertificateArn ?? '', names: [Certificate?.DomainName ?? '', ...names] })
      }
      NextToken = page.NextToken
    } while (NextToken)
    return all
  }
}

// acmtypes.KeyAlgorithm.Values
const KEY_TYPES = [
  'RSA_1024',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'EC_prime256v1',
  'EC_secp384r1',
  'EC_secp521r1',
]

interface Issued {
  readonly arn: string
  readonly names: readonly string[]
}

interface TrustStorePage {
  readonly TrustStores?: readonly { readonly TrustStoreArn?: string }[]
}

interface CertificatePage {
  readonly CertificateSummaryList?: readonly { readonly CertificateArn?: string }[]
  readonly NextToken?: string
}

interface CertificateDetail {
  readonly Certificate?: {
    readonly DomainName?: string
    readonly SubjectAlternativeNames?: readonly string[]
  }
}

// All that fit, by ARN: a name fits as it is, and a wildcard for one label.
function discovered(issued: readonly Issued[], hosts: readonly string[]): string[] {
  const arns = hosts.flatMap((host) => {
    const parent = host.replace(/^[^.]+/, '*')
    const found = issued.filter(({ names }) => names.some((name) => name === host || name === parent))
    if (found.length === 0) throw new BuildError(`no certificate found for host: ${host}`)
    return found.map(({ arn }) => arn)
  })
  return [...new Set(arns)].toSorted()
}
