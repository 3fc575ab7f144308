// Owns the AWS resources of Application Load Balancers: making and changing them in the controller's order, removing them.
import { AwsError } from '../../base/errors.ts'
import { BuildError } from '../../rules/load-balancer/annotations.ts'
import type { ApplicationListener, ApplicationModel } from '../../rules/load-balancer/application.ts'
import { networkingOf } from '../../rules/load-balancer/target-group-binding.ts'
import type { CertificateDiscovery } from '../../rules/load-balancer/ingress/listeners.ts'
import type { Tags } from '../../rules/load-balancer/target-group.ts'
import type { Aws } from './aws.ts'
import { ApplicationProvider } from './application-provider.ts'
import type { Binding } from './bindings.ts'
import type { Ec2Provider } from './ec2-provider.ts'
import type { Elbv2Provider, Stack } from './elbv2-provider.ts'
import type { LoadBalancer } from './elbv2-shapes.ts'
import { Frontends, type PlannedFrontend } from './frontends.ts'

export interface ApplicationStacksOptions {
  readonly aws: Aws
  readonly ec2: Ec2Provider
  readonly elbv2: Elbv2Provider
}

/** What is asked for, and what there is of it. */
export interface PlannedApplication {
  readonly model: ApplicationModel
  readonly stack: Stack
  readonly subnets: readonly string[] | undefined
  readonly frontend: PlannedFrontend | undefined
}

export interface DeployedApplication {
  readonly balancer: LoadBalancer
  /** In front of it, where there is one. */
  readonly frontend: LoadBalancer | undefined
  /** By key of the Service. */
  readonly bindings: ReadonlyMap<string, readonly Binding[]>
  readonly isChanged: boolean
}

/** Application Load Balancers stand in two zones at least. */
const FEWEST_SUBNETS = 2

/** The resources in AWS, found by the tags of their stack. */
export class ApplicationStacks {
  readonly #options: ApplicationStacksOptions
  readonly #provider: ApplicationProvider
  readonly #frontends: Frontends

  constructor(options: ApplicationStacksOptions) {
    this.#options = options
    this.#frontends = new Frontends(options)
    this.#provider = new ApplicationProvider(options.aws, options.elbv2)
  }

  /**
   * Where a model is to stand; changes nothing yet.
   * @param discovery what texts begin with when no subnets are found
   * @throws BuildError when it asks for what cannot be
   */
  async plan(model: ApplicationModel, stackTags: Tags, discovery = ''): Promise<PlannedApplication> {
    const { ec2, elbv2 } = this.#options
    const stack = await elbv2.find(stackTags)
    const isDiscovering = model.subnets === undefined && model.subnetTags === undefined
    const isFixed = stack.loadBalancer?.Scheme === model.scheme && isDiscovering
    const subnets = isFixed ? undefined : await this.#subnets(model, discovery)
    if (model.securityGroups.kind === 'given') await ec2.givenSecurityGroups(model.securityGroups.groups)
    return { model, stack, subnets, frontend: await this.#frontends.plan(model.frontend, stack) }
  }

  /** Makes it so. @throws BuildError, AwsError */
  async deploy({ model, stack, subnets, frontend }: PlannedApplication): Promise<DeployedApplication> {
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

  /** Removes everything of a stack. Rejects with AWS's error while something still uses a resource. */
  async remove(stackTags: Tags): Promise<void> {
    const { ec2, elbv2 } = this.#options
    const stack = await elbv2.find(stackTags)
    const { loadBalancer, targetGroups } = stack
    await this.#frontends.clear(stack, undefined)
    // It cannot go while it is a target.
    const { ofFrontend = [], others = [] } = Object.groupBy(targetGroups, ({ TargetType }) =>
      TargetType === 'alb' ? 'ofFrontend' : 'others',
    )
    for (const { TargetGroupArn } of ofFrontend) await elbv2.deleteTargetGroup(TargetGroupArn)
    if (loadBalancer) await elbv2.deleteLoadBalancer(loadBalancer.LoadBalancerArn)
    for (const { TargetGroupArn } of others) await elbv2.deleteTargetGroup(TargetGroupArn)
    await ec2.deleteManagedGroup(stackTags)
  }

  async #subnets(model: ApplicationModel, discovery: string): Promise<string[]> {
    const found = await this.#options.ec2.subnets(model).catch((error: unknown) => {
      if (!(error instanceof BuildError) || model.subnets) throw error
      throw new BuildError(discovery + error.message)
    })
    if (found.length >= FEWEST_SUBNETS) return found
    const text = `subnets count less than minimal required count: ${found.length} < ${FEWEST_SUBNETS}`
    throw new BuildError(model.subnets ? text : discovery + text)
  }

  /** Where a listener names its trust store, the ARN instead. @throws whatever `failed` makes of ELBv2's refusal */
  async withTrustStores(
    listeners: readonly ApplicationListener[],
    failed: (name: string, message: string) => BuildError,
  ): Promise<readonly ApplicationListener[]> {
    const arns = new Map<string, string>()
    for (const { mutual } of listeners) {
      const name = mutual?.trustStore
      if (name === undefined || name.startsWith('arn:') || arns.has(name)) continue
      try {
        const { TrustStores = [] } = await this.#options.aws.call<TrustStorePage>(
          'elbv2',
          'DescribeTrustStores',
          { Names: [name] },
        )
        arns.set(name, TrustStores[0]?.TrustStoreArn ?? '')
      } catch (error) {
        if (error instanceof AwsError) throw failed(name, error.message)
        throw error
      }
    }
    return listeners.map((listener) => {
      const { mutual } = listener
      const arn = arns.get(mutual?.trustStore ?? '')
      return mutual && arn !== undefined ? { ...listener, mutual: { ...mutual, trustStore: arn } } : listener
    })
  }

  /** Finds certificates of ACM for hosts: all that have been issued are read at once. */
  async certificates(): Promise<CertificateDiscovery> {
    const issued = await this.#certificates()
    return (hosts) => discovered(issued, hosts)
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
