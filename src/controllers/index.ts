// Owns the table of the control loops that every cluster runs.
import type { KubernetesObject, Resource } from '../kubernetes/client/client.ts'
import { fixedResources, type ServedResources } from '../kubernetes/client/served-resources.ts'
import * as resources from '../kubernetes/client/resources.ts'
import { createAttachDetachController } from './attachdetach/controller.ts'
import { createClusterRoleAggregationController } from './clusterroleaggregation/controller.ts'
import { createCronJobController } from './cronjob/controller.ts'
import { createCsiNodeController } from './csinode/controller.ts'
import { createCustomResourceDefinitionController } from './customresourcedefinition/controller.ts'
import { createDaemonSetController } from './daemonset/controller.ts'
import { createDeploymentController } from './deployment/controller.ts'
import { createDisruptionController } from './disruption/controller.ts'
import { createEndpointsController } from './endpoints/controller.ts'
import { createEndpointSliceController } from './endpointslice/controller.ts'
import { createEndpointSliceMirroringController } from './endpointslicemirroring/controller.ts'
import type { Controller, ControllerContext } from '../reconcile/controller.ts'
import { createGarbageCollector } from './garbagecollector/controller.ts'
import { createIpAddressController } from './ipaddress/controller.ts'
import { createJobController } from './job/controller.ts'
import { createJobOrphanController } from './job/orphans.ts'
import { createNamespaceController } from './namespace/controller.ts'
import { createNodeLifecycleController } from './nodelifecycle/controller.ts'
import { createTaintEvictionController } from './nodelifecycle/eviction.ts'
import { createPodAutoscalerController } from './podautoscaler/controller.ts'
import { createPodGcController } from './podgc/controller.ts'
import { createReplicaSetController, createReplicationController } from './replicaset/controller.ts'
import { createResourceQuotaController } from './resourcequota/controller.ts'
import { createSchedulerController } from './scheduler/controller.ts'
import { createRootCaController, createServiceAccountController } from './serviceaccount/controller.ts'
import { createTokenSecretController, type IssueToken } from './serviceaccount/token-secrets.ts'
import { createStatefulSetController } from './statefulset/controller.ts'
import { createTtlAfterFinishedController } from './ttlafterfinished/controller.ts'
import { createClaimController } from './volume/claims.ts'
import { createEphemeralVolumeController } from './volume/ephemeral.ts'
import { createProtectionControllers } from './volume/protection.ts'
import { createVolumeController } from './volume/volumes.ts'

export interface BuiltinControllersOptions {
  /** The cluster's certificate authority, published to every namespace as `kube-root-ca.crt`. */
  readonly caPem: string
  /** Signs the tokens that lie in secrets. */
  readonly issueToken: IssueToken
  /** What the cluster stores, custom resources included; those that clients know by default. */
  readonly served?: ServedResources
  /** Minor version of Kubernetes: 35 for 1.35. */
  readonly minor?: number
}

/** The control loops of kube-controller-manager, the cloud controller and kube-scheduler that are emulated. */
export function builtinControllers(
  context: ControllerContext,
  { caPem, issueToken, minor, served = fixedResources(builtinResources()) }: BuiltinControllersOptions,
): Controller[] {
  return [
    createNamespaceController(context, {
      resources: () => served.all.filter((resource) => resource.namespaced),
    }),
    createResourceQuotaController(context, { served }),
    createCustomResourceDefinitionController(context),
    createServiceAccountController(context),
    createRootCaController(context, caPem),
    createTokenSecretController(context, { caPem, issueToken }),
    createClusterRoleAggregationController(context),
    createDeploymentController(context),
    createReplicaSetController(context),
    createReplicationController(context),
    createStatefulSetController(context),
    createDaemonSetController(context),
    createCronJobController(context),
    createDisruptionController(context, { resources: () => served.all }),
    createJobController(context),
    createPodAutoscalerController(context, { resources: () => served.all }),
    createJobOrphanController(context),
    createTtlAfterFinishedController(context),
    createIpAddressController(context),
    createEndpointSliceController(context),
    createEndpointsController(context),
    createEndpointSliceMirroringController(context),
    createNodeLifecycleController(context),
    createTaintEvictionController(context),
    createPodGcController(context),
    createGarbageCollector(context, {
      served,
    }),
    createClaimController(context),
    createVolumeController(context),
    ...createProtectionControllers(context),
    createEphemeralVolumeController(context),
    createCsiNodeController(context),
    createAttachDetachController(context),
    createSchedulerController(context, { minor }),
  ]
}

function builtinResources(): Resource[] {
  // The module holds nothing but resources, each with its own type of object.
  return Object.values(resources) as Resource<KubernetesObject>[]
}
