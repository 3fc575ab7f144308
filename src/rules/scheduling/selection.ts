// Owns selectors that take values from the incoming pod's own labels (matchLabelKeys, mismatchLabelKeys).
import type { LabelSelector, Pod } from '../../../generated/kubernetes.d.ts'
import { own } from '../../base/json.ts'

/** The selector with the pod's values of the keys added; keys that the pod lacks are passed over. */
export function withLabelKeys(
  selector: LabelSelector | undefined,
  pod: Pod,
  keys: { readonly matchLabelKeys?: string[]; readonly mismatchLabelKeys?: string[] },
): LabelSelector | undefined {
  const { matchLabelKeys = [], mismatchLabelKeys = [] } = keys
  if (!selector || matchLabelKeys.length + mismatchLabelKeys.length === 0) return selector
  const read = (names: readonly string[], operator: string) =>
    names.flatMap((key) => {
      const value = own(pod.metadata.labels, key)
      return value === undefined ? [] : [{ key, operator, values: [value] }]
    })
  return {
    ...selector,
    matchExpressions: [
      ...(selector.matchExpressions ?? []),
      ...read(matchLabelKeys, 'In'),
      ...read(mismatchLabelKeys, 'NotIn'),
    ],
  }
}
