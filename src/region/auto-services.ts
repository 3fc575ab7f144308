// Owns what EKS Auto Mode does for a cluster beside nodes: load balancers and volumes, with the rights of the cluster's role.
// Source: AWS's managed policies AmazonEKSLoadBalancingPolicy and AmazonEKSBlockStoragePolicy: what they allow is done by the
// cluster's role, all else (reading, deleting, taking out targets) by EKS itself.
import type { AwsCaller } from '../aws/protocol/service.ts'
import { createEbsAttacher } from '../controllers/ebs/attacher.ts'
import { createEbsProvisioner } from '../controllers/ebs/provisioner.ts'
import { createEbsResizer } from '../controllers/ebs/resizer.ts'
import { createServiceController } from '../controllers/loadbalancer/index.ts'
import type { Controller, ControllerContext } from '../reconcile/controller.ts'
import { CLUSTER_TAG } from '../rules/auto-mode/tags.ts'
import { AUTO_MODE_EBS_DRIVER } from '../rules/kubernetes/ebs-volume.ts'
import { AUTO_MODE } from '../rules/load-balancer/edition.ts'

/** Operations that the policies of the cluster's role allow. */
export const BY_THE_CLUSTER: ReadonlySet<string> = new Set([
  'CreateLoadBalancer',
  'CreateTargetGroup',
  'CreateListener',
  'CreateRule',
  'CreateSecurityGroup',
  'RegisterTargets',
  'ModifyLoadBalancerAttributes',
  'SetIpAddressType',
  'SetSecurityGroups',
  'SetSubnets',
  'ModifyTargetGroup',
  'ModifyTargetGroupAttributes',
  'ModifyListener',
  'ModifyListenerAttributes',
  'AddListenerCertificates',
  'RemoveListenerCertificates',
  'ModifyRule',
  'CreateVolume',
  'ModifyVolume',
  'AttachVolume',
  'DetachVolume',
])

export interface AutoServicesOptions {
  readonly context: ControllerContext
  readonly clusterName: string
  readonly vpcId: string
  readonly region: string
  readonly asCluster: AwsCaller
  readonly asService: AwsCaller
}

/** The control loops of load balancers and volumes. */
export function createAutoServices(options: AutoServicesOptions): readonly Controller[] {
  const { context, clusterName, asCluster, asService } = options
  const aws: AwsCaller = {
    call: (service, operation, input) =>
      (BY_THE_CLUSTER.has(operation) ? asCluster : asService).call(service, operation, input),
  }
  const driver = AUTO_MODE_EBS_DRIVER
  return [
    ...createServiceController({ ...options, aws, hasBindings: true, edition: AUTO_MODE }),
    ...createEbsProvisioner(context, {
      aws,
      driver,
      podName: 'eks-auto-mode',
      tags: { [CLUSTER_TAG]: clusterName },
    }),
    createEbsAttacher(context, aws, driver),
    createEbsResizer(context, aws, driver),
  ]
}
