// Owns the names of the resources of EKS's VPC resource controller for typed clients.
import type { ObjectMeta } from '../../../generated/kubernetes.d.ts'
import { GROUP, type SecurityGroupPolicy } from '../../rules/eks/pod-security-groups.ts'
import type { Resource } from './client.ts'

/** What the network of a node can do (vpcresources.k8s.aws/v1alpha1). */
export interface CniNode {
  readonly apiVersion: 'vpcresources.k8s.aws/v1alpha1'
  readonly kind: 'CNINode'
  readonly metadata: ObjectMeta
  readonly spec?: {
    readonly features?: readonly { readonly name?: string; readonly value?: string }[]
    readonly tags?: Readonly<Record<string, string>>
  }
}

export const securityGroupPolicies: Resource<SecurityGroupPolicy> = {
  group: GROUP,
  version: 'v1beta1',
  plural: 'securitygrouppolicies',
  kind: 'SecurityGroupPolicy',
  namespaced: true,
}

export const cniNodes: Resource<CniNode> = {
  group: GROUP,
  version: 'v1alpha1',
  plural: 'cninodes',
  kind: 'CNINode',
  namespaced: false,
}
