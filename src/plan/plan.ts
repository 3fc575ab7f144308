// Owns the plan: what will run where, what it will cost, and what will not work, before anything is made.
import type { LocatedConfig } from '../config/cluster-config-reader.ts'
import { defaultKubernetesVersion, supportOf } from '../rules/eks/kubernetes-versions.ts'
import type { Manifest } from '../config/manifest.ts'
import type { Problem } from '../config/problem.ts'
import { isNearOnly, problem, sortProblems } from '../config/problem.ts'
import type { Project } from '../config/project.ts'
import { formatCapacity } from '../rules/fargate/size.ts'
import { listPrices, type PriceBook } from '../rules/prices/price.ts'
import { type BreakEven, breakEvens } from './advice/break-even.ts'
import { type SizeHint, sizeHints, withoutRequests } from './advice/right-size.ts'
import { autoNodesFor } from './auto-nodes.ts'
import { checkAddons } from './check-addons.ts'
import { checkFargateAdvice, checkQuantities } from './check-advice.ts'
import { checkAutoMode } from './check-auto-mode.ts'
import { checkDaemonSets, checkFargatePods } from './check-fargate.ts'
import { fieldProblems } from './check-fields.ts'
import { kindProblems } from './check-kinds.ts'
import { checkFullness, checkInstanceTypes, checkNodes } from './check-nodes.ts'
import {
  checkProfileLabels,
  checkProfiles,
  checkSelectors,
  checkSimilarNamespaces,
} from './check-profiles.ts'
import { checkPullRights } from './check-pull-rights.ts'
import { checkGateways } from './check-gateways.ts'
import { checkImages } from './check-images.ts'
import { checkIngresses } from './check-ingresses.ts'
import { checkEngine } from './check-engine.ts'
import { checkKarpenter } from './check-karpenter.ts'
import { checkNearFields } from './check-near-fields.ts'
import { checkRemoteNodes } from './check-remote-nodes.ts'
import { checkDatagrams, checkIgnoredAnnotations, checkLoadBalancers } from './check-load-balancers.ts'
import { checkLogging } from './check-logging.ts'
import { checkNetworkPolicies } from './check-network-policies.ts'
import { objectProblems } from './check-objects.ts'
import { checkPodSecurityGroups, checkStandIns } from './check-pod-security-groups.ts'
import { checkPodSecurity } from './check-pod-security.ts'
import { checkServicePods } from './check-service-pods.ts'
import { checkReferences } from './check-references.ts'
import { checkNamespaces } from './check-namespaces.ts'
import { checkImageNames } from './check-image-names.ts'
import { checkClaims } from './check-claims.ts'
import {
  checkClassicBalancers,
  checkLoadBalancerController,
  checkTargetTypes,
  hasLoadBalancerController,
} from './check-services.ts'
import { checkFarRegion, checkRegion } from './check-region.ts'
import { checkStorage } from './check-storage.ts'
import { checkVolumes } from './check-volumes.ts'
import { checkQuotas } from './check-quotas.ts'
import { checkReservations } from './check-reservations.ts'
import { checkVersion } from './check-version.ts'
import { checkDevices, withPluggedDevices } from './check-devices.ts'
import { checkCreator } from './check-creator.ts'
import { checkWindows } from './check-windows.ts'
import type { Check, PlanFacts } from './checks.ts'
import type { Cost } from './cost.ts'
import { costOf, NO_PRICE } from './cost.ts'
import { balancedGateways } from './gateways.ts'
import { balancedIngresses, ingressGroups } from './ingress.ts'
import { nodeCountOf, nodeGroupsOf } from './node-groups.ts'
import type { PlacedWorkload } from './placement.ts'
import { placeWorkloads, profilesOf } from './placement.ts'
import { loadBalancerServices } from './service.ts'
import { type SystemPods, systemPodsOn } from './system-pods.ts'
import type { WorkloadKind } from './workload.ts'
import { workloadsOf } from './workload.ts'

