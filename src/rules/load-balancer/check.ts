// Owns everything that can be said of a Service's load balancer before it is made.
import type { Service } from '../../../generated/kubernetes.d.ts'
import { annotation, BuildError, PREFIX, type FieldPath } from './annotations.ts'
import {
  attributeProblem,
  listenerDefaults,
  loadBalancerDefaults,
  targetGroupDefaults,
  type AttributeOwner,
  type Attributes,
} from './attributes.ts'
import { classicModel, isCloudNetwork } from './classic.ts'
import { cloudNetworkModel } from './cloud-network.ts'
import { refusals } from './emulation.ts'
import { buildModel } from './model.ts'
import type { NetworkModel } from './network.ts'

/** Why a Service will get no load balancer, or none of the kind it asks for. */
export interface ServiceProblem {
  readonly message: string
  /** The field that it is about. */
  readonly path: FieldPath
  /** True when AWS would do it, and Neargate does not. */
  readonly isNotEmulated: boolean
}

/**
 * What the controller or ELBv2 would refuse. Everything that is not emulated is named; of what is wrong on AWS too
 * the first, as the controller does. Cluster, subnets and what AWS holds already are not known here.
 */
export function serviceProblems(service: Service): ServiceProblem[] {
  const refused = refusals(service).map(asProblem)
  if (refused.length > 0) return refused
  try {
    return attributeProblems(service, buildModel('', service))
  } catch (error) {
    if (error instanceof BuildError) return [asProblem(error)]
    throw error
  }
}

/** What EKS's cloud controller would refuse of a Service that it is to make a load balancer for. */
export function classicProblems(service: Service): ServiceProblem[] {
  try {
    if (isCloudNetwork(service)) cloudNetworkModel(service)
    else classicModel(service)
    return []
  } catch (error) {
    if (error instanceof BuildError) return [asProblem(error)]
    throw error
  }
}

function asProblem({ message, path, isNotEmulated }: BuildError): ServiceProblem {
  return { message, path, isNotEmulated }
}

function attributeProblems(service: Service, model: NetworkModel): ServiceProblem[] {
  const problemsOf = (owner: AttributeOwner, known: Attributes, given: Attributes, suffix: string) =>
    Object.entries(given).flatMap((entry): ServiceProblem[] => {
      const problem = attributeProblem(owner, known, entry)
      return problem ? [{ ...problem, path: ['metadata', 'annotations', PREFIX + suffix] }] : []
    })
  const incompatible = model.targetGroups.flatMap(({ listener, servicePort }): ServiceProblem[] => {
    const isMixed = (listener?.protocol === 'UDP') !== (listener?.groupProtocol === 'UDP')
    if (!isMixed) return []
    const { port } = servicePort
    const message = `port ${port} is of TCP and of UDP, which need one listener: set the annotation ${PREFIX}enable-tcp-udp-listener to "true"`
    const path = ['spec', 'ports', service.spec.ports?.indexOf(servicePort) ?? 0]
    return [{ message, path, isNotEmulated: false }]
  })
  const groups = model.targetGroups.flatMap(
    ({ attributes, listener, listenerAttributes, targetType, servicePort, protocol }) => {
      const ofPort = `target-group-attributes.${servicePort.port}`
      const suffix = annotation(service, ofPort) === undefined ? 'target-group-attributes' : ofPort
      return [
        ...problemsOf('Target group', targetGroupDefaults(targetType, protocol), attributes, suffix),
        ...problemsOf(
          'Listener',
          listener?.protocol === 'TLS' || listener?.protocol === 'UDP' ? {} : listenerDefaults,
          listenerAttributes,
          `listener-attributes.${listener?.protocol ?? 'TCP'}-${servicePort.port}`,
        ),
      ]
    },
  )
  const all = [
    ...problemsOf('Load balancer', loadBalancerDefaults, model.attributes, 'attributes'),
    ...groups,
    ...incompatible,
  ]
  // Two ports with the same attributes are one annotation.
  return [...new Map(all.map((problem) => [JSON.stringify(problem), problem])).values()]
}
