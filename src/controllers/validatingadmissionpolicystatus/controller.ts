// Owns the status of ValidatingAdmissionPolicies: what is wrong with their expressions for the kinds that they name.
// Source: kubernetes pkg/controller/validatingadmissionpolicystatus/controller.go.
import { isConflict, isNotFound } from '../../base/errors.ts'
import { validatingAdmissionPolicies } from '../../kubernetes/client/resources.ts'
import type { PolicyChecker } from '../../kubernetes/server/ports.ts'
import type { Controller, ControllerContext } from '../../reconcile/controller.ts'

const MANAGER = 'validatingadmissionpolicy-status'

/**
 * The control loop of the status of policies. Each version of a policy is checked once: a kind that comes later is not
 * told of.
 */
export function createPolicyStatusController(context: ControllerContext, checker: PolicyChecker): Controller {
  const { client, clock } = context
  const all = context.informer(validatingAdmissionPolicies)
  return {
    name: 'validatingadmissionpolicy-status',
    sources: [all.source()],
    async reconcile(name) {
      const policy = all.get(name)
      const { generation = 0, uid } = policy?.metadata ?? {}
      if (!policy || generation <= (policy.status?.observedGeneration ?? 0)) return
      // Kubernetes has the nanoseconds of the clock there.
      const suffix = String((clock.now() % 1000) * 1_000_000)
      const warnings = checker.expressionWarnings(policy.spec, suffix)
      const typeChecking = warnings.length > 0 ? { expressionWarnings: warnings } : {}
      const { apiVersion, kind } = policy
      try {
        await client.patch(
          validatingAdmissionPolicies,
          { name },
          {
            apiVersion,
            kind,
            metadata: { name, uid },
            status: { observedGeneration: generation, typeChecking },
          },
          { type: 'apply', fieldManager: MANAGER, force: true, subresource: 'status' },
        )
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error
      }
    },
  }
}