export interface PlannedWorkload {
  readonly namespace: string
  readonly kind: WorkloadKind
  readonly name: string
  readonly replicas: number
  readonly compute: 'ec2' | 'fargate'
  /** The Fargate profile that takes it. */
  readonly profile?: string
  /** The size of each pod on Fargate, `0.25vCPU 1GB`. */
  readonly capacity?: string
  readonly reason: string
}

/** How the same would cost less. */
export interface Advice {
  readonly sizes: readonly SizeHint[]
  /** `NAMESPACE/NAME` of workloads on EC2 that do not request both CPU and memory: no size can be told from them. */
  readonly withoutRequests: readonly string[]
  readonly breakEvens: readonly BreakEven[]
}

/** What `plan --json` prints. */
export interface Plan {
  readonly workloads: readonly PlannedWorkload[]
  readonly cost: Cost
  readonly problems: readonly Problem[]
  /** Where it was asked for, of a project without errors in its ClusterConfig. */
  readonly advice?: Advice
}

/** Where the project is to be built: what a near region lacks is no problem on AWS. */
export type PlanTarget = 'near' | 'aws'

export interface PlanOptions {
  readonly target?: PlanTarget
  /** The day for which versions and prices are judged. */
  readonly today: Date
  /** List prices, as far as they are known, when absent. */
  readonly prices?: PriceBook
  /** Tells how the same would cost less. */
  readonly advise?: boolean
  /** Nothing on this machine can run the pods. */
  readonly hasOnlyStandIns?: boolean
  /** What does not work with the container engine of this machine. */
  readonly engineLacks?: string
}

/** Checks of the config alone: they hold for what is left of one with errors. Adding a check is adding it here. */
const configChecks: readonly Check[] = [
  checkRegion,
  checkVersion,
  checkAddons,
  checkProfiles,
  checkInstanceTypes,
  checkReservations,
  checkImages,
  checkPullRights,
  checkCreator,
]

/** Checks of the config that hold for AWS itself alone. */
const farChecks: readonly Check[] = [checkFarRegion, checkQuotas]

/** Checks of the whole: they would mislead where a part of the config is left out. */
const checks: readonly Check[] = [
  checkSelectors,
  checkSimilarNamespaces,
  checkProfileLabels,
  checkFargatePods,
  checkDaemonSets,
  checkReferences,
  checkNamespaces,
  checkImageNames,
  checkPodSecurity,
  checkNetworkPolicies,
  checkPodSecurityGroups,
  checkStandIns,
  checkLogging,
  checkQuantities,
  checkFargateAdvice,
  checkTargetTypes,
  checkLoadBalancerController,
  checkClassicBalancers,
  checkServicePods,
  checkLoadBalancers,
  checkIgnoredAnnotations,
  checkDatagrams,
  checkIngresses,
  checkGateways,
  checkNodes,
  checkWindows,
  checkDevices,
  checkAutoMode,
  checkKarpenter,
  checkRemoteNodes,
  checkNearFields,
  checkEngine,
  checkFullness,
  checkVolumes,
  checkStorage,
  checkClaims,
  checkPrices,
]

/**
 * Plans a project. Without a sound ClusterConfig nothing is placed or priced; what can be read of it serves to tell
 * all problems at once.
 */
export function makePlan(project: Project, options: PlanOptions): Plan {
  const plan = planOf(project, options)
  if (options.target !== 'aws') return plan
  return { ...plan, problems: plan.problems.filter(({ code }) => !isNearOnly(code)) }
}

