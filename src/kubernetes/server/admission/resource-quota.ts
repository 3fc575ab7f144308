// Owns admission by the quotas of a namespace; it comes last, so that nothing is charged that others refuse.
// Source: apiserver pkg/admission/plugin/resourcequota/admission.go.
import type { Clock } from '../../../base/clock.ts'
import { evaluatorOf } from '../../../rules/kubernetes/quota/usage.ts'
import type { Storage } from '../../registry/storage.ts'
import type { ValidatingPlugin } from '../ports.ts'
import { QuotaLedger } from './quota-ledger.ts'

/** The ResourceQuota plugin. */
export function resourceQuotaAdmission(storage: Storage, clock: Clock): ValidatingPlugin {
  const ledger = new QuotaLedger(storage, clock)
  return {
    name: 'ResourceQuota',
    validate(request) {
      const { group, resource, namespace, operation } = request
      if (!namespace || resource === 'namespaces' || operation === 'DELETE') return undefined
      const evaluator = evaluatorOf({ group, plural: resource })
      return evaluator?.handles(request) ? ledger.charge(request, evaluator) : undefined
    },
  }
}
