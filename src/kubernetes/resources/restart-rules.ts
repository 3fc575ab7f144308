// Owns the rules for containers that say themselves when they start again. Source: kubernetes
// pkg/apis/core/validation/validation.go (validateContainerRestartPolicy, validateInitContainerRestartPolicy).
import type { Container } from '../../../generated/kubernetes.d.ts'
import { forbidden, required, tooLong, unsupported, type FieldError } from './field-error.ts'

const POLICIES = ['Always', 'Never', 'OnFailure']
const OPERATORS = ['In', 'NotIn']
const MAXIMUM_RULES = 20
const MAXIMUM_CODES = 255

/** Findings for the restart policy of a container at `path`. */
export function validateRestart(container: Container, path: string): FieldError[] {
  const { restartPolicy: policy, restartPolicyRules: rules = [] } = container
  const field = `${path}.restartPolicyRules`
  const isInit = /\.initContainers\[\d+\]$/.test(path)
  if (isInit && policy === 'Always') {
    const detail = 'restartPolicyRules are not allowed for init containers with restart policy Always'
    return rules.length > 0 ? [forbidden(field, detail)] : []
  }
  const missing = required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used')
  if (policy === undefined && (rules.length === 0 || isInit)) return rules.length > 0 ? [missing] : []
  return [
    ...(policy === undefined ? [missing] : []),
    ...(policy === undefined || POLICIES.includes(policy)
      ? []
      : [unsupported(`${path}.restartPolicy`, policy, POLICIES)]),
    ...(rules.length > MAXIMUM_RULES ? [tooLong(field, MAXIMUM_RULES)] : []),
    ...rules.flatMap(({ action, exitCodes: codes }, i) => {
      const at = `${field}[${i}]`
      return [
        ...(action === 'Restart' ? [] : [unsupported(`${at}.action`, action ?? '', ['Restart'])]),
        ...(codes ? [] : [required(`${at}.exitCodes`, 'must be specified')]),
        ...(codes && !OPERATORS.includes(codes.operator ?? '')
          ? [unsupported(`${at}.exitCodes.operator`, codes.operator ?? '', OPERATORS)]
          : []),
        ...(codes && (codes.values ?? []).length > MAXIMUM_CODES
          ? [tooLong(`${at}.exitCodes.values`, MAXIMUM_CODES)]
          : []),
      ]
    }),
  ]
}