function planOf(project: Project, options: PlanOptions): Plan {
  const located = project.readableConfig
  const read = project.manifests.map((manifest) => ({ manifest, problems: fieldProblems(manifest) }))
  const known = [
    ...project.problems,
    ...kindProblems(project.manifests, located?.config),
    ...read.flatMap((each) => each.problems),
    ...read.filter((each) => each.problems.length === 0).flatMap(({ manifest }) => objectProblems(manifest)),
  ]
  const nothing = { workloads: [], cost: { currency: 'USD', hourly: 0, monthly: 0, items: [] } } as const
  if (!located) return { ...nothing, problems: sortProblems(known) }
  // The rules trust the types of what they read, so a manifest of other types is reported and goes no further.
  const sound = read.filter((each) => each.problems.every(({ code }) => code !== 'wrong-type'))
  const manifests = sound.map((each) => each.manifest)
  const facts = factsOf(manifests, located, options)
  const ofConfig = options.target === 'aws' ? [...configChecks, ...farChecks] : configChecks
  if (!project.clusterConfig) {
    const found = ofConfig.flatMap((check) => check(facts))
    return { ...nothing, problems: sortProblems([...known, ...found]) }
  }
  const found = [...ofConfig, ...checks].flatMap((check) => check(facts))
  return {
    workloads: [...facts.placed.map(planned), ...facts.systemPods.map(plannedSystem)],
    cost: facts.cost,
    problems: sortProblems([...known, ...found]),
    ...(options.advise === true ? { advice: adviceOn(facts, options.prices ?? listPrices) } : {}),
  }
}

function adviceOn({ located, groups, placed }: PlanFacts, prices: PriceBook): Advice {
  const input = { region: located.config.metadata.region, prices, groups, placed }
  return { sizes: sizeHints(input), withoutRequests: withoutRequests(input), breakEvens: breakEvens(input) }
}

function factsOf(manifests: readonly Manifest[], located: LocatedConfig, options: PlanOptions): PlanFacts {
  const { config } = located
  const version = config.metadata.version ?? defaultKubernetesVersion
  const support = supportOf(version, options.today)
  const ofConfig = nodeGroupsOf(config)
  const profiles = profilesOf(config)
  const placed = placeWorkloads(workloadsOf(manifests, nodeCountOf(ofConfig)), profiles)
  const groups = options.target === 'aws' ? withPluggedDevices(ofConfig, config) : ofConfig
  const services = loadBalancerServices(manifests, hasLoadBalancerController(config, manifests))
  const systemPods = systemPodsOn(config, profiles)
  const ingresses = balancedIngresses(manifests)
  const gateways = balancedGateways(manifests)
  const balanced = { services, ingressGroups: ingressGroups(ingresses), gateways }
  const auto = autoNodesFor({ config, placed, groups, manifests })
  const autoNodes = auto?.nodes ?? []
  const { prices = listPrices, today } = options
  const cost = costOf({ config, support, groups, autoNodes, placed, systemPods, prices, today, ...balanced })
  const running = { placed, systemPods, services, ingresses, gateways, auto }
  const { hasOnlyStandIns = false, engineLacks } = options
  const known = { located, version, support, profiles, groups, manifests, ...running, cost }
  return { ...known, hasOnlyStandIns, engineLacks }
}

function plannedSystem({ namespace, name, replicas, profile, reason, size }: SystemPods): PlannedWorkload {
  const capacity = formatCapacity(size)
  return { namespace, kind: 'Deployment', name, replicas, compute: 'fargate', profile, capacity, reason }
}

function planned({ workload, placement, sizing }: PlacedWorkload): PlannedWorkload {
  const { namespace, kind, name, replicas } = workload
  const base = { namespace, kind, name, replicas, compute: placement.compute }
  if (placement.compute === 'ec2') return { ...base, reason: placement.reason }
  const capacity = sizing?.fits ? { capacity: formatCapacity(sizing.size) } : {}
  return { ...base, profile: placement.profile.name, ...capacity, reason: placement.reason }
}

function checkPrices({ located, cost }: PlanFacts): Problem[] {
  const missing = cost.items.filter((item) => item.note === NO_PRICE)
  if (missing.length === 0) return []
  const { region } = located.config.metadata
  const names = [...new Set(missing.map((item) => `${item.name} (${item.detail})`))].join(', ')
  const message = `no price known in ${region} for ${names}`
  return [problem('price-unknown', message, located.locate(['metadata', 'region']))]
}
