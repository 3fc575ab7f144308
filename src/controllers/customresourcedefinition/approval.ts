// Owns what definitions in groups of the Kubernetes community say about their approval.
// Source: apiextensions-apiserver pkg/apihelpers/helpers.go, pkg/controller/apiapproval.
import type { CustomResourceDefinition } from '../../../generated/kubernetes.d.ts'
import { approvalOf, isProtectedGroup, type Approval } from '../../rules/kubernetes/api-approval.ts'
import type { Finding } from './conditions.ts'

const REASONS: Readonly<Record<Approval, string>> = {
  approved: 'ApprovedAnnotation',
  bypassed: 'UnapprovedAnnotation',
  missing: 'MissingAnnotation',
  invalid: 'InvalidAnnotation',
}

/** The finding about a definition of a protected group; undefined for every other. */
export function approvalFinding({ metadata, spec }: CustomResourceDefinition): Finding | undefined {
  if (!isProtectedGroup(spec.group)) return undefined
  const { state, message } = approvalOf(metadata.annotations)
  return {
    type: 'KubernetesAPIApprovalPolicyConformant',
    status: state === 'approved' ? 'True' : 'False',
    reason: REASONS[state],
    message,
  }
}
